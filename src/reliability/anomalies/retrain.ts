import { raiseAlerts } from '../../control/alert-intake/index.ts';
import type { Scope } from '../../platform/scope.ts';
import { detectorsOf, saveDetectors } from './detectors.ts';
import type { Finding } from './incident.ts';
import { feedKpis } from './kpi-feed.ts';
import { column } from './literals.ts';
import { refit, trackOf } from './observe.ts';
import { pruneMetrics } from './prune.ts';
import { RETRAIN_MS, type Series } from './series.ts';
import { SERIES_COLUMNS, saveTracks } from './store.ts';
import { alertOf, record } from './tell.ts';

/** Series of one transaction, and transactions of one run: what remains is the next run's. */
const BATCH = 500;
const BATCHES = 20;

/** What a run did. */
export interface Retrained {
  readonly kpis: number;
  readonly retrained: number;
  readonly silent: number;
  readonly pruned: number;
}

/**
 * Every 5 minutes: feeds the tenant's own KPIs, refits series that got samples and then none (the others are refitted as
 * they come), finds those that have fallen silent, and removes what has been kept long enough. Bounded per run.
 */
export async function retrainSeries(scope: Scope): Promise<Retrained> {
  const kpis = await feedKpis(scope);
  const retrained = await inBatches((after) => retrainBatch(scope, after));
  const silent = await inBatches((after) => silenceBatch(scope, after));
  const pruned = await scope.db.tx((tx) => pruneMetrics(scope, tx));
  return { kpis, retrained, silent, pruned };
}

/** Goes through the series in the order of their ids; `work` answers those of one batch behind `after`. */
async function inBatches(work: (after: string | null) => Promise<readonly Series[]>): Promise<number> {
  let total = 0;
  let after: string | null = null;
  for (let batch = 0; batch < BATCHES; batch++) {
    const done = await work(after);
    total += done.length;
    if (done.length < BATCH) break;
    after = done.at(-1)?.id ?? null;
  }
  return total;
}

// A series that is being written to right now is refitted by whoever writes.
const DUE = `SELECT ${SERIES_COLUMNS} FROM metric_series s
  WHERE s.tenant_id = $1 AND s.is_enabled AND s.trained_samples < s.samples
    AND (s.trained_at IS NULL OR s.trained_at <= $2) AND ($3::uuid IS NULL OR s.id > $3)
  ORDER BY s.id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`;

function retrainBatch(scope: Scope, after: string | null): Promise<readonly Series[]> {
  const { tenantId, now } = scope;
  return scope.db.tx(async (tx) => {
    const before = new Date(now.getTime() - RETRAIN_MS);
    const due = await tx.rows<Series>(DUE, [tenantId, before, after], 'series_due');
    if (due.length === 0) return due;
    const detectors = await detectorsOf(scope, tx, due);
    const refitted = due.map((series) => {
      const detector = detectors.get(series.id) ?? null;
      const track = trackOf(series);
      const at = (track.lastAt ?? 0) + RETRAIN_MS;
      const isReady = detector?.score(at, track.lastValue ?? 0).isReady ?? false;
      const isChanged = detector !== null && refit(detector, track, isReady, now.getTime(), at);
      return { series, track, detector, fresh: isChanged ? null : [] };
    });
    await saveTracks(tx, tenantId, refitted);
    await saveDetectors(scope, tx, refitted);
    return due;
  });
}

const SILENT = `SELECT ${SERIES_COLUMNS} FROM metric_series s
  WHERE s.tenant_id = $1 AND s.silence_after_sec IS NOT NULL AND s.is_enabled AND NOT s.is_silent
    AND s.last_at < $2::timestamptz - make_interval(secs => s.silence_after_sec) AND ($3::uuid IS NULL OR s.id > $3)
  ORDER BY s.id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`;

/** Each silence is told once, however long it is; the next sample ends it. */
function silenceBatch(scope: Scope, after: string | null): Promise<readonly Series[]> {
  const { tenantId, now } = scope;
  return scope.db.tx(async (tx) => {
    const silent = await tx.rows<Series>(SILENT, [tenantId, now, after], 'series_silent');
    if (silent.length === 0) return silent;
    await tx.run('UPDATE metric_series SET is_silent = true WHERE tenant_id = $1 AND id = ANY($2::uuid[])', [
      tenantId,
      column(silent.map(({ id }) => id)),
    ]);
    const findings = silent.map(
      (series): Finding => ({
        ...{ series, kind: 'SILENCE', severity: 'WARNING', at: series.lastAt as number },
        ...{ value: null, score: 0, expected: null, baseline: null, reason: 'SILENCE' },
      }),
    );
    await record(scope, tx, findings);
    await raiseAlerts(scope, tx, findings.map(alertOf));
    return silent;
  });
}
