import { Cron } from 'croner';
import { floorMinute, MINUTE_MS } from '../kernel/time.ts';
import { type ClockOptions, catchUp, tick } from './clock.ts';

/**
 * Wakes every instance at every minute; the ledger decides which one enqueues. croner is only the clock: it remembers
 * nothing, so a missed instant is found again in the ledger: at start, after a minute that was missed, and every
 * `catchUpMinutes`.
 */
export function startClock(options: ClockOptions): { stop(): void; catchUp(): Promise<void> } {
  const { clock, log } = options;
  const guarded = (name: string, work: () => Promise<unknown>) => async (): Promise<void> => {
    await work().catch((error: unknown) => log.error({ err: error, job: name }, 'clock'));
  };
  const cron = (name: string, pattern: string, work: () => Promise<unknown>) =>
    new Cron(pattern, { timezone: 'UTC', protect: true, unref: true }, guarded(name, work));
  const onMinute = minuteByMinute(options);
  const crons = [
    cron('tick', '* * * * *', () => onMinute(nominalMinute(clock()))),
    cron('reclaim', '*/5 * * * * *', options.reclaim),
  ];
  // Not a cron: any number of minutes is allowed, and it has no nominal instant.
  const looking = setInterval(
    guarded('catch-up', () => catchUp(options)),
    options.catchUpMinutes * 60_000,
  ).unref();
  const stop = () => {
    clearInterval(looking);
    for (const job of crons) job.stop();
  };
  return { stop, catchUp: () => catchUp(options) };
}

/** A timer may fire a little early or late; all our patterns stand on whole minutes. */
const nominalMinute = (now: Date): Date => new Date(Math.round(now.getTime() / 60_000) * 60_000);

/**
 * What the clock does every minute. Minutes that were missed, because the database was away, a tick took longer than its
 * minute or the machine slept, are made up for with the first that is not, as each job's policy says. Rejects when the
 * minute could not be looked at.
 */
export function minuteByMinute(options: ClockOptions): (minute: Date) => Promise<void> {
  let last = floorMinute(options.clock()).getTime();
  return async (minute) => {
    await tick(options, minute);
    if (minute.getTime() - last > MINUTE_MS) await catchUp(options);
    last = minute.getTime();
  };
}
