import { writeAudit } from '../../control/audit/index.ts';
import { decide } from '../../control/decisions/index.ts';
import { flagSet } from '../../control/flags/index.ts';
import { type GateAnswer, gate } from '../../control/policy/index.ts';
import { DomainError, InvalidTransitionError, NotFoundError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Incident } from './incident.ts';
import { incidentsById } from './read.ts';
import { runStep } from './run-step.ts';
import { type Inspection, RECOVERY, RUNBOOK_STEPS, type RunbookStepKind, type StepRun } from './runbook.ts';
import { insertSteps } from './step-store.ts';
import { inspectSteps } from './steps.ts';
import { appendEntries } from './store.ts';

/** What the runbook of an incident would do now. */
export interface RunbookPreview {
  readonly incident: Incident;
  readonly steps: readonly Inspection[];
  /** What the gate says to a person who runs a step. */
  readonly gate: GateAnswer;
}

/** The dry run of a runbook: every step with what it would find; writes nothing. NotFoundError. */
export async function previewRunbook(scope: Scope, incidentId: string): Promise<RunbookPreview> {
  const incident = await liveIncident(scope, incidentId);
  const flags = await flagSet(scope, scope.db);
  return { incident, steps: await inspectSteps(scope), gate: gate(questionOf(flags.isStabilised)) };
}

/** A person's own step asks neither the flag nor the pause of the automatic ones; stabilise mode holds it too. */
const questionOf = (isStabilised: boolean) => ({
  actionClass: 'INCIDENT_RECOVERY' as const,
  isStabilised,
  mode: 'AUTO' as const,
});

/**
 * A person runs one step of the runbook; with `isDryRun` it is only written down what would be done. Audited, decided and
 * verified like the engine's own. HELD while stabilised, InvalidTransitionError for a resolved incident or a step with
 * nothing to do.
 */
export async function runRunbookStep(
  scope: Scope,
  { incidentId, step, isDryRun }: { incidentId: string; step: RunbookStepKind; isDryRun: boolean },
): Promise<{ incident: Incident; run: StepRun }> {
  const incident = await liveIncident(scope, incidentId);
  if (incident.status === 'RESOLVED') throw new InvalidTransitionError('runbook', 'RESOLVED', step);
  const inspections = await inspectSteps(scope);
  const inspection = inspections.find((one) => one.step === step) as Inspection;
  const decided = await scope.db.tx((tx) => record(scope, tx, incident, inspections, { step, isDryRun }));
  if (decided.dryRun) return { incident, run: decided.dryRun };
  if (decided.gate.verdict !== 'ALLOW') {
    throw new DomainError('HELD', `Held: ${decided.gate.reason}.`, { reason: decided.gate.reason });
  }
  if (!inspection.isPossible) throw new InvalidTransitionError('runbook step', step, 'DONE', inspection.says);
  const run = await runStep(scope, incident, step, { inspection, decisionId: decided.decisionId });
  return { incident, run };
}

/** The decision, and for a dry run all there is of it. */
async function record(
  scope: Scope,
  tx: Parameters<typeof decide>[1],
  incident: Incident,
  inspections: readonly Inspection[],
  { step, isDryRun }: { step: RunbookStepKind; isDryRun: boolean },
) {
  const flags = await flagSet(scope, tx);
  const question = questionOf(flags.isStabilised);
  const answer = gate(question);
  const inputs = {
    ...{ incidentId: incident.id, tried: RUNBOOK_STEPS.filter((one) => one !== step), inspections, question },
    ...{ lastAt: null, lastDay: 0, now: scope.now.toISOString() },
  };
  const { decisionId } = await decide(scope, tx, RECOVERY, { subject: incident.id, inputs, gate: answer });
  const inspection = inspections.find((one) => one.step === step) as Inspection;
  await writeAudit(scope, tx, {
    ...{ action: isDryRun ? 'runbook.dry-run' : 'runbook.run', subject: incident.id, before: null },
    after: { step, verdict: answer.verdict, says: inspection.says },
  });
  if (!isDryRun) return { decisionId, gate: answer, dryRun: null };
  const [dryRun] = await insertSteps(scope, tx, [
    {
      ...{ incidentId: incident.id, step, isDryRun: true, decisionId, verifyAt: null, after: null },
      ...{
        status: inspection.isPossible ? 'DONE' : 'SKIPPED',
        before: inspection.facts,
        reason: inspection.says,
      },
    },
  ]);
  const message = `${step} dry run: ${inspection.says}`;
  await appendEntries(scope, tx, [{ incidentId: incident.id, kind: 'STEP', message }]);
  return { decisionId, gate: answer, dryRun: dryRun as StepRun };
}

async function liveIncident(scope: Scope, id: string): Promise<Incident> {
  const [incident] = await incidentsById(scope, [id]);
  if (!incident) throw new NotFoundError('incident', id);
  return incident;
}
