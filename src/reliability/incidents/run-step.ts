import { raiseAlerts } from '../../control/alert-intake/index.ts';
import { errorText } from '../../kernel/error-text.ts';
import { InvalidTransitionError } from '../../kernel/errors.ts';
import { addMs } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Incident } from './incident.ts';
import { type Inspection, type RunbookStepKind, type StepRun, stepAlert, VERIFY_MS } from './runbook.ts';
import { painFor } from './step-pain.ts';
import { insertSteps, isUnderWay, noteResult } from './step-store.ts';
import { executeStep } from './steps.ts';
import { appendEntries } from './store.ts';

/**
 * Does a step that the gate allowed, with no transaction open. It is on record before it is done: whoever is killed in
 * between has tried it, and it is verified like any other. InvalidTransitionError while the same step is being verified.
 */
export async function runStep(
  scope: Scope,
  incident: Incident,
  step: RunbookStepKind,
  { inspection, decisionId }: { inspection: Inspection | undefined; decisionId: string | null },
): Promise<StepRun> {
  const pain = await painFor(scope, scope.db, { step, component: incident.component });
  const before = { ...inspection?.facts, pain };
  const run = await scope.db.tx((tx) => beginStep(scope, tx, { incident, step, decisionId, before }));
  let after: Record<string, unknown> = {};
  let failure: string | null = null;
  try {
    after = await executeStep(scope, step, `Incident ${incident.id}: ${incident.title}`);
  } catch (error) {
    scope.log.warn({ err: error, step, incidentId: incident.id }, 'runbook');
    failure = errorText(error);
  }
  const status = failure === null ? 'DONE' : 'FAILED';
  return scope.db.tx(async (tx) => {
    const ended = await noteResult(scope, tx, run, { status, reason: failure, after });
    const message = `${step} ${status}: ${failure ?? inspection?.says ?? ''}`.trim();
    await appendEntries(scope, tx, [
      { incidentId: incident.id, kind: 'STEP', message, details: { step, status, decisionId, ...after } },
    ]);
    if (failure !== null) await raiseAlerts(scope, tx, [stepAlert(incident, message)]);
    return ended;
  });
}

interface Begin {
  readonly incident: Incident;
  readonly step: RunbookStepKind;
  readonly decisionId: string | null;
  readonly before: Record<string, unknown>;
}

async function beginStep(
  scope: Scope,
  tx: Tx,
  { incident, step, decisionId, before }: Begin,
): Promise<StepRun> {
  if (await isUnderWay(scope, tx, incident.id, step)) {
    const why = 'it was done a moment ago; see first whether it helps.';
    throw new InvalidTransitionError('runbook step', 'DONE', 'DONE', why);
  }
  const verifyAt = addMs(scope.now, VERIFY_MS);
  const facts = { incidentId: incident.id, step, isDryRun: false, decisionId, reason: null };
  const [run] = await insertSteps(scope, tx, [{ ...facts, status: 'DONE', verifyAt, before, after: null }]);
  return run as StepRun;
}
