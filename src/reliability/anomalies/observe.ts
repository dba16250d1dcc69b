import { MINUTE_MS } from '../../kernel/time.ts';
import type { Group } from './batch.ts';
import { blankDetection, createDetector, type Detector } from './detect/index.ts';
import { type Turn, take } from './incident.ts';
import { RETRAIN_MS, type Series, type Track } from './series.ts';
import { fitsTail } from './tail.ts';

/** Sums of minutes stay finite whatever is added: the spread of doubles above this is nobody's measurement. */
const LARGEST_SUM = 1e290;

/** Samples by series and minute, in columns. */
export interface Rollups {
  /** Position of the series in the batch. */
  readonly series: number[];
  /** Minutes since 1970. */
  readonly minute: number[];
  readonly count: number[];
  readonly sum: number[];
  readonly min: number[];
  readonly max: number[];
}

/** A series after its samples of a batch. */
export interface Observed {
  readonly series: Series;
  readonly track: Track;
  readonly turn: Turn;
  /** Null while the series is switched off. */
  readonly detector: Detector | null;
  /** What the series' tail grows by (ms since 1970, value, …); null when the state is to be written instead. */
  readonly fresh: readonly number[] | null;
}

export const noRollups = (): Rollups => ({ series: [], minute: [], count: [], sum: [], min: [], max: [] });

const found = blankDetection();

/**
 * Shows a series' samples to its detector in the order of their instants and adds them to the minutes of `rollups`. What
 * is older than the newest sample so far is counted and not shown. `nowMs` is when they arrived.
 */
export function observe(
  series: Series,
  known: Detector | undefined,
  group: Group,
  rollups: Rollups,
  position: number,
  nowMs: number,
): Observed {
  const track = trackOf(series);
  const turn: Turn = { findings: [], told: null, isOver: false };
  const detector = series.isEnabled ? (known ?? createDetector(series.detector)) : null;
  const order = inOrder(group.at);
  let isReady = series.trainedAt !== null;
  const fresh: number[] = [];
  for (let i = 0; i < group.at.length; i++) {
    const place = order ? (order[i] as number) : i;
    const at = group.at[place] as number;
    const value = group.values[place] as number;
    roll(rollups, position, at, value);
    track.samples++;
    if (track.lastAt !== null && at < track.lastAt) {
      track.outOfOrder++;
      continue;
    }
    track.firstAt ??= at;
    track.lastAt = at;
    track.lastValue = value;
    if (!detector) continue;
    fresh.push(at, value);
    detector.observeInto(found, at, value);
    isReady = found.isReady;
    track.lastScore = found.isReady ? found.score : null;
    if (found.isReady || track.alertSince !== null) take(series, track, turn, found, at, value);
  }
  const isRefitted = detector !== null && refit(detector, track, isReady, nowMs);
  if (track.isSilent && !isOverdue(series, track, nowMs)) track.isSilent = false;
  const fits = !isRefitted && fitsTail(series.id, series.tailBytes, fresh.length / 2);
  return { series, track, turn, detector, fresh: fits ? fresh : null };
}

/** Whether a series that has to speak has said nothing for too long. */
export function isOverdue({ silenceAfterSec }: Series, { lastAt }: Track, nowMs: number): boolean {
  return silenceAfterSec !== null && lastAt !== null && nowMs - lastAt > silenceAfterSec * 1_000;
}

/**
 * Refits what is due while the detector is at hand, so that the job only finds what has stopped since; whether its state
 * has changed by that, which replaying its samples would not repeat.
 */
export function refit(
  detector: Detector,
  track: Track,
  isReady: boolean,
  nowMs: number,
  at = detector.lastAt ?? nowMs,
): boolean {
  if (isReady && track.trainedAt !== null && nowMs - track.trainedAt < RETRAIN_MS) return false;
  const isRefitted = detector.retrain(at);
  track.trainedAt = isReady ? nowMs : null;
  track.trainedSamples = track.samples;
  return isRefitted;
}

/** The order of the instants, or null when they are in order already. */
function inOrder(at: readonly number[]): number[] | null {
  for (let i = 1; i < at.length; i++) {
    if ((at[i] as number) < (at[i - 1] as number)) {
      return at.map((_, place) => place).sort((a, b) => (at[a] as number) - (at[b] as number) || a - b);
    }
  }
  return null;
}

/** Instants of a series come in order here, so a minute is the last one or a new one. */
function roll(rollups: Rollups, position: number, at: number, value: number): void {
  const { series, minute, count, sum, min, max } = rollups;
  const of = Math.floor(at / MINUTE_MS);
  const bounded = Math.max(-LARGEST_SUM, Math.min(LARGEST_SUM, value));
  const last = series.length - 1;
  if (last >= 0 && series[last] === position && minute[last] === of) {
    (count[last] as number)++;
    (sum[last] as number) += bounded;
    if (value < (min[last] as number)) min[last] = value;
    if (value > (max[last] as number)) max[last] = value;
    return;
  }
  series.push(position);
  minute.push(of);
  count.push(1);
  sum.push(bounded);
  min.push(value);
  max.push(value);
}

/** A copy of what samples change. */
export function trackOf(series: Series): Track {
  const { samples, outOfOrder, anomalies, levelShifts, firstAt, lastAt, lastValue, lastScore } = series;
  const { isSilent, alertSince, alertSeverity, lastAnomalyAt, calmSamples, trainedAt, trainedSamples } =
    series;
  return {
    ...{ samples, outOfOrder, anomalies, levelShifts, firstAt, lastAt, lastValue, lastScore, isSilent },
    ...{ alertSince, alertSeverity, lastAnomalyAt, calmSamples, trainedAt, trainedSamples },
  };
}
