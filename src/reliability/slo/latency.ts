import { uuidFrom } from '../../kernel/ids.ts';
import { addMs, MINUTE_MS } from '../../kernel/time.ts';
import type { Sql } from '../../platform/db/sql.ts';

/** Upper edges of the latency histogram, ms; the document's limits (40, 150, 200) are edges, so they compare exactly. */
export const LATENCY_EDGES = [10, 40, 80, 150, 200, 400, 1_000, 5_000, 30_000] as const;

/** How long the histogram is kept: nobody asks for more. */
export const LATENCY_KEPT_MS = 2 * 60 * MINUTE_MS;

/** The place of a duration in the histogram; the last place holds what is beyond all edges. */
export function placeOf(ms: number): number {
  let place = 0;
  while (place < LATENCY_EDGES.length && ms > (LATENCY_EDGES[place] as number)) place++;
  return place;
}

/** Under this id a place's counts stand among the buckets of objectives. */
export const latencyId = (tenantId: string, place: number): string =>
  uuidFrom(tenantId, 'latency', String(LATENCY_EDGES[place] ?? 'more'));

export const latencyIds = (tenantId: string): string[] =>
  Array.from({ length: LATENCY_EDGES.length + 1 }, (_, place) => latencyId(tenantId, place));

/**
 * The quantile `q` of a histogram, ms: linear inside its place, so never on the wrong side of an edge; the highest edge
 * when it lies beyond. Null without events.
 */
export function quantileOf(counts: readonly number[], q: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = Math.max(1, Math.ceil(q * total));
  let before = 0;
  for (const [place, count] of counts.entries()) {
    if (before + count >= rank) {
      const lower = place === 0 ? 0 : (LATENCY_EDGES[place - 1] as number);
      const upper = LATENCY_EDGES[place] ?? lower;
      return lower + ((upper - lower) * (rank - before)) / count;
    }
    before += count;
  }
  return LATENCY_EDGES.at(-1) as number;
}

/** The tenant's p95 of requests in the `minutes` before `now`, over all instances, ms; null without requests. */
export async function requestP95(
  sql: Sql,
  tenantId: string,
  now: Date,
  minutes: number,
): Promise<number | null> {
  const ids = latencyIds(tenantId);
  const rows = await sql.rows<{ id: string; count: number }>(
    `SELECT objective_id AS id, sum(good)::float8 AS count FROM sli_bucket
     WHERE tenant_id = $1 AND objective_id = ANY($2::uuid[]) AND minute >= $3 AND minute <= $4 GROUP BY 1`,
    [tenantId, ids, addMs(now, -minutes * MINUTE_MS), now],
    'request_latency',
  );
  const byId = new Map(rows.map(({ id, count }) => [id, count]));
  return quantileOf(
    ids.map((id) => byId.get(id) ?? 0),
    0.95,
  );
}
