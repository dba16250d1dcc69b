import { describe, expect, test } from 'vitest';
import { JOBS } from './jobs.ts';
import {
  isInstant,
  type JobSchedule,
  latestInstants,
  missedInstants,
  nextCycle,
  nextInstant,
} from './schedule.ts';

const job = (pattern: string, more: Partial<JobSchedule> = {}): JobSchedule => ({
  ...{ name: 'test', pattern, timeZone: 'UTC', catchUp: 'LATEST' },
  ...more,
});
const at = (text: string) => new Date(text);

describe('nextCycle (o.1: every interval at the tenant’s minute offset)', () => {
  test.each([
    [17, 3600, '2026-11-20T12:00:00Z', '2026-11-20T12:17:00Z'],
    [17, 3600, '2026-11-20T12:16:59.999Z', '2026-11-20T12:17:00Z'],
    [17, 3600, '2026-11-20T12:17:00Z', '2026-11-20T13:17:00Z'],
    [17, 3600, '2026-11-20T12:17:00.001Z', '2026-11-20T13:17:00Z'],
    [0, 3600, '2026-11-20T23:59:59Z', '2026-11-21T00:00:00Z'],
    [59, 3600, '2026-11-20T23:59:00Z', '2026-11-21T00:59:00Z'],
    [17, 60, '2026-11-20T12:00:00Z', '2026-11-20T12:01:00Z'],
    [17, 900, '2026-11-20T12:00:00Z', '2026-11-20T12:02:00Z'],
    [17, 86_400, '2026-11-20T12:00:00Z', '2026-11-21T00:17:00Z'],
    [17, 86_400, '2026-11-20T00:16:00Z', '2026-11-20T00:17:00Z'],
    // 7 minutes do not divide an hour: the grid stands on the epoch, not on the hour.
    [3, 420, '1970-01-01T00:00:00Z', '1970-01-01T00:03:00Z'],
    [3, 420, '1970-01-01T00:59:00Z', '1970-01-01T01:06:00Z'],
  ])('minute %i every %i s after %s is %s', (cycleMinute, cycleIntervalSec, now, next) => {
    expect(nextCycle({ cycleMinute, cycleIntervalSec }, at(now))).toEqual(at(next));
  });

  test('instants stand exactly one interval apart, for a day', () => {
    for (const cycleIntervalSec of [60, 420, 900, 3600]) {
      let last = nextCycle({ cycleMinute: 42, cycleIntervalSec }, at('2026-11-20T00:00:00Z'));
      for (let n = 0; n < 24; n++) {
        const next = nextCycle({ cycleMinute: 42, cycleIntervalSec }, last);
        expect(next.getTime() - last.getTime()).toBe(cycleIntervalSec * 1000);
        last = next;
      }
    }
  });
});

describe('nextInstant (o.3: croner facts)', () => {
  test.each([
    // 09:00 in London is 09:00Z in winter and 08:00Z in summer.
    ['0 9 * * *', 'Europe/London', '2026-03-28T00:00:00Z', '2026-03-28T09:00:00Z'],
    ['0 9 * * *', 'Europe/London', '2026-03-28T09:00:00Z', '2026-03-29T08:00:00Z'],
    ['0 9 * * *', 'Europe/London', '2026-10-24T08:00:00Z', '2026-10-25T09:00:00Z'],
    // An hour that does not exist runs at the first instant that does.
    ['30 1 * * *', 'Europe/London', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00Z'],
    // An hour that exists twice runs once, the first time.
    ['30 1 * * *', 'Europe/London', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00Z'],
    ['30 1 * * *', 'Europe/London', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
    // Hourly patterns go on through the repeated hour.
    ['0 * * * *', 'Europe/London', '2026-10-25T00:00:00Z', '2026-10-25T01:00:00Z'],
    ['0 * * * *', 'Europe/London', '2026-10-25T01:00:00Z', '2026-10-25T02:00:00Z'],
    ['10 2 * * 1', 'UTC', '2026-11-20T12:00:00Z', '2026-11-23T02:10:00Z'],
  ])('%s in %s after %s is %s', (pattern, timeZone, now, next) => {
    expect(nextInstant(job(pattern, { timeZone }), at(now))).toEqual(at(next));
  });

  test('is strictly after now', () => {
    expect(nextInstant(job('*/5 * * * *'), at('2026-11-20T12:05:00Z'))).toEqual(at('2026-11-20T12:10:00Z'));
  });
});

describe('the clock changes (o.3)', () => {
  const during = (pattern: string, from: string, hours: number) => {
    const minutes = Array.from({ length: hours * 60 }, (_, n) => new Date(at(from).getTime() + n * 60_000));
    const london = job(pattern, { timeZone: 'Europe/London' });
    return minutes
      .filter((minute) => isInstant(london, minute))
      .map((minute) => minute.toISOString().slice(11, 16));
  };

  test.each([
    ['09:00 in winter', '0 9 * * *', '2026-01-10T00:00:00Z', 24, ['09:00']],
    ['09:00 in summer', '0 9 * * *', '2026-06-10T00:00:00Z', 24, ['08:00']],
    [
      'the hour that is missing: at its first valid instant',
      '30 1 * * *',
      '2026-03-29T00:00:00Z',
      24,
      ['01:00'],
    ],
    ['the hour that comes twice: once', '30 1 * * *', '2026-10-25T00:00:00Z', 24, ['00:30']],
    [
      'every hour, through the repeated one',
      '0 * * * *',
      '2026-10-24T23:00:00Z',
      4,
      ['23:00', '00:00', '01:00', '02:00'],
    ],
    [
      'every half hour over the gap',
      '*/30 * * * *',
      '2026-03-29T00:00:00Z',
      2,
      ['00:00', '00:30', '01:00', '01:30'],
    ],
  ])('minute by minute: %s', (_name, pattern, from, hours, expected) => {
    expect(during(pattern, from, hours)).toEqual(expected);
  });

  test('the last three Mondays', () => {
    expect(latestInstants(job('10 2 * * 1'), at('2026-11-20T12:00:00Z'), 3)).toEqual(
      ['2026-11-02T02:10:00Z', '2026-11-09T02:10:00Z', '2026-11-16T02:10:00Z'].map(at),
    );
  });
});

describe('missedInstants: what each policy would make up for', () => {
  const now = at('2026-11-20T12:00:00Z');
  const weekly = '10 2 * * 1';

  test.each<[string, Partial<JobSchedule>, Date, string[]]>([
    ['SKIP: nothing', { catchUp: 'SKIP' }, now, []],
    ['LATEST: the newest', { catchUp: 'LATEST' }, now, ['2026-11-16T02:10:00Z']],
    [
      'ALL: oldest first, the newest of them when there are more than its limit',
      { catchUp: 'ALL', limit: 3 },
      now,
      ['2026-11-02T02:10:00Z', '2026-11-09T02:10:00Z', '2026-11-16T02:10:00Z'],
    ],
    ['an instant that is exactly now', {}, at('2026-11-16T02:10:00Z'), ['2026-11-16T02:10:00Z']],
    ['an instant half a second ago', {}, at('2026-11-16T02:10:00.500Z'), ['2026-11-16T02:10:00Z']],
    ['not one half a second ahead', {}, at('2026-11-16T02:09:59.500Z'), ['2026-11-09T02:10:00Z']],
    ['exactly as late as allowed', { lateHours: 6 }, at('2026-11-16T08:10:00Z'), ['2026-11-16T02:10:00Z']],
    ['later than allowed', { lateHours: 6 }, at('2026-11-16T08:10:01Z'), []],
  ])('%s', (_name, more, until, expected) => {
    expect(missedInstants(job(weekly, more), until)).toEqual(expected.map(at));
  });

  test('ALL over a change of clocks, 31 instants at most', () => {
    const daily = job('5 0 * * *', { catchUp: 'ALL', timeZone: 'Europe/London' });
    const missed = missedInstants(daily, at('2026-10-28T12:00:00Z'));
    expect([missed.length, missed[0]]).toEqual([31, at('2026-09-27T23:05:00Z')]);
    expect(missed.slice(-4)).toEqual(
      ['2026-10-24T23:05:00Z', '2026-10-26T00:05:00Z', '2026-10-27T00:05:00Z', '2026-10-28T00:05:00Z'].map(
        at,
      ),
    );
  });
});

test('the jobs of spec o.1 whose work exists run when it says, and make up for what it says', () => {
  const seen = Object.fromEntries(
    JOBS.map(({ name, pattern, timeZone, catchUp, lateHours }) => [
      name,
      [pattern, timeZone, catchUp, ...(lateHours ? [lateHours] : [])].join(' '),
    ]),
  );
  expect(seen).toMatchObject({
    'health-checks': '0 * * * * UTC SKIP',
    'key-rotation': '45 1 * * * UTC LATEST',
    'retention-aggregation': '5 0 * * * UTC ALL',
    'slo-watchdog': '*/5 * * * * UTC SKIP',
    'anomaly-retrain': '*/5 * * * * UTC SKIP',
    'ops-summary': '0 9 * * * Europe/London LATEST 6',
    'cost-prediction': '10 2 * * 1 UTC LATEST',
    'kv-cost-sync': '0 * * * * UTC LATEST',
    'offer-expiry': '*/5 * * * * UTC SKIP',
  });
});

test('every job of the table stands on whole minutes, has a name of its own and time to work', () => {
  expect(new Set(JOBS.map(({ name }) => name)).size).toBe(JOBS.length);
  for (const { name, timeoutSec, ...schedule } of JOBS) {
    const next = nextInstant({ name, ...schedule }, at('2026-11-20T12:00:30Z'));
    expect([name, next.getTime() % 60_000]).toEqual([name, 0]);
    expect(timeoutSec).toBeGreaterThanOrEqual(30);
    expect(timeoutSec).toBeLessThanOrEqual(900);
  }
});
