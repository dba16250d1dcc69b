import { forgetAnswers } from '../control/access/index.ts';
import { pruneDecisions } from '../control/decisions/index.ts';
import { pruneEffects } from '../control/effects/index.ts';
import { pruneFlagRequests } from '../control/flags/index.ts';
import { pruneKeys } from '../control/keys/index.ts';
import { pruneKv } from '../control/kv/index.ts';
import { pruneForecasts } from '../finance/costs/index.ts';
import { pruneReports } from '../finance/reports/index.ts';
import { pruneActivity } from '../finance/retention/index.ts';
import { HOUR_MS } from '../kernel/time.ts';
import type { Tx } from '../platform/db/sql.ts';
import type { Scope } from '../platform/scope.ts';
import { pruneAlerts } from '../reliability/alerts/index.ts';
import { pruneScaling } from '../reliability/autoscale/index.ts';
import { pruneContacts } from '../reliability/channels/index.ts';
import { pruneHealth } from '../reliability/health/index.ts';
import { pruneIncidents } from '../reliability/incidents/index.ts';
import { pruneSli } from '../reliability/slo/index.ts';
import { pruneLedger } from './ledger.ts';

/** How long an installation keeps what may be kept for shorter or longer. */
export interface Retention {
  /** EVENT_RETENTION_HOURS. */
  readonly eventHours: number;
  /** DECISION_RETENTION_DAYS. */
  readonly decisionDays: number;
  /** INCIDENT_RETENTION_DAYS: from the day they were resolved. */
  readonly incidentDays: number;
  /** REPORT_RETENTION_DAYS: ops summaries and cost forecasts. */
  readonly reportDays: number;
}

/** Decisions, incidents and reports can be compared with those of the same month a year ago. */
export const DEFAULT_RETENTION: Retention = {
  eventHours: 24,
  decisionDays: 400,
  incidentDays: 400,
  reportDays: 400,
};

/** Answers how many rows it removed. */
type Door = (scope: Scope, tx: Tx) => Promise<number>;

/** What refers to decisions goes before them. */
const doorsOf = (keep: Retention, jobs: readonly string[]): readonly Door[] => [
  ...[forgetAnswers, pruneFlagRequests, pruneKv, pruneKeys, pruneActivity, pruneAlerts, pruneContacts],
  ...[pruneSli, pruneScaling, pruneHealth, pruneEffects],
  (scope, tx) => pruneIncidents(scope, tx, keep.incidentDays),
  (scope, tx) => pruneReports(scope, tx, keep.reportDays),
  (scope, tx) => pruneForecasts(scope, tx, keep.reportDays),
  (scope, tx) => pruneDecisions(scope, tx, keep.decisionDays),
  (scope, tx) => pruneLedger(scope, tx, jobs),
  (scope, tx) => scope.events.prune(tx, new Date(scope.now.getTime() - keep.eventHours * HOUR_MS)),
];

/** Batches of one door in a run: the rest waits for the next hour. */
const MAX_BATCHES = 20;

/**
 * Removes what has been kept long enough (job retention). Each batch is a transaction of its own: a long one would hold up
 * everybody who writes events, and on the embedded database everybody. A door is gone through again while it finds
 * something, so that what piled up while nobody looked is worked off; between batches others have their turn.
 */
export async function prune(
  scope: Scope,
  { keep, jobs, signal }: { keep: Retention; jobs: readonly string[]; signal: AbortSignal },
): Promise<void> {
  for (const door of doorsOf(keep, jobs)) {
    for (let batch = 0; batch < MAX_BATCHES; batch++) {
      signal.throwIfAborted();
      if ((await scope.db.tx((tx) => door(scope, tx))) === 0) break;
    }
  }
}
