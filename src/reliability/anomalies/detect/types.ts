/** `DEFAULT` is the product's own streaming detector, `SEED` the document's z-score and fence rule (spec j.6). */
export type DetectorKind = 'DEFAULT' | 'SEED';

/**
 * Why a sample was answered as it was; the words an operator reads. SPIKE and DROP: beyond everything the
 * series has had; UNUSUAL_VALUE: in a gap between its values; RISE and FALL: it moves as it never did;
 * UNUSUAL_PATTERN: no earlier stretch looks like the last 192 samples; UNUSUAL_HOUR: not at this hour of the week;
 * FLAT_LINE: it no longer changes.
 */
export type Reason =
  | 'model_not_trained'
  | 'NORMAL'
  | 'SPIKE'
  | 'DROP'
  | 'UNUSUAL_VALUE'
  | 'RISE'
  | 'FALL'
  | 'UNUSUAL_PATTERN'
  | 'UNUSUAL_HOUR'
  | 'FLAT_LINE'
  | 'LEVEL_SHIFT';

/**
 * What a value is compared with: the recent level, what is usual at this hour of the week (DEFAULT), or the median of the
 * last 500 samples (SEED).
 */
export type Baseline = 'LEVEL' | 'HOUR_OF_WEEK' | 'WINDOW';

/** What a detector thinks of one sample. */
export interface Detection {
  /** False while too few samples were seen; the score is then 0. */
  isReady: boolean;
  /** DEFAULT: 0..1, higher is stranger. SEED: the document's score, 0 or less, lower is stranger. */
  score: number;
  /** The detector's own decision; DEFAULT raises it once per incident. */
  isAnomaly: boolean;
  /** The series has moved to another level with this sample; raised once per shift. */
  isLevelShift: boolean;
  severity: 'WARNING' | 'CRITICAL' | null;
  reason: Reason;
  /** The value that would have surprised nobody. */
  expected: number | null;
  /** Where `expected` comes from; null while not ready. */
  baseline: Baseline | null;
  z: number | null;
  robustZ: number | null;
}

/** One series' detector: constant memory, no clock of its own, samples in the order of their instants. */
export interface Detector {
  readonly kind: DetectorKind;
  /** Samples observed in all, the ones that left the window included. */
  readonly samples: number;
  /** The latest instant observed, in ms since 1970; null before the first sample. */
  readonly lastAt: number | null;
  /** Adds one sample and says what is thought of it. Throws RangeError for what is not finite. */
  observe(atMs: number, value: number): Detection;
  /** As `observe`, but writes the answer into `out` and allocates nothing: for bulk. */
  observeInto(out: Detection, atMs: number, value: number): Detection;
  /** What would be said of this value, changing nothing. Throws RangeError for what is not finite. */
  score(atMs: number, value: number): Detection;
  /** Refits what is refitted periodically (every 5 minutes at least); whether anything was. */
  retrain(atMs: number): boolean;
  /** The whole state; it grows with what it knows of the week, and stays below 16 KiB. */
  serialise(): Uint8Array;
}

/** A detection to be filled by `observeInto`. */
export function blankDetection(): Detection {
  return {
    isReady: false,
    score: 0,
    isAnomaly: false,
    isLevelShift: false,
    severity: null,
    reason: 'model_not_trained',
    expected: null,
    baseline: null,
    z: null,
    robustZ: null,
  };
}

/** Makes a detection blank again. */
export function clear(out: Detection): Detection {
  out.isReady = false;
  out.score = 0;
  out.isAnomaly = false;
  out.isLevelShift = false;
  out.severity = null;
  out.reason = 'model_not_trained';
  out.expected = null;
  out.baseline = null;
  out.z = null;
  out.robustZ = null;
  return out;
}
