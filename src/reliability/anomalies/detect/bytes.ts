import type { DetectorKind } from './types.ts';

/** Version of the serialised state; a state of another version has to be relearned from the samples. */
export const DETECTOR_VERSION = 1;

const MAGIC = 0xde7ec7;
const HEADER = 8;
const KINDS: readonly DetectorKind[] = ['DEFAULT', 'SEED'];

/** Largest magnitude a detector works with: sums, squares of ratios and fences of such values stay finite. */
export const LARGEST = 1e300;

/** The value as a detector works with it: within ±1e300. Throws RangeError for what is not finite. */
export function bounded(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`A sample must be a finite number, not ${value}.`);
  return Math.max(-LARGEST, Math.min(LARGEST, value));
}

/** Bytes of a state of so many doubles without anything behind it. */
export const packedLength = (cells: number): number => HEADER + 8 * cells;

/**
 * A detector's state is an array of doubles, so writing it is a copy behind eight bytes of header; `rest` is what it keeps
 * more compactly behind that.
 */
export function pack(kind: DetectorKind, state: Float64Array, rest?: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER + state.byteLength + (rest?.byteLength ?? 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, (MAGIC << 8) | DETECTOR_VERSION, true);
  view.setUint32(4, KINDS.indexOf(kind), true);
  bytes.set(new Uint8Array(state.buffer, state.byteOffset, state.byteLength), HEADER);
  if (rest) bytes.set(rest, HEADER + state.byteLength);
  return bytes;
}

/** The kind a serialised state belongs to. Throws RangeError for what is not one of this version. */
export function kindOf(bytes: Uint8Array): DetectorKind {
  if (bytes.byteLength < HEADER) throw new RangeError('These bytes are no detector: too short.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mark = view.getUint32(0, true);
  if (mark >>> 8 !== MAGIC) throw new RangeError('These bytes are no detector.');
  if ((mark & 255) !== DETECTOR_VERSION) {
    throw new RangeError(`Detector state of version ${mark & 255}; this code reads ${DETECTOR_VERSION}.`);
  }
  const kind = KINDS[view.getUint32(4, true)];
  if (!kind) throw new RangeError('Detector state of an unknown kind.');
  return kind;
}

/** Fills a state from serialised bytes. Throws RangeError when the length does not fit. */
export function unpack(bytes: Uint8Array, state: Float64Array): void {
  if (bytes.byteLength !== HEADER + state.byteLength) {
    throw new RangeError(
      `Detector state of ${bytes.byteLength} bytes; expected ${HEADER + state.byteLength}.`,
    );
  }
  new Uint8Array(state.buffer, state.byteOffset, state.byteLength).set(bytes.subarray(HEADER));
}
