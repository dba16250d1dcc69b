import { createLoader } from '../../commerce/ingest/index.ts';
import { ValidationError } from '../../kernel/errors.ts';
import { addMs, HOUR_MS } from '../../kernel/time.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Baseline, Detector, WeekStats } from './detect/index.ts';
import { revived } from './detectors.ts';
import { seriesByIds } from './read.ts';
import type { Series } from './series.ts';
import { storedOf } from './store.ts';

/** A chart of one series never gets more points than this. */
export const MAX_POINTS = 1_000;

/** Samples of `[at, at + step)`. */
export interface Point {
  readonly at: Date;
  readonly count: number;
  readonly avg: number;
  readonly min: number;
  readonly max: number;
}

/** A stretch of a chart `[from, to)`; default: the last 24 hours by quarter hours. */
export interface Stretch {
  readonly from?: Date | null | undefined;
  readonly to?: Date | null | undefined;
  readonly stepSec?: number | null | undefined;
}

type Loader = (scope: Scope, id: string) => Promise<Point[] | null>;
const loaders = new WeakMap<Scope, Map<string, Loader>>();

/** The minutes of a series by steps, oldest first; calls of one tick for one stretch share one statement. */
export async function pointsOf(scope: Scope, seriesId: string, stretch: Stretch): Promise<Point[]> {
  const to = stretch.to ?? scope.now;
  const from = stretch.from ?? addMs(to, -24 * HOUR_MS);
  const stepSec = stretch.stepSec ?? 900;
  if (to <= from) throw new ValidationError('to', 'The end of the stretch must be after its start.');
  if (stepSec < 60 || stepSec % 60 !== 0) throw new ValidationError('stepSec', 'A step is whole minutes.');
  if ((to.getTime() - from.getTime()) / 1_000 / stepSec > MAX_POINTS) {
    throw new ValidationError('stepSec', `A chart has at most ${MAX_POINTS} points: take a longer step.`);
  }
  const byStretch = loaders.get(scope) ?? new Map<string, Loader>();
  loaders.set(scope, byStretch);
  const key = `${from.getTime()} ${to.getTime()} ${stepSec}`;
  let load = byStretch.get(key);
  if (!load) {
    load = createLoader<Point[]>((inScope, ids) => readPoints(inScope, ids, from, to, stepSec));
    byStretch.set(key, load);
  }
  return (await load(scope, seriesId)) ?? [];
}

async function readPoints(
  scope: Scope,
  ids: readonly string[],
  from: Date,
  to: Date,
  stepSec: number,
): Promise<Map<string, Point[]>> {
  const rows = await scope.db.rows<Point & { seriesId: string }>(
    `SELECT series_id AS "seriesId", date_bin(make_interval(secs => $5), minute, '2001-01-01T00:00Z') AS at,
       least(2000000000, sum(count))::int AS count, sum(sum) / sum(count) AS avg, min(min) AS min, max(max) AS max
     FROM metric_rollup WHERE tenant_id = $1 AND series_id = ANY($2::uuid[]) AND minute >= $3 AND minute < $4
     GROUP BY 1, 2 ORDER BY 1, 2`,
    [scope.tenantId, ids, from, to, stepSec],
    'series_points',
  );
  return Map.groupBy(rows, (row) => row.seriesId);
}

/** What a detector knows of its series. */
export interface Stats {
  /** What it expects next. */
  readonly expected: number | null;
  /** What that is compared with; null while not ready. */
  readonly baseline: Baseline | null;
  readonly isReady: boolean;
  /** Of the default detector. */
  readonly week: WeekStats | null;
  /** The document's training (spec j.6); null for the other detector and before the first training. */
  readonly training: Training | null;
  readonly trainedAt: number | null;
  /** Size of the stored state; at most 16,384. */
  readonly bytes: number;
}

export interface Training {
  readonly mean: number;
  readonly std: number;
  readonly median: number;
  readonly mad: number;
  readonly lowFence: number;
  readonly highFence: number;
}

/** A series' statistics; calls of one tick share two statements. */
export const statsOf = createLoader<Stats>(async (scope, ids) => {
  const all = await seriesByIds(scope, ids);
  const stored = await storedOf(scope.db, scope.tenantId, ids);
  const found = new Map<string, Stats>();
  for (const series of all) {
    const state = series && stored.get(series.id);
    if (state) found.set(series.id, statsFrom(series, revived(scope, series, state)));
  }
  return found;
});

function statsFrom(series: Series, detector: Detector): Stats {
  const { lastAt, lastValue, trainedAt } = series;
  const seen = detector.score(lastAt ?? 0, lastValue ?? 0);
  return {
    ...{ expected: seen.expected, baseline: seen.baseline, isReady: seen.isReady, trainedAt },
    week: (detector as { week?: WeekStats }).week ?? null,
    ...{ training: trainingOf(detector), bytes: detector.serialise().byteLength },
  };
}

interface Trained {
  mean: number;
  sampleStd: number;
  q1: number;
  q3: number;
  median: number;
  mad: number;
}

/** The document's detector shows its training; without a spread its fences lie 1 % around the median. */
function trainingOf(detector: Detector): Training | null {
  const { trainedStats } = detector as { trainedStats?: Trained | null };
  if (!trainedStats) return null;
  const { mean, sampleStd: std, q1, q3, median, mad } = trainedStats;
  const iqr = q3 - q1;
  const reach = Math.max(1e-6, 0.01 * Math.abs(median));
  const [lowFence, highFence] = iqr > 0 ? [q1 - 1.5 * iqr, q3 + 1.5 * iqr] : [median - reach, median + reach];
  return { mean, std, median, mad, lowFence, highFence };
}
