import type { Baseline, Detection } from './detect/index.ts';
import type { Series, Severity, Track } from './series.ts';

/** An incident of a series is over after this many samples without an anomaly, and this long after the last one. */
export const CALM_SAMPLES = 10;
export const CALM_MS = 5 * 60_000;

export type FindingKind = 'ANOMALY' | 'LEVEL_SHIFT' | 'SILENCE';

/** What was found out about a series at an instant: a row of `anomaly`, an event and perhaps an alert. */
export interface Finding {
  readonly series: Pick<Series, 'id' | 'metric' | 'labels' | 'detector'>;
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** ms since 1970. */
  readonly at: number;
  readonly value: number | null;
  readonly score: number;
  readonly expected: number | null;
  readonly baseline: Baseline | null;
  readonly reason: string;
}

/** What a batch of samples did to a series' incident. */
export interface Turn {
  /** Everything found, in the order of its instants. */
  readonly findings: Finding[];
  /** What began, or made worse, the incident that is open now or was opened in this batch. */
  told: Finding | null;
  /** An incident that was there before, or `told`, ended. */
  isOver: boolean;
}

/**
 * Takes what the detector says of one sample: the first anomaly of an incident is a finding, the rest of them prolong it,
 * a critical one makes it worse once; level shifts are always findings. Whatever stays below the series' smallest effect
 * is no anomaly.
 */
export function take(
  series: Series,
  track: Track,
  turn: Turn,
  found: Detection,
  at: number,
  value: number,
): void {
  const isStrange = (found.isAnomaly || found.isLevelShift) && hasEffect(series, found.expected, value);
  if (!isStrange) {
    if (track.alertSince !== null) calm(track, turn, at);
    return;
  }
  const severity = found.severity ?? 'WARNING';
  const isNew = track.alertSince === null;
  track.lastAnomalyAt = at;
  track.calmSamples = 0;
  const isWorse = severity === 'CRITICAL' && track.alertSeverity === 'WARNING';
  if (!isNew && !isWorse && !found.isLevelShift) return;
  const { expected, baseline, reason, score } = found;
  const kind = found.isLevelShift ? 'LEVEL_SHIFT' : 'ANOMALY';
  const finding: Finding = { series, kind, severity, at, value, score, expected, baseline, reason };
  if (isNew || found.isLevelShift) {
    turn.findings.push(finding);
    if (found.isLevelShift) track.levelShifts++;
    else track.anomalies++;
  }
  if (isNew) track.alertSince = at;
  if (isNew || isWorse) {
    track.alertSeverity = severity;
    turn.told = finding;
    turn.isOver = false;
  }
}

function calm(track: Track, turn: Turn, at: number): void {
  track.calmSamples++;
  if (track.calmSamples < CALM_SAMPLES || at - (track.lastAnomalyAt ?? at) < CALM_MS) return;
  track.alertSince = null;
  track.alertSeverity = null;
  track.calmSamples = 0;
  turn.isOver = true;
}

/** Whether a value is far enough from what was expected to matter to the series. */
export function hasEffect(
  { minEffectPct }: Pick<Series, 'minEffectPct'>,
  expected: number | null,
  value: number,
): boolean {
  if (minEffectPct === 0 || expected === null) return true;
  return Math.abs(value - expected) >= (minEffectPct / 100) * Math.abs(expected);
}
