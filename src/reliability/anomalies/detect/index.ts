import { kindOf } from './bytes.ts';
import { DefaultDetector } from './default.ts';
import { SeedDetector } from './seed.ts';
import type { Detector, DetectorKind } from './types.ts';

export { DETECTOR_VERSION } from './bytes.ts';
export type { WeekStats } from './default.ts';
export { SEED_METHOD } from './seed.ts';
export {
  type Baseline,
  blankDetection,
  type Detection,
  type Detector,
  type DetectorKind,
  type Reason,
} from './types.ts';

/**
 * A detector for a series that has no samples yet. `minEffect` is the SEED rule's option: what deviates by
 * less than this share of the median (0.05 in the document) is no anomaly.
 */
export function createDetector(kind: DetectorKind, { minEffect = 0 }: { minEffect?: number } = {}): Detector {
  return kind === 'SEED' ? new SeedDetector(minEffect) : new DefaultDetector();
}

/** The detector that was serialised; it answers exactly as the original would. Throws RangeError for other bytes. */
export function restoreDetector(bytes: Uint8Array): Detector {
  return kindOf(bytes) === 'SEED' ? SeedDetector.restore(bytes) : DefaultDetector.restore(bytes);
}
