import { describe, expect, it } from 'vitest';
import { addMs, HOUR_MS, MINUTE_MS } from '../../kernel/time.ts';
import type { DemoFacts } from './facts.ts';
import { DEMO_SEED } from './plan.ts';
import { trickleBatch } from './trickle.ts';

const NOON = new Date('2026-11-23T12:00:00Z');
const LISTS = ['customers', 'carts', 'orders', 'payments', 'errors'] as const;

/** What an import of these batches, one after the other, leaves: the highest version of every fact. */
function settled(batches: readonly DemoFacts[]): Map<string, string> {
  const found = new Map<string, { version: number; json: string }>();
  for (const batch of batches) {
    for (const item of LISTS.flatMap((list): { externalId: string; version?: number }[] => batch[list])) {
      const version = item.version ?? 1;
      const known = found.get(item.externalId);
      if (!known || version >= known.version) {
        found.set(item.externalId, { version, json: JSON.stringify(item) });
      }
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, { json }]) => [id, json]));
}

const every = (from: Date, minutes: number, step: number): DemoFacts[] => {
  const batches: DemoFacts[] = [];
  for (let at = 0; at < minutes; at += step) {
    const to = addMs(from, Math.min(at + step, minutes) * MINUTE_MS);
    batches.push(trickleBatch(DEMO_SEED, to, addMs(from, at * MINUTE_MS)));
  }
  return batches;
};

describe('the trickle of the running shop', () => {
  it('settles on the same facts by the minute, by the quarter hour and in one go', () => {
    const whole = settled(every(NOON, 60, 60));
    expect(settled(every(NOON, 60, 1))).toEqual(whole);
    expect(settled(every(NOON, 60, 15))).toEqual(whole);
    expect(whole.size).toBeGreaterThan(100);
  });

  it('doubles nothing when calls repeat and overlap', () => {
    const once = every(NOON, 30, 5);
    const overlapping = trickleBatch(DEMO_SEED, addMs(NOON, 20 * MINUTE_MS), addMs(NOON, 7 * MINUTE_MS));
    expect(settled([...once, overlapping, ...once])).toEqual(settled(once));
  });

  it('sells about one order a minute by day and fewer at night, none from the future', () => {
    const perMinute = (from: Date) => {
      const { orders } = trickleBatch(DEMO_SEED, addMs(from, 3 * HOUR_MS), from);
      expect(orders.every(({ placedAt }) => placedAt < addMs(from, 3 * HOUR_MS))).toBe(true);
      return orders.filter(({ placedAt }) => placedAt >= from).length / 180;
    };
    const day = perMinute(addMs(NOON, 4 * HOUR_MS));
    const night = perMinute(addMs(NOON, 10 * HOUR_MS));
    expect(day).toBeGreaterThan(0.7);
    expect(day).toBeLessThan(1.5);
    expect(night).toBeLessThan(day);
  });

  it('lets a declined payment be retried: the order goes from OPEN to PAID under a higher version', () => {
    const seen = new Map<string, string[]>();
    for (const { orders } of every(NOON, 180, 2)) {
      for (const { externalId, status, version } of orders) {
        const states = seen.get(externalId) ?? [];
        if (states.at(-1) !== `${status} ${version}`) states.push(`${status} ${version}`);
        seen.set(externalId, states);
      }
    }
    const ways = [...seen.values()].map((states) => states.join(', '));
    expect(ways).toContain('OPEN 1, PAID 2');
    expect(ways).toContain('PAID 2');
  });

  it('is empty for an empty interval', () => {
    const none = trickleBatch(DEMO_SEED, NOON, NOON);
    expect(LISTS.every((list) => none[list].length === 0)).toBe(true);
  });
});
