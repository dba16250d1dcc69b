import type { Sql } from '../../platform/db/sql.ts';

/** Events of an objective in one minute. */
export interface BucketCount {
  readonly objectiveId: string;
  /** Start of the minute, Unix ms. */
  readonly minute: number;
  readonly good: number;
  readonly bad: number;
}

const ADD = `
  INSERT INTO sli_bucket AS b (tenant_id, objective_id, minute, good, bad)
  SELECT $1, n.id, n.minute, n.good, n.bad FROM unnest($2::uuid[], $3::timestamptz[], $4::int8[], $5::int8[])
    AS n (id, minute, good, bad)
  ORDER BY n.id, n.minute
  ON CONFLICT (tenant_id, objective_id, minute) DO UPDATE SET good = b.good + excluded.good, bad = b.bad + excluded.bad`;

/**
 * Adds to buckets: what several instances counted of one minute sums up. One statement; at most one row per objective
 * and minute. Rows are locked in one order, so that two instances never wait for each other in a circle.
 */
export async function addToBuckets(
  sql: Sql,
  tenantId: string,
  counts: readonly BucketCount[],
): Promise<void> {
  if (counts.length === 0) return;
  await sql.run(
    ADD,
    [
      tenantId,
      counts.map(({ objectiveId }) => objectiveId),
      counts.map(({ minute }) => new Date(minute)),
      ...[counts.map(({ good }) => good), counts.map(({ bad }) => bad)],
    ],
    'add_sli_buckets',
  );
}
