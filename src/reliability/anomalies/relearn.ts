import { MINUTE_MS } from '../../kernel/time.ts';
import type { Sql } from '../../platform/db/sql.ts';
import { createDetector, type Detector, type DetectorKind } from './detect/index.ts';

/** Newest minutes that a detector is given to start from. */
const MINUTES = 500;
/** Of so many samples in a minute each is known: the least, the largest, and what remains of the sum. */
const EXACT = 3;

interface Minute {
  minute: Date;
  count: number;
  sum: number;
  min: number;
  max: number;
}

/**
 * A detector of the given kind that has seen the series' newest kept samples. Only minutes with up to three samples are
 * used, whose samples are known: averages would teach it a calmer series than there is. Not ready where there are too few.
 */
export async function relearned(
  sql: Sql,
  tenantId: string,
  seriesId: string,
  kind: DetectorKind,
): Promise<Detector> {
  const minutes = await sql.rows<Minute>(
    `SELECT minute, count, sum, min, max FROM metric_rollup WHERE tenant_id = $1 AND series_id = $2
     ORDER BY minute DESC LIMIT ${MINUTES}`,
    [tenantId, seriesId],
    'series_relearn',
  );
  const detector = createDetector(kind);
  const crowded = minutes.findIndex(({ count }) => count > EXACT);
  const usable = crowded < 0 ? minutes : minutes.slice(0, crowded);
  for (const each of usable.reverse()) {
    for (const [i, value] of samplesOf(each).entries()) {
      detector.observe(each.minute.getTime() + (i * MINUTE_MS) / EXACT, value);
    }
  }
  return detector;
}

function samplesOf({ count, sum, min, max }: Minute): number[] {
  if (count === 1) return [min];
  return count === 2 ? [min, max] : [min, Math.max(min, Math.min(max, sum - min - max)), max];
}
