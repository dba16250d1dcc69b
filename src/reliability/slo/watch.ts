import {
  type AlertEnd,
  type NewAlert,
  raiseAlerts,
  resolveAlerts,
} from '../../control/alert-intake/index.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { componentOf, type Objective } from './objective.ts';
import { breachMessage, burnMessage, judgeBurn, judgeCheck, nextStatus, type Tallies } from './rules.ts';
import { countPhases, ensureBuiltIn, lockEnabled, saveChecks, tallyWindows } from './store.ts';

/** What one run of the watchdog found. */
export interface Watched {
  readonly checked: number;
  readonly breached: number;
  readonly burning: number;
}

/**
 * The SLO watchdog (spec j.2), every five minutes: judges each enabled objective by the seed rule and by its burn rates,
 * raises and resolves alerts on changes. Stabilise mode does not stop it (C24). At most eleven statements, whatever the
 * number of objectives; running it again for the same instant changes nothing.
 */
export function watchSlos(scope: Scope): Promise<Watched> {
  return scope.db.tx(async (tx) => {
    await ensureBuiltIn(scope, tx);
    const objectives = await lockEnabled(scope, tx);
    await countPhases(scope, tx);
    const tallyOf = await tallyWindows(
      scope,
      tx,
      objectives.map(({ id }) => id),
    );
    const due = objectives.filter(({ lastCheckedAt }) => lastCheckedAt === null || lastCheckedAt < scope.now);
    const checks = due.map((objective) => checkOne(objective, tallyOf(objective.id).windows, scope.now));
    await saveChecks(
      scope,
      tx,
      checks.filter(({ isWorthSaving }) => isWorthSaving).map(({ after }) => after),
    );
    await scope.events.append(
      tx,
      scope.tenantId,
      checks.flatMap(({ events }) => events),
    );
    await resolveAlerts(
      scope,
      tx,
      checks.flatMap(({ ends }) => ends),
    );
    await raiseAlerts(
      scope,
      tx,
      checks.flatMap(({ alerts }) => alerts),
    );
    const states = checks.map(({ after }) => after);
    return {
      checked: due.length,
      breached: states.filter(({ status }) => status === 'BREACHED').length,
      burning: states.filter(({ burnAlert }) => burnAlert !== 'NONE').length,
    };
  });
}

/** One objective's check and what follows from it. */
interface Check {
  readonly after: Objective;
  readonly isWorthSaving: boolean;
  readonly alerts: readonly NewAlert[];
  readonly ends: readonly AlertEnd[];
  readonly events: readonly NewEvent[];
}

/** Judges one objective. Pure. */
export function checkOne(before: Objective, tallies: Tallies, now: Date): Check {
  const verdict = judgeCheck(tallies[5], before.target);
  const { status, failingChecks } = nextStatus(before, verdict, now);
  const burn = judgeBurn(tallies, before.target);
  const isNewBreach = status === 'BREACHED' && before.status !== 'BREACHED';
  const after: Objective = {
    ...{ ...before, status, failingChecks, burnAlert: burn.alert, lastCheckedAt: now },
    breachedAt: isNewBreach ? now : status === 'BREACHED' ? before.breachedAt : null,
    lastCheck: { verdict, windows: tallies, pairs: burn.pairs },
  };
  const messages = { breach: breachMessage(before), burn: burnMessage(before, burn.pairs) };
  const hasBreachEnded = before.status === 'BREACHED' && status !== 'BREACHED';
  const hasBurnChanged = before.burnAlert !== burn.alert;
  const isQuiet = tallies[4_320].good + tallies[4_320].bad === 0;
  return {
    after,
    // A tenant without traffic is not written to every five minutes.
    isWorthSaving: !isQuiet || before.status !== 'OK' || before.burnAlert !== 'NONE',
    alerts: [
      ...(isNewBreach ? [breachAlert(before, messages.breach)] : []),
      ...(hasBurnChanged && burn.alert !== 'NONE' ? [burnAlertOf(after, messages.burn)] : []),
    ],
    ends: [
      ...(hasBreachEnded ? [{ ...breachOf(before), message: `${before.name} is kept again` }] : []),
      ...(hasBurnChanged && burn.alert === 'NONE' ? [{ ...burnOf(before), message: messages.burn }] : []),
    ],
    events:
      before.status !== status || hasBurnChanged
        ? [
            changed(
              after,
              isNewBreach ? messages.breach : hasBurnChanged ? messages.burn : `${before.name}: ${status}`,
            ),
          ]
        : [],
  };
}

const identity = (objective: Objective, type: 'SLO_BREACH' | 'SLO_BURN') => ({
  type,
  component: componentOf(objective),
  labels: { objective: objective.name },
  dedupeKey: `${type.toLowerCase()}:${objective.id}`,
});
const breachOf = (objective: Objective) => identity(objective, 'SLO_BREACH');
const burnOf = (objective: Objective) => identity(objective, 'SLO_BURN');

const breachAlert = (objective: Objective, message: string): NewAlert => ({
  ...breachOf(objective),
  ...{ level: 'critical', title: `SLO breach: ${objective.name}`, message, opensIncident: true },
});

const burnAlertOf = (objective: Objective, message: string): NewAlert => {
  const isPage = objective.burnAlert === 'PAGE';
  return {
    ...burnOf(objective),
    ...{ level: isPage ? 'critical' : 'warning', title: `Error budget: ${objective.name}`, message },
    opensIncident: isPage,
  };
};

const changed = ({ id, name, status, burnAlert }: Objective, message: string): NewEvent => ({
  type: 'SLO_CHANGED',
  payload: { objectiveId: id, name, status, burnAlert, message },
});

/** The alerts of an objective that is no longer looked at. */
export const endsOf = (objective: Objective): AlertEnd[] => [
  ...(objective.status === 'BREACHED' ? [breachOf(objective)] : []),
  ...(objective.burnAlert === 'NONE' ? [] : [burnOf(objective)]),
];
