import { uuidFrom } from '../../kernel/ids.ts';
import type { DetectorKind } from './detect/index.ts';

/** Series that a tenant may have: labels that explode fill neither the database nor the hour. */
export const MAX_SERIES = 10_000;
/** Samples of one call. */
export const MAX_SAMPLES = 10_000;
/** Samples older than this are refused, and rollups are kept this long. */
export const KEPT_DAYS = 35;
/** How far ahead of our clock a sender's may be. */
export const AHEAD_MS = 5 * 60_000;
/** A model is refitted at least this often while samples come (spec j.6). */
export const RETRAIN_MS = 5 * 60_000;

export type Labels = Readonly<Record<string, string>>;
export type Severity = 'WARNING' | 'CRITICAL';

/** What names a series within its tenant. */
export interface SeriesName {
  readonly metric: string;
  readonly labels: Labels;
}

/** What changes with every batch of samples. */
export interface Track {
  samples: number;
  outOfOrder: number;
  /** Incidents of kind ANOMALY, and level shifts, so far. */
  anomalies: number;
  levelShifts: number;
  firstAt: number | null;
  lastAt: number | null;
  lastValue: number | null;
  lastScore: number | null;
  isSilent: boolean;
  /** Since when its alert fires, and what it says. */
  alertSince: number | null;
  alertSeverity: Severity | null;
  lastAnomalyAt: number | null;
  calmSamples: number;
  trainedAt: number | null;
  trainedSamples: number;
}

/** A metric with its labels, as its detector sees it. Instants are ms since 1970. */
export interface Series extends SeriesName, Track {
  readonly id: string;
  readonly detector: DetectorKind;
  readonly isEnabled: boolean;
  readonly minEffectPct: number;
  readonly silenceAfterSec: number | null;
  /** Bytes of samples that its stored state has not seen yet. */
  readonly tailBytes: number;
  readonly createdAt: number;
  readonly version: number;
}

/** The series' id for ever: whoever names it so means it. `key` is `seriesKey`. */
export function seriesId(tenantId: string, key: string): string {
  return uuidFrom(tenantId, 'metric_series', key);
}

/** The one text of a series' name: the metric, then its labels by name. */
export function seriesKey({ metric, labels }: SeriesName): string {
  const names = Object.keys(labels);
  if (names.length === 0) return metric;
  return `${metric}${JSON.stringify(names.sort().map((name) => [name, labels[name]]))}`;
}

/** A series for people: `latency_ms{route=/pay}`. */
export function nameOf({ metric, labels }: SeriesName): string {
  const parts = Object.keys(labels)
    .sort()
    .map((name) => `${name}=${labels[name]}`);
  return parts.length === 0 ? metric : `${metric}{${parts.join(',')}}`;
}
