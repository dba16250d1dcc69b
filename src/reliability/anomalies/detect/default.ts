import { bounded, pack, unpack } from './bytes.ts';
import { answer, look, SIZE } from './look.ts';
import { blankDetection, clear, type Detection, type Detector } from './types.ts';

const SEEN = 0;
const LAST_AT = 1;

const scratch = new Float64Array(SIZE);

/**
 * The product's streaming detector: how new is this value, this movement, this shape to the series, measured
 * by how new its samples usually are. One pass, constant memory, the same for every series; see `look.ts`.
 */
export class DefaultDetector implements Detector {
  readonly kind = 'DEFAULT';
  private readonly s = new Float64Array(SIZE);

  /** The detector that was serialised. Throws RangeError for bytes of another length. */
  static restore(bytes: Uint8Array): DefaultDetector {
    const detector = new DefaultDetector();
    unpack(bytes, detector.s);
    return detector;
  }

  get samples(): number {
    return this.s[SEEN] as number;
  }

  get lastAt(): number | null {
    return this.samples === 0 ? null : (this.s[LAST_AT] as number);
  }

  observe(atMs: number, value: number): Detection {
    return advance(this.s, blankDetection(), atMs, bounded(value));
  }

  observeInto(out: Detection, atMs: number, value: number): Detection {
    return advance(this.s, clear(out), atMs, bounded(value));
  }

  /** Observes on a copy: whatever `observe` does, this says the same and changes nothing. */
  score(atMs: number, value: number): Detection {
    scratch.set(this.s);
    return advance(scratch, blankDetection(), atMs, bounded(value));
  }

  /** Nothing is refitted periodically: every sample refits everything. */
  retrain(_atMs: number): boolean {
    return false;
  }

  serialise(): Uint8Array {
    return pack('DEFAULT', this.s);
  }
}

function advance(s: Float64Array, out: Detection, atMs: number, x: number): Detection {
  const n = s[SEEN] as number;
  const found = look(s, x, n);
  s[SEEN] = n + 1;
  s[LAST_AT] = n === 0 ? atMs : Math.max(s[LAST_AT] as number, atMs);
  return answer(s, found, out, n);
}
