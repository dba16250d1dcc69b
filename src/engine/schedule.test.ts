import { describe, expect, test } from 'vitest';
import { missedInstants, nextCycle, nextInstant, SCHEDULED_JOBS, type ScheduledJob } from './schedule.ts';

const job = (pattern: string, more: Partial<ScheduledJob> = {}): ScheduledJob => ({
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

describe('missedInstants', () => {
  const now = at('2026-11-20T12:00:00Z');
  const weekly = '10 2 * * 1';
  const fourWeeksAgo = at('2026-10-26T02:10:00Z');

  test.each<[string, Partial<ScheduledJob>, Date | null, Date, string[]]>([
    ['never ran: there is nothing to make up for', { catchUp: 'ALL' }, null, now, []],
    ['SKIP', { catchUp: 'SKIP' }, fourWeeksAgo, now, []],
    ['LATEST', { catchUp: 'LATEST' }, fourWeeksAgo, now, ['2026-11-16T02:10:00Z']],
    [
      'ALL, oldest first',
      { catchUp: 'ALL' },
      fourWeeksAgo,
      now,
      ['2026-11-02T02:10:00Z', '2026-11-09T02:10:00Z', '2026-11-16T02:10:00Z'],
    ],
    [
      'ALL with a limit keeps the newest',
      { catchUp: 'ALL', limit: 2 },
      fourWeeksAgo,
      now,
      ['2026-11-09T02:10:00Z', '2026-11-16T02:10:00Z'],
    ],
    ['the last one was not missed', { catchUp: 'ALL' }, at('2026-11-16T02:10:00Z'), now, []],
    [
      'an instant that is exactly now counts',
      { catchUp: 'LATEST' },
      at('2026-11-09T02:10:00Z'),
      at('2026-11-16T02:10:00Z'),
      ['2026-11-16T02:10:00Z'],
    ],
    [
      'an instant half a second ago counts',
      { catchUp: 'LATEST' },
      at('2026-11-09T02:10:00Z'),
      at('2026-11-16T02:10:00.500Z'),
      ['2026-11-16T02:10:00Z'],
    ],
    [
      'the next instant does not hide the last one',
      { catchUp: 'LATEST' },
      at('2026-11-02T02:10:00Z'),
      at('2026-11-16T02:09:59.500Z'),
      ['2026-11-09T02:10:00Z'],
    ],
  ])('%s', (_name, more, last, until, expected) => {
    expect(missedInstants(job(weekly, more), last, until)).toEqual(expected.map(at));
  });

  test('ALL after three missed days is three runs, over a change of clocks too', () => {
    const daily = job('5 0 * * *', { catchUp: 'ALL', timeZone: 'Europe/London' });
    expect(missedInstants(daily, at('2026-10-24T23:05:00Z'), at('2026-10-28T12:00:00Z'))).toEqual(
      ['2026-10-26T00:05:00Z', '2026-10-27T00:05:00Z', '2026-10-28T00:05:00Z'].map(at),
    );
  });

  test('ALL looks back 31 instants at most', () => {
    const daily = job('5 0 * * *', { catchUp: 'ALL' });
    const missed = missedInstants(daily, at('2026-01-01T00:05:00Z'), now);
    expect([missed.length, missed[0]]).toEqual([31, at('2026-10-21T00:05:00Z')]);
  });
});

test('the platform’s jobs stand on whole minutes', () => {
  for (const scheduled of SCHEDULED_JOBS) {
    const next = nextInstant(scheduled, at('2026-11-20T12:00:30Z'));
    expect([scheduled.name, next.getTime() % 60_000]).toEqual([scheduled.name, 0]);
  }
});
