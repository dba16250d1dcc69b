import { SKIP_REASONS, type SkipReason } from './gates.ts';

const SKIPPED: Record<SkipReason, keyof DetectionResult> = {
  CANCELLED: 'skippedCancelled',
  NO_GEO: 'skippedNoGeo',
  NO_WEIGHT: 'skippedNoWeight',
  HAZARDOUS: 'skippedHazardous',
  DUPLICATE: 'skippedDuplicate',
  BELOW_THRESHOLD: 'skippedBelowThreshold',
};

/** What detection has done so far: plain counters, so that a phase row can hold them. */
export type DetectionResult = {
  /** Orders scored. */
  scored: number;
  /** Opportunities created; `elite` and `crossBorder` are among them. */
  detected: number;
  elite: number;
  crossBorder: number;
  /** Opportunities of an older version of an order, or of a cancelled one, that were closed. */
  superseded: number;
  skippedCancelled: number;
  skippedNoGeo: number;
  skippedNoWeight: number;
  skippedHazardous: number;
  skippedDuplicate: number;
  skippedBelowThreshold: number;
};

/** Nothing done yet. */
export function noDetection(): DetectionResult {
  return {
    scored: 0,
    detected: 0,
    elite: 0,
    crossBorder: 0,
    superseded: 0,
    skippedCancelled: 0,
    skippedNoGeo: 0,
    skippedNoWeight: 0,
    skippedHazardous: 0,
    skippedDuplicate: 0,
    skippedBelowThreshold: 0,
  };
}

/** Counters of an earlier step (a phase row may hold other values too), as a fresh object. */
export function continueFrom(previous: Record<string, unknown> | null): DetectionResult {
  const result = noDetection();
  for (const key of Object.keys(result) as (keyof DetectionResult)[]) {
    if (typeof previous?.[key] === 'number') result[key] = previous[key];
  }
  return result;
}

/** Counts one skipped order. */
export function countSkip(result: DetectionResult, reason: SkipReason): void {
  result[SKIPPED[reason]] += 1;
}

/** The skips by reason, for people. */
export function skips(result: DetectionResult): { reason: SkipReason; count: number }[] {
  return SKIP_REASONS.map((reason) => ({ reason, count: result[SKIPPED[reason]] }));
}
