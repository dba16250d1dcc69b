import { bounded, pack, packedLength, unpack } from './bytes.ts';
import { answer, look, PACE, SIZE, WEEK } from './look.ts';
import { blankDetection, clear, type Detection, type Detector } from './types.ts';
import { hoursKnown, weekErrors } from './week.ts';
import { packWeek, unpackWeek, weekLength } from './week-bytes.ts';

/** A series' week for operators; errors are mean distances from an hour's mean, null while nothing was compared. */
export interface WeekStats {
  readonly isBetter: boolean;
  /** Of 168 those that four weeks are known of. */
  readonly hoursKnown: number;
  readonly error: number | null;
  readonly levelError: number | null;
}

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
    const base = packedLength(WEEK);
    unpack(bytes.subarray(0, base), detector.s.subarray(0, WEEK));
    unpackRest(bytes.subarray(base), detector.s);
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

  /** What is known of the hours of the week, and how well they foretell beside the recent level. */
  get week(): WeekStats {
    const { isBetter, hours, week, level } = weekErrors(this.s, WEEK);
    const isCompared = hours > 0;
    return {
      isBetter,
      hoursKnown: hoursKnown(this.s, WEEK),
      error: isCompared ? week : null,
      levelError: isCompared ? level : null,
    };
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
    return pack('DEFAULT', this.s.subarray(0, WEEK), packRest(this.s));
  }
}

/** The week, and the pace behind it; nothing before the first sample. */
function packRest(s: Float64Array): Uint8Array {
  const week = packWeek(s, WEEK);
  if (week.byteLength === 0) return week;
  const pace = s.slice(PACE);
  const rest = new Uint8Array(week.byteLength + pace.byteLength);
  rest.set(week);
  rest.set(new Uint8Array(pace.buffer), week.byteLength);
  return rest;
}

/** States of before have no pace: it is learned from the next samples. */
function unpackRest(rest: Uint8Array, s: Float64Array): void {
  const week = weekLength(rest);
  const hasPace = rest.byteLength === week + 8 * (SIZE - PACE);
  unpackWeek(hasPace ? rest.subarray(0, week) : rest, s, WEEK);
  // A copy begins at a multiple of eight, which its place in the state need not.
  if (hasPace) s.set(new Float64Array(new Uint8Array(rest.subarray(week)).buffer), PACE);
}

function advance(s: Float64Array, out: Detection, atMs: number, x: number): Detection {
  const n = s[SEEN] as number;
  const found = look(s, atMs, x, n);
  s[SEEN] = n + 1;
  s[LAST_AT] = n === 0 ? atMs : Math.max(s[LAST_AT] as number, atMs);
  return answer(s, found, out, n);
}
