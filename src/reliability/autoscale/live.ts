import { COST_NAMESPACE, getKvMany } from '../../control/kv/index.ts';
import { STALE_AFTER_MS } from '../../growth/pricing/index.ts';
import { jobsOf } from '../../kernel/ids.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { builtInId, requestErrorRate, requestP95 } from '../slo/index.ts';
import type { ScalingInputs } from './rule.ts';

/** Minutes of requests that p95 looks at: short, so that a change is seen before the next one is decided. */
const P95_MINUTES = 2;

/** What is measured rather than configured. */
export type LiveMetrics = Pick<
  ScalingInputs,
  'queueDepth' | 'p95Ms' | 'errorRate' | 'spend24hMinor' | 'marginPct'
>;

/**
 * The metrics as they are now. No requests at all are an idle service: p95 is 0 then, not missing. Spend in another
 * currency than the limit's, or an old one, is unknown. Four statements; open no transaction around it.
 */
export async function liveMetrics(scope: Scope, currency: string): Promise<LiveMetrics> {
  const { db, tenantId, now } = scope;
  const [queueDepth, p95, errorRate, figures] = await Promise.all([
    queued(scope),
    requestP95(db, tenantId, now, P95_MINUTES),
    requestErrorRate(scope, db, builtInId(tenantId, 'request-errors')),
    costFigures(scope, db),
  ]);
  const spend = figures.get('spend_24h');
  return {
    ...{ queueDepth, p95Ms: p95 ?? 0, errorRate },
    spend24hMinor: spend?.currency === currency ? (spend.amountMinor ?? null) : null,
    marginPct: figures.get('margin_pct_30d')?.pct ?? null,
  };
}

/** The tenant's jobs that wait; null when the job engine cannot be asked. */
async function queued(scope: Scope): Promise<number | null> {
  try {
    return Object.values(await scope.jobs.counts(jobsOf(scope.tenantId))).reduce(
      (sum, { waiting }) => sum + waiting,
      0,
    );
  } catch (error) {
    scope.log.warn({ err: error }, 'queue depth');
    return null;
  }
}

interface Figure {
  readonly amountMinor?: string;
  readonly currency?: string;
  readonly pct?: number | null;
  readonly asOf: string;
}

async function costFigures(scope: Scope, sql: Sql): Promise<Map<string, Figure>> {
  const found = await getKvMany(sql, scope, COST_NAMESPACE, ['spend_24h', 'margin_pct_30d']);
  const figures = [...found].map(([key, { value }]) => [key, value as unknown as Figure] as const);
  return new Map(figures.filter(([, { asOf }]) => scope.now.getTime() - Date.parse(asOf) <= STALE_AFTER_MS));
}
