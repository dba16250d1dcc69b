import { seeded } from '../../src/kernel/random.ts';
import { blankDetection, createDetector } from '../../src/reliability/anomalies/index.ts';

/**
 * Eight weeks of made-up traffic with a weekly rhythm, in which five things happen that are wrong for their hour only; NAB
 * has hardly any series longer than four weeks. Measured with the hours of the week and without.
 */
const WEEKS = 8;
const LEARNING_DAYS = 28;
const MINUTE_MS = 60_000;
const DAY_MIN = 1_440;
const MONDAY = Date.parse('2026-01-05T00:00:00Z');
const [TUESDAY, THURSDAY, SATURDAY, SUNDAY] = [1, 3, 5, 6];
const SEEDS = [101, 102];

type Shape = (day: number, hour: number) => number;
interface Rhythm {
  at: Shape;
  /** Hours of a Tuesday in the middle of its peak, and of a Sunday at its lowest. */
  peak: number;
  low: number;
}

const RHYTHMS: Rhythm[] = [
  { at: (day, hour) => (day < 5 && hour >= 9 && hour < 18 ? 1_000 : 150), peak: 13, low: 3 },
  { at: (day, hour) => 100 + (day < 5 ? 900 : 200) * Math.exp(-(((hour - 13) / 4) ** 2)), peak: 13, low: 1 },
  {
    at: (day, hour) => 200 + (day < 5 ? 500 : 900) * (0.5 - 0.5 * Math.cos(((hour - 5) / 12) * Math.PI)),
    peak: 17,
    low: 5,
  },
];

interface Noise {
  normal(): number;
  next(): number;
}
const NOISES: ((noise: Noise, level: number) => number)[] = [
  (noise, level) => level * (1 + 0.06 * noise.normal()) + 3 * noise.normal(),
  (noise, level) => Math.max(0, Math.round(level / 20 + Math.sqrt(level / 20) * noise.normal())),
  (noise, level) =>
    level * Math.exp(0.25 * noise.normal()) * (noise.next() < 0.002 ? 1 + 3 * noise.next() : 1),
];

interface Event {
  from: number;
  length: number;
  at: Shape;
}

interface Tally {
  events: number;
  found: number;
  falseAlarms: number;
  weeks: number;
}

/** Recall and false alarms after the fourth week at a sampling of so many minutes. */
export function weekly(stepMin: number): Record<'with' | 'without', Tally> {
  const blank = (): Tally => ({ events: 0, found: 0, falseAlarms: 0, weeks: 0 });
  const tallies = { with: blank(), without: blank() };
  for (const seed of SEEDS) {
    for (const rhythm of RHYTHMS) {
      for (const noise of NOISES) {
        const events = eventsOf(rhythm, seed, stepMin);
        const values = valuesOf(rhythm, noise, events, seed, stepMin);
        add(tallies.with, values, events, stepMin, (i) => MONDAY + i * stepMin * MINUTE_MS);
        // To a detector that is told the same hour for ever none is over; it sees how often the samples come.
        add(tallies.without, values, events, stepMin, (i) => MONDAY + ((i * stepMin) % 60) * MINUTE_MS);
      }
    }
  }
  return tallies;
}

/** A moment and half an hour of a weekday's peak on Sunday nights, an outage at a peak, a busy night, a holiday. */
function eventsOf({ at, peak, low }: Rhythm, seed: number, stepMin: number): Event[] {
  const random = seeded(seed);
  const place = (week: number, day: number, hour: number) =>
    Math.floor(((week * 7 + day) * DAY_MIN + (hour + random.next() / 2) * 60) / stepMin);
  const busy = () => at(TUESDAY, peak);
  return [
    { from: place(4, SUNDAY, low), length: 1, at: busy },
    { from: place(5, SUNDAY, low), length: 45 / stepMin, at: busy },
    { from: place(6, TUESDAY, peak), length: 45 / stepMin, at: () => at(TUESDAY, low) },
    { from: place(6, SATURDAY, low), length: 240 / stepMin, at: () => 0.8 * busy() },
    { from: place(7, THURSDAY, 0), length: DAY_MIN / stepMin, at: (_day, hour) => at(SUNDAY, hour) },
  ];
}

function valuesOf(
  rhythm: Rhythm,
  noise: (noise: Noise, level: number) => number,
  events: readonly Event[],
  seed: number,
  stepMin: number,
): Float64Array {
  const random = seeded(seed + 7 * stepMin);
  const days = Array.from({ length: WEEKS * 7 }, () => Math.exp(0.05 * random.normal()));
  return Float64Array.from({ length: (WEEKS * 7 * DAY_MIN) / stepMin }, (_, i) => {
    const day = Math.floor((i * stepMin) / DAY_MIN);
    const event = events.find(({ from, length }) => i >= from && i < from + length);
    const level = (event?.at ?? rhythm.at)(day % 7, ((i * stepMin) % DAY_MIN) / 60);
    return noise(random, level * (days[day] as number));
  });
}

/** An event is found within its duration, half an hour at least; what follows within 12 hours is its echo. */
function add(
  tally: Tally,
  values: Float64Array,
  events: readonly Event[],
  stepMin: number,
  instant: (i: number) => number,
): void {
  const detector = createDetector('DEFAULT');
  const answer = blankDetection();
  const found = new Set<Event>();
  for (let i = 0; i < values.length; i++) {
    if (!detector.observeInto(answer, instant(i), values[i] as number).isAnomaly) continue;
    const near = events.find(({ from, length }) => i >= from && i < from + length + 720 / stepMin);
    if (near && i < near.from + Math.max(near.length, 30 / stepMin)) found.add(near);
    else if (!near && i * stepMin >= LEARNING_DAYS * DAY_MIN) tally.falseAlarms++;
  }
  tally.events += events.length;
  tally.found += found.size;
  tally.weeks += WEEKS - LEARNING_DAYS / 7;
}
