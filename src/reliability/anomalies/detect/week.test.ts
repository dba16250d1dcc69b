import { describe, expect, it } from 'vitest';
import { seeded } from '../../../kernel/random.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../kernel/time.ts';
import { DefaultDetector } from './default.ts';
import type { Detection } from './index.ts';
import { restoreDetector } from './index.ts';

const MONDAY = Date.parse('2026-01-05T00:00:00Z');
const WEEK_MS = 7 * DAY_MS;
const at = (week: number, day: number, hour: number): number =>
  MONDAY + week * WEEK_MS + day * DAY_MS + hour * HOUR_MS;
const [TUESDAY, SUNDAY] = [1, 6];

/** Traffic of an office: about 1,000 from 9 to 18 on weekdays, 150 else; days differ by some percent. */
const office = (ms: number): number => {
  const day = Math.floor((ms - MONDAY) / DAY_MS) % 7;
  const hour = ((ms - MONDAY) % DAY_MS) / HOUR_MS;
  return day < 5 && hour >= 9 && hour < 18 ? 1000 : 150;
};

interface Change {
  from: number;
  to: number;
  value: number;
}

function traffic(
  seed: number,
  from: number,
  to: number,
  step: number,
  changes: Change[],
): [number, number][] {
  const random = seeded(seed);
  const days = Array.from({ length: 70 }, () => Math.exp(0.05 * random.normal()));
  const samples: [number, number][] = [];
  for (let ms = from; ms < to; ms += step) {
    const change = changes.find((each) => each.from <= ms && ms < each.to);
    const usual = (change?.value ?? office(ms)) * (days[Math.floor((ms - MONDAY) / DAY_MS)] as number);
    samples.push([ms, usual * (1 + 0.06 * random.normal()) + 3 * random.normal()]);
  }
  return samples;
}

/** Alerts as instants and answers. With `isBlind` every sample is of one instant, so no hour is ever over. */
function alerts(samples: readonly [number, number][], isBlind = false): [number, Detection][] {
  const detector = new DefaultDetector();
  return samples.flatMap(([ms, value]) => {
    const found = detector.observe(isBlind ? MONDAY : ms, value);
    return found.isAnomaly ? [[ms, found] as [number, Detection]] : [];
  });
}

const within = (found: readonly [number, Detection][], { from, to }: Change): Detection[] =>
  found.flatMap(([ms, each]) => (from <= ms && ms < to + 15 * MINUTE_MS ? [each] : []));

describe('the hour of the week', () => {
  const night = { from: at(5, SUNDAY, 23), to: at(5, SUNDAY, 23.5), value: 1000 };
  const moment = { from: at(4, SUNDAY, 3), to: at(4, SUNDAY, 3) + 1, value: 1000 };
  const outage = { from: at(6, TUESDAY, 12), to: at(6, TUESDAY, 12.5), value: 150 };
  const changes = [moment, night, outage];

  it.each([
    ['a minute', MINUTE_MS],
    ['five minutes', 5 * MINUTE_MS],
  ])('raises what is usual only at other hours, at %s a sample', (_, step) => {
    const samples = traffic(1, MONDAY, at(7, 0, 0), step, changes);
    const found = alerts(samples);
    const [known, blind] = [found, alerts(samples, true)].map((all) =>
      changes.map((change) => within(all, change).length > 0),
    );
    expect(known).toEqual([true, true, true]);
    expect(blind?.filter(Boolean).length).toBeLessThan(2);
    expect(within(found, night)[0]).toMatchObject({ reason: 'UNUSUAL_HOUR', baseline: 'HOUR_OF_WEEK' });
    expect(within(found, night)[0]?.expected).toBeGreaterThan(120);
    expect(within(found, night)[0]?.expected).toBeLessThan(180);
  });

  it('raises nothing more where nothing happens', () => {
    const samples = traffic(2, MONDAY, at(8, 0, 0), 5 * MINUTE_MS, []);
    const late = (all: [number, Detection][]) => all.filter(([ms]) => ms >= at(4, 0, 0)).length;
    expect(late(alerts(samples))).toBeLessThanOrEqual(late(alerts(samples, true)));
  });

  it('is used after four weeks, and never for what has none', () => {
    const detector = new DefaultDetector();
    const random = seeded(3);
    const baselines = new Set<string | null>();
    for (const [ms, value] of traffic(3, MONDAY, at(5, 0, 0), 5 * MINUTE_MS, [])) {
      const { baseline } = detector.observe(ms, value);
      if (ms < at(4, 0, 0)) baselines.add(baseline);
    }
    expect([...baselines]).toEqual([null, 'LEVEL']);
    expect(detector.score(at(5, SUNDAY, 3), 150)).toMatchObject({
      baseline: 'HOUR_OF_WEEK',
      isAnomaly: false,
    });
    expect(detector.week).toMatchObject({ hoursKnown: 168, isBetter: true });
    const noise = new DefaultDetector();
    for (let ms = MONDAY; ms < at(5, 0, 0); ms += 5 * MINUTE_MS) noise.observe(ms, 50 + random.normal());
    expect(noise.week).toMatchObject({ hoursKnown: 168, isBetter: false });
    expect(noise.score(at(5, 0, 0), 50).baseline).toBe('LEVEL');
  });

  it('bears an hour’s displacement, as daylight saving brings it', () => {
    const samples = traffic(4, MONDAY, at(6, 0, 0), 5 * MINUTE_MS, []);
    const shifted = traffic(4, at(6, 0, 0), at(7, 0, 0), 5 * MINUTE_MS, []).map(
      ([ms, value]) => [ms - HOUR_MS, value] as [number, number],
    );
    const hours = (all: [number, Detection][]) => all.filter(([, { reason }]) => reason === 'UNUSUAL_HOUR');
    expect(hours(alerts([...samples.slice(0, -12), ...shifted]))).toEqual([]);
  });

  it('keeps a week in less than 9 KiB, and takes a state that has none', () => {
    const detector = new DefaultDetector();
    const none = detector.serialise().byteLength;
    const samples = traffic(5, MONDAY, at(5, 0, 0), 30 * MINUTE_MS, []);
    for (const [ms, value] of samples) detector.observe(ms, value);
    const state = detector.serialise();
    expect(state.byteLength).toBeLessThan(9 * 1024);
    expect(restoreDetector(Buffer.concat([Buffer.alloc(3), state]).subarray(3)).serialise()).toEqual(state);
    const older = restoreDetector(state.slice(0, none)) as DefaultDetector;
    expect([older.samples, older.lastAt, older.week.hoursKnown]).toEqual([
      samples.length,
      samples.at(-1)?.[0],
      0,
    ]);
    expect(older.observe(at(5, 0, 0), 150).baseline).toBe('LEVEL');
    expect(() => restoreDetector(state.slice(0, -8))).toThrow('none of this version');
  });
});
