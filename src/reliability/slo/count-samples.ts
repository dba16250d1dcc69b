import { MINUTE_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { addToBuckets, type BucketCount } from './buckets.ts';
import { isGood, OBJECTIVE_COLUMNS, type Objective } from './objective.ts';

/** One value of an ingested metric. */
export interface Sample {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly at: Date;
  readonly value: number;
}

/** Under this name a tenant's objectives on metrics are remembered. */
export const METRIC_OBJECTIVES = 'slo-metric-objectives';

/**
 * Counts ingested samples for the tenant's objectives on metrics, in the transaction that keeps the samples. A tenant
 * without such objectives costs nothing, any number of samples one statement. A value that is no number counts as bad.
 */
export async function countSamples(scope: Scope, tx: Tx, samples: readonly Sample[]): Promise<void> {
  if (samples.length === 0) return;
  const { value: objectives } = await scope.cache.get(METRIC_OBJECTIVES, scope.tenantId, () =>
    tx.rows<Objective>(
      `SELECT ${OBJECTIVE_COLUMNS} FROM slo_objective o
       WHERE o.tenant_id = $1 AND o.source = 'METRIC' AND o.is_enabled`,
      [scope.tenantId],
      'metric_objectives',
    ),
  );
  if (objectives.length > 0) await addToBuckets(tx, scope.tenantId, tally(objectives, samples));
}

/** Good and bad samples by objective and minute. Pure. */
export function tally(objectives: readonly Objective[], samples: readonly Sample[]): BucketCount[] {
  const byMetric = Map.groupBy(objectives, ({ metric }) => metric);
  const counts = new Map<string, { -readonly [K in keyof BucketCount]: BucketCount[K] }>();
  for (const sample of samples) {
    for (const objective of byMetric.get(sample.metric) ?? []) {
      if (!matches(objective.labels, sample.labels)) continue;
      const minute = Math.floor(sample.at.getTime() / MINUTE_MS) * MINUTE_MS;
      const key = `${objective.id}${minute}`;
      let count = counts.get(key);
      if (!count) {
        count = { objectiveId: objective.id, minute, good: 0, bad: 0 };
        counts.set(key, count);
      }
      if (isGood(objective, sample.value)) count.good++;
      else count.bad++;
    }
  }
  return [...counts.values()];
}

const matches = (wanted: Objective['labels'], labels: Sample['labels']): boolean =>
  wanted === null || Object.entries(wanted).every(([name, value]) => labels[name] === value);
