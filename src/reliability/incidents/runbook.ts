import { defineFormula } from '../../control/decisions/index.ts';
import { type GateAnswer, type GateQuestion, gate } from '../../control/policy/index.ts';
import { MINUTE_MS } from '../../kernel/time.ts';
import type { Incident } from './incident.ts';

/** What a runbook may do, in the order in which it tries (spec j.4); each through a door of the product, no shell. */
export const RUNBOOK_STEPS = [
  'REQUEUE_DEAD_JOBS',
  'RECYCLE_WORKERS',
  'DISABLE_NEWEST_FLAG',
  'SWITCH_PROVIDER',
] as const;
export type RunbookStepKind = (typeof RUNBOOK_STEPS)[number];

export const STEP_STATUSES = ['HELD', 'SKIPPED', 'DONE', 'FAILED', 'VERIFIED', 'ESCALATED'] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

/** A runbook step that was done, tried, shown or held. */
export interface StepRun {
  readonly id: string;
  readonly incidentId: string;
  readonly step: RunbookStepKind;
  readonly status: StepStatus;
  readonly isDryRun: boolean;
  readonly decisionId: string | null;
  readonly startedAt: Date;
  /** When the postcondition is looked at for the last time. */
  readonly verifyAt: Date | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly reason: string | null;
}

/** The columns of `StepRun`; `s` is the table. */
export const STEP_COLUMNS = `s.id, s.incident_id AS "incidentId", s.step, s.status, s.is_dry_run AS "isDryRun",
  s.decision_id AS "decisionId", s.started_at AS "startedAt", s.verify_at AS "verifyAt", s.before, s.after, s.reason`;

/** Pause between two recoveries of a tenant, and how many there may be in a day (spec j.2, j.4). */
export const COOLDOWN_MS = 30 * MINUTE_MS;
export const RECOVERIES_PER_DAY = 3;
/** Within this time a step must have helped (spec j.4). */
export const VERIFY_MS = 10 * MINUTE_MS;
/** An incident whose steps have nothing to do now makes room for others; shorter than the job's five minutes. */
export const RECHECK_MS = 4 * MINUTE_MS;
export const RECOVERY_FLAG = 'INCIDENT_AUTORECOVER';

/** Whether a step has anything to do, and on what. */
export interface Inspection {
  readonly step: RunbookStepKind;
  readonly isPossible: boolean;
  /** Nothing that this tenant may ever do. */
  readonly isForeign?: boolean;
  /** Why not, or what would be done, in one sentence. */
  readonly says: string;
  readonly facts: Record<string, unknown>;
}

/** Everything the choice of the next step depends on. */
export interface RecoveryInputs {
  readonly incidentId: string;
  /** Steps that had their turn in this incident. */
  readonly tried: readonly RunbookStepKind[];
  readonly inspections: readonly Inspection[];
  readonly question: GateQuestion;
  /** When the tenant's last automatic step was, and how many there were in 24 h. */
  readonly lastAt: string | null;
  readonly lastDay: number;
  readonly now: string;
}

/** What is to be done about an incident now. */
export interface RecoveryChoice {
  readonly step: RunbookStepKind | null;
  /** Steps whose turn it would have been, but which have nothing to do. */
  readonly skipped: readonly RunbookStepKind[];
  readonly gate: GateAnswer;
  /** RUN; HELD by the gate; EXHAUSTED: no step has anything to do; COOLING_DOWN until 30 min have passed. */
  readonly verdict: 'RUN' | 'HELD' | 'COOLING_DOWN' | 'EXHAUSTED';
}

/** The choice of a runbook's next step (spec j.4). */
export const RECOVERY = defineFormula<RecoveryInputs, RecoveryChoice>({
  kind: 'reliability.recovery',
  version: '1',
  compute(inputs) {
    const choice = choose(inputs);
    const text = {
      RUN: `${choice.step} is next.`,
      HELD: `Held by the gate: ${choice.gate.reason}.`,
      COOLING_DOWN: 'Waits until 30 minutes have passed since the last step.',
      EXHAUSTED: 'No step has anything to do.',
    }[choice.verdict];
    return { output: choice, reasons: [{ code: choice.verdict, text }] };
  },
});

/** Pure: gate first, then the pause, then the first step that has not had its turn and has something to do. */
export function choose({
  tried,
  inspections,
  question,
  lastAt,
  lastDay,
  now,
}: RecoveryInputs): RecoveryChoice {
  const left = RUNBOOK_STEPS.filter((step) => !tried.includes(step));
  const isPossible = (step: RunbookStepKind) =>
    inspections.some((one) => one.step === step && one.isPossible);
  const step = left.find(isPossible) ?? null;
  const skipped = step === null ? left : left.slice(0, left.indexOf(step));
  const cap = { name: 'RECOVERIES_PER_DAY', limit: RECOVERIES_PER_DAY, wouldUse: lastDay + 1 };
  const answer = gate({ ...question, caps: [...(question.caps ?? []), cap] });
  const facts = { step, skipped, gate: answer };
  if (answer.verdict !== 'ALLOW') return { ...facts, verdict: 'HELD' };
  if (step === null) return { ...facts, verdict: 'EXHAUSTED' };
  const pause = lastAt === null ? COOLDOWN_MS : Date.parse(now) - Date.parse(lastAt);
  return { ...facts, verdict: pause < COOLDOWN_MS ? 'COOLING_DOWN' : 'RUN' };
}

/** Whether every step that the tenant may do has had its turn. Pure. */
export const isSpent = ({ tried, inspections }: Pick<RecoveryInputs, 'tried' | 'inspections'>): boolean =>
  RUNBOOK_STEPS.every(
    (step) => tried.includes(step) || inspections.some((one) => one.step === step && one.isForeign),
  );

/** A runbook that does not help is something for people, at once. */
export const stepAlert = ({ id, component }: Pick<Incident, 'id' | 'component'>, message: string) => ({
  ...{ type: 'RUNBOOK_ESCALATED', level: 'error' as const, component, message },
  ...{ labels: { incident: id }, title: 'A runbook step did not help' },
});
