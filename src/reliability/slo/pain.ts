import { MINUTE_MS } from '../../kernel/time.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { componentOf } from './objective.ts';
import { burnRate } from './rules.ts';
import { allObjectives, tallyWindows } from './store.ts';

/** How badly a part of the product is doing over the last five minutes. */
export interface Pain {
  /** Name of the objective that burns most. */
  readonly objective: string;
  readonly events: number;
  /** Share of bad events, 0–1; null without events. */
  readonly badShare: number | null;
  readonly burnRate: number;
}

/**
 * The worst objective of a component over the five minutes before `now`; of requests when the component has none of its
 * own. Two statements.
 */
export async function painOf(scope: Scope, sql: Sql, component: string): Promise<Pain | null> {
  const enabled = (await allObjectives(scope, sql)).filter(({ isEnabled }) => isEnabled);
  const own = enabled.filter((one) => componentOf(one) === component);
  const about = own.length > 0 ? own : enabled.filter(({ source }) => source === 'REQUESTS');
  const tallyOf = await tallyWindows(
    scope,
    sql,
    about.map(({ id }) => id),
  );
  const pains = about.map((one): Pain => {
    const last5 = tallyOf(one.id).windows[5];
    const events = last5.good + last5.bad;
    const badShare = events === 0 ? null : last5.bad / events;
    return { objective: one.name, events, badShare, burnRate: burnRate(last5, one.target) };
  });
  return pains.sort((a, b) => b.burnRate - a.burnRate || b.events - a.events)[0] ?? null;
}

/** The share of requests that failed by our fault in the five minutes before `now`, 0–1; null without requests. */
export async function requestErrorRate(scope: Scope, sql: Sql, objectiveId: string): Promise<number | null> {
  const row = await sql.row<{ share: number | null }>(
    `SELECT (sum(bad) / nullif(sum(good + bad), 0))::float8 AS share FROM sli_bucket
     WHERE tenant_id = $1 AND objective_id = $2 AND minute >= $3 AND minute < $4`,
    [scope.tenantId, objectiveId, new Date(scope.now.getTime() - 5 * MINUTE_MS), scope.now],
    'request_error_rate',
  );
  return row?.share ?? null;
}
