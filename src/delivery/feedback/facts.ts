import type {
  ArmDayFact,
  ExperimentFacts,
  LearnFacts,
  OfferFact,
  PropensityGroup,
} from '../../growth/learning/index.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Sql } from '../../platform/db/sql.ts';
import { IS_COMPLAINT, IS_REFUNDED, IS_SETTLED, OFFERS, REALIZED } from './sql.ts';

/** Spec d.3: the last 14 days, at most 200 offers. */
const RECENT_DAYS = 14;
const RECENT_OFFERS = 200;

// An offer is shown at most 7 days after it was made, so that the index by creation finds the window.
const RECENT = `
  SELECT f.id AS "offerId", f.customer_id AS "customerId", f.arm, f.experiment_id AS "experimentId", f.propensity,
    f.bundle_price_minor AS "priceMinor", f.delivery_cost_minor AS "costMinor", f.currency, f.offered_at AS "offeredAt",
    f.authorized_at IS NOT NULL AS "isConverted", ${IS_REFUNDED} AS "isRefunded", ${IS_COMPLAINT} AS "isComplaint",
    ${REALIZED} AS "realizedMinor", true AS "isSettled"
  FROM ${OFFERS}
  WHERE f.tenant_id = $1 AND f.action_type = $2 AND f.created_at > $3::timestamptz - interval '7 days'
    AND f.offered_at > $3 AND f.offered_at <= $4 AND ${IS_SETTLED}
  ORDER BY f.offered_at DESC, f.id DESC LIMIT $5`;

const EXPERIMENT_OFFERS = (isWanted: string) => `
  WITH settled AS MATERIALIZED (
    SELECT f.experiment_id, f.arm, f.propensity, f.offered_at, f.bundle_price_minor AS price,
      f.delivery_cost_minor AS cost, f.authorized_at IS NOT NULL AS is_converted, ${IS_REFUNDED} AS is_refunded,
      ${IS_COMPLAINT} AS is_complaint
    FROM ${OFFERS} WHERE f.tenant_id = $1 AND f.arm IS NOT NULL AND ${isWanted} AND ${IS_SETTLED}
  )`;

/** One row per arm and day, then one per arm, propensity and answer; told apart by `day`. */
const aggregates = (isWanted: string): string => `${EXPERIMENT_OFFERS(isWanted)}
  SELECT experiment_id AS "experimentId", arm, date_trunc('day', offered_at, 'UTC') AS day, NULL::float8 AS propensity,
    NULL::boolean AS "isConverted", count(*)::int AS offers,
    (count(*) FILTER (WHERE is_converted))::int AS conversions,
    (count(*) FILTER (WHERE is_refunded))::int AS refunds,
    (count(*) FILTER (WHERE is_complaint))::int AS complaints, sum(cost)::bigint AS minor
  FROM settled GROUP BY 1, 2, 3
  UNION ALL
  SELECT experiment_id, arm, NULL, round(propensity::numeric, 4)::float8, is_converted, count(*)::int, 0, 0, 0,
    sum(CASE WHEN NOT is_converted THEN 0 WHEN is_refunded THEN -cost ELSE price - cost END)::bigint
  FROM settled GROUP BY 1, 2, 4, 5
  ORDER BY 1, 2, 3, 4, 5`;

const OF_RUNNING = aggregates(
  `f.experiment_id IN (SELECT e.id FROM price_experiment e WHERE e.tenant_id = $1 AND e.status = 'RUNNING'
    AND e.action_type = $2) AND f.offered_at <= $3`,
);
const OF_SOME = aggregates('f.experiment_id = ANY($2::uuid[])');

interface AggregateRow {
  experimentId: string;
  arm: string;
  day: Date | null;
  propensity: number | null;
  isConverted: boolean;
  offers: number;
  conversions: number;
  refunds: number;
  complaints: number;
  minor: bigint;
}

/** What `learn` is given about one action type as of an instant (spec d.3, d.4). Two statements. */
export async function learningFacts(
  sql: Sql,
  tenantId: string,
  actionType: string,
  now: Date,
): Promise<LearnFacts> {
  const since = addMs(now, -RECENT_DAYS * DAY_MS);
  const recent = await sql.rows<OfferFact>(
    RECENT,
    [tenantId, actionType, since, now, RECENT_OFFERS],
    'learning_recent',
  );
  const rows = await sql.rows<AggregateRow>(OF_RUNNING, [tenantId, actionType, now], 'learning_experiment');
  return { actionType, recent, ...split(rows) };
}

/** What some experiments have seen, running or not, for whoever looks at them. One statement. */
export async function experimentFacts(
  sql: Sql,
  tenantId: string,
  experimentIds: readonly string[],
): Promise<ExperimentFacts> {
  return split(await sql.rows<AggregateRow>(OF_SOME, [tenantId, experimentIds], 'experiment_facts'));
}

function split(rows: readonly AggregateRow[]): ExperimentFacts {
  const days: ArmDayFact[] = [];
  const groups: PropensityGroup[] = [];
  for (const { experimentId, arm, day, propensity, isConverted, offers, minor, ...counts } of rows) {
    if (day === null) groups.push({ experimentId, arm, propensity, isConverted, offers, rewardMinor: minor });
    else days.push({ experimentId, arm, day, offers, ...counts, costMinor: minor });
  }
  return { days, groups };
}
