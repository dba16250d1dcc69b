import { createDetector, type Detector, type DetectorKind, restoreDetector } from './detect/index.ts';

/** A sample in a tail: two doubles. */
const SAMPLE_BYTES = 16;
/** A tail of this many samples at most goes beside a series before its state is written again. */
export const MAX_TAIL = 64;

/** A detector as it is stored: its state at some sample, and the samples since. */
export interface Stored {
  readonly state: Uint8Array | null;
  readonly tail: Uint8Array;
}

/**
 * Whether samples may go into the tail, or it is time to write the state: a state is some hundred times larger than a
 * sample. Series differ in how long they wait, so that those that began together are not all written together.
 */
export function fitsTail(id: string, tailBytes: number, samples: number): boolean {
  const most = MAX_TAIL / 2 + (Number.parseInt(id.slice(0, 4), 16) % (MAX_TAIL / 2 + 1));
  return tailBytes / SAMPLE_BYTES + samples <= most;
}

/** Samples (ms since 1970, value, …) as bytes. */
export function tailOf(samples: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(samples.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [i, part] of samples.entries()) view.setFloat64(i * 8, part, true);
  return bytes;
}

/** The detector that was stored, with everything since. Throws RangeError for a state of another version. */
export function revive(kind: DetectorKind, { state, tail }: Stored): Detector {
  const detector = state ? restoreDetector(state) : createDetector(kind);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = 0; at + SAMPLE_BYTES <= tail.byteLength; at += SAMPLE_BYTES) {
    detector.observe(view.getFloat64(at, true), view.getFloat64(at + 8, true));
  }
  return detector;
}
