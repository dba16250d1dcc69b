import { raiseAlerts } from '../../control/alert-intake/index.ts';
import { decide } from '../../control/decisions/index.ts';
import { getSteering } from '../../control/flags/index.ts';
import { addMs } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Incident } from './incident.ts';
import { noteOnIncident } from './open.ts';
import { runStep } from './run-step.ts';
import {
  COOLDOWN_MS,
  type Inspection,
  isSpent,
  RECHECK_MS,
  RECOVERY,
  RECOVERY_FLAG,
  type RecoveryChoice,
  RUNBOOK_STEPS,
  type RunbookStepKind,
  stepAlert,
} from './runbook.ts';
import { insertSteps, lockNextDue, type NewStep, stepHistory } from './step-store.ts';
import { inspectSteps } from './steps.ts';
import { appendEntries, saveIncident } from './store.ts';
import { verifySteps } from './verify.ts';

/** What one run of the runbooks did. */
export interface Recovered {
  readonly verified: number;
  readonly escalated: number;
  /** The step that was done, or what became of the attempt; null when no incident waits. */
  readonly outcome: RecoveryChoice['verdict'] | 'FAILED' | null;
}

/**
 * Looks at what earlier steps have brought, then tries the next step of one incident (spec j.4): only with
 * INCIDENT_AUTORECOVER on, recoveryMode AUTO and not stabilised, 30 min after the last one and fewer than 3 in 24 h.
 */
export async function recoverIncidents(scope: Scope): Promise<Recovered> {
  const { verified, escalated } = await verifySteps(scope);
  const due = await scope.db.row('SELECT 1 FROM incident WHERE tenant_id = $1 AND recover_at <= $2 LIMIT 1', [
    scope.tenantId,
    scope.now,
  ]);
  if (!due) return { verified, escalated, outcome: null };
  const inspections = await inspectSteps(scope);
  const chosen = await scope.db.tx((tx) => chooseNext(scope, tx, inspections));
  if (chosen?.verdict !== 'RUN') return { verified, escalated, outcome: chosen?.verdict ?? null };
  const run = await runStep(scope, chosen.incident, chosen.step as RunbookStepKind, chosen);
  return { verified, escalated, outcome: run.status === 'FAILED' ? 'FAILED' : 'RUN' };
}

interface Chosen extends RecoveryChoice {
  readonly incident: Incident;
  readonly inspection: Inspection | undefined;
  readonly decisionId: string | null;
}

/** Decides about the incident that waits longest, and claims it: nobody else tries before the pause is over. */
async function chooseNext(
  scope: Scope,
  tx: Tx,
  inspections: readonly Inspection[],
): Promise<Chosen | undefined> {
  const incident = await lockNextDue(scope, tx);
  if (!incident) return undefined;
  const steering = await getSteering(scope, tx);
  const history = await stepHistory(scope, tx, incident.id);
  const { tried, said, lastAt, lastDay } = history;
  const inputs = {
    ...{ incidentId: incident.id, tried, inspections, lastAt: lastAt?.toISOString() ?? null, lastDay },
    question: {
      actionClass: 'INCIDENT_RECOVERY' as const,
      isStabilised: steering.flags.isStabilised,
      flag: { key: RECOVERY_FLAG, isOn: steering.flags.isOn(RECOVERY_FLAG) },
      mode: steering.recoveryMode,
    },
    now: scope.now.toISOString(),
  };
  const { output, news } = await newsOf(inputs, said, incident);
  const isQuiet = news.length === 0 && output.verdict !== 'RUN';
  const decided = isQuiet
    ? null
    : await decide(scope, tx, RECOVERY, { subject: incident.id, inputs, gate: output.gate });
  const decisionId = decided?.decisionId ?? null;
  await insertSteps(
    scope,
    tx,
    news.map((step) => ({ ...step, decisionId })),
  );
  await appendEntries(
    scope,
    tx,
    news.map(({ step, status, reason }) => ({
      ...{ incidentId: incident.id, kind: 'STEP', message: `${step} ${status}: ${reason}` },
      details: { step, status, decisionId },
    })),
  );
  await claim(scope, tx, incident, output, {
    isOver: output.verdict === 'EXHAUSTED' && isSpent({ tried, inspections }),
    lastAt,
  });
  const inspection = inspections.find(({ step }) => step === output.step);
  return { ...output, incident, inspection, decisionId };
}

/** What is worth a line of its own: the same is not said twice. */
async function newsOf(
  inputs: Parameters<typeof RECOVERY.compute>[0],
  said: readonly string[],
  incident: Incident,
): Promise<{ output: RecoveryChoice; news: Omit<NewStep, 'decisionId'>[] }> {
  const { output } = RECOVERY.compute(inputs);
  const facts = { incidentId: incident.id, isDryRun: false, verifyAt: null, before: null, after: null };
  const wouldBe = output.step ?? RUNBOOK_STEPS.find((step) => !inputs.tried.includes(step));
  const held =
    output.verdict === 'HELD' && wouldBe
      ? [{ ...facts, step: wouldBe, status: 'HELD' as const, reason: output.gate.reason }]
      : [];
  const skipped = output.verdict === 'HELD' ? [] : output.skipped;
  const news = [
    ...held,
    ...skipped.map((step) => ({
      ...{ ...facts, step, status: 'SKIPPED' as const },
      reason: inputs.inspections.find((one) => one.step === step)?.says ?? null,
    })),
  ];
  return {
    output,
    news: news.filter(({ step, status, reason }) => !said.includes(`${step} ${status} ${reason}`)),
  };
}

async function claim(
  scope: Scope,
  tx: Tx,
  incident: Incident,
  { verdict }: RecoveryChoice,
  { isOver, lastAt }: { isOver: boolean; lastAt: Date | null },
): Promise<void> {
  const next = {
    RUN: addMs(scope.now, COOLDOWN_MS),
    COOLING_DOWN: lastAt && addMs(lastAt, COOLDOWN_MS),
    HELD: incident.recoverAt,
    EXHAUSTED: isOver ? null : addMs(scope.now, RECHECK_MS),
  }[verdict];
  if (next?.getTime() !== incident.recoverAt?.getTime()) {
    await saveIncident(scope, tx, { ...incident, recoverAt: next });
  }
  if (isOver) {
    const message = 'Every step of the runbook has had its turn.';
    await noteOnIncident(scope, tx, incident.id, { kind: 'ESCALATED', message });
    await raiseAlerts(scope, tx, [stepAlert(incident, message)]);
  }
}
