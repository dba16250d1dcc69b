import { raiseAlerts, resolveAlerts } from '../../control/alert-intake/index.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Pain } from '../slo/index.ts';
import { move } from './change.ts';
import type { Incident } from './incident.ts';
import { noteOnIncident } from './open.ts';
import { type StepRun, stepAlert } from './runbook.ts';
import { isAboutHarm, painFor } from './step-pain.ts';
import { endStep, unverified } from './step-store.ts';
import { appendEntries, lockIncident } from './store.ts';

/** What a look at a step's postcondition says. */
export type Postcondition = 'HELPED' | 'TOO_EARLY' | 'DID_NOT_HELP';

/**
 * The postcondition of a step (spec j.4): within 10 minutes the share of bad events is within its objective again, or at
 * most half of what it was. No events at all prove nothing. Pure.
 */
export function judgeStep(
  step: Pick<StepRun, 'verifyAt'>,
  before: Pain | null,
  after: Pain | null,
  now: Date,
): Postcondition {
  const isKept = after !== null && after.badShare !== null && after.burnRate <= 1;
  const isHalved =
    before?.badShare != null && after?.badShare != null && after.badShare <= before.badShare / 2;
  if (isKept || isHalved) return 'HELPED';
  return step.verifyAt !== null && now >= step.verifyAt ? 'DID_NOT_HELP' : 'TOO_EARLY';
}

/** Looks at the postconditions of steps that were done; a constant number of statements per step under way. */
export async function verifySteps(scope: Scope): Promise<{ verified: number; escalated: number }> {
  const counts = { verified: 0, escalated: 0 };
  for (const step of await unverified(scope, scope.db)) {
    // The moment of the step says nothing about what it brought.
    if (step.startedAt >= scope.now) continue;
    const status = await scope.db.tx((tx) => verifyOne(scope, tx, step));
    if (status === 'HELPED') counts.verified++;
    if (status === 'DID_NOT_HELP') counts.escalated++;
  }
  return counts;
}

async function verifyOne(scope: Scope, tx: Tx, step: StepRun): Promise<Postcondition> {
  const incident = await lockIncident(scope, tx, step.incidentId);
  if (!incident) return 'TOO_EARLY';
  const about = { step: step.step, component: incident.component, since: step.startedAt };
  const pain = await painFor(scope, tx, about);
  const judged = judgeStep(step, (step.before?.pain ?? null) as Pain | null, pain, scope.now);
  if (judged === 'TOO_EARLY') return judged;
  const status = judged === 'HELPED' ? 'VERIFIED' : 'ESCALATED';
  if (!(await endStep(scope, tx, step.id, { status, after: { painAfter: pain } }))) return 'TOO_EARLY';
  await (judged === 'HELPED' ? helped(scope, tx, incident, step) : escalate(scope, tx, incident, step));
  return judged;
}

async function helped(scope: Scope, tx: Tx, incident: Incident, step: StepRun): Promise<void> {
  const isMail = step.step === 'SWITCH_PROVIDER';
  const message = `${step.step} helped: ${isMail ? 'e-mail gets through' : 'errors are down'}.`;
  const isLive = incident.status === 'OPEN' || incident.status === 'ACKED';
  if (isLive && isAboutHarm(step.step, incident)) {
    await move(scope, tx, incident, 'MITIGATED', message);
  } else {
    await appendEntries(scope, tx, [{ incidentId: incident.id, kind: 'STEP', message }]);
  }
  await resolveAlerts(scope, tx, [stepAlert(incident, message)]);
}

async function escalate(scope: Scope, tx: Tx, incident: Incident, step: StepRun): Promise<void> {
  const message = `${step.step} did not bring the errors down within 10 minutes.`;
  await noteOnIncident(scope, tx, incident.id, { kind: 'ESCALATED', message });
  if (incident.status !== 'RESOLVED') await raiseAlerts(scope, tx, [stepAlert(incident, message)]);
}
