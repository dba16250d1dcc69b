import { expect, test } from 'vitest';
import { minuteByMinute } from '../../src/engine/index.ts';
import { DatabaseAway } from '../../src/platform/db/away.ts';
import { openDatabase } from '../../src/platform/db/database.ts';
import { testDatabase } from '../kit/database.ts';
import { at, instance, job, ledger } from '../kit/schedules.ts';

test('a minute without the database is made up for with the next that has it, as the policies say', async () => {
  const db = await testDatabase();
  const gone = openDatabase({ host: '/nowhere', user: 'postgres', database: 'postgres' }, () => {});
  const one = instance(db.database, 'one', [
    job('daily', '5 0 * * *', { catchUp: 'LATEST' }),
    job('look', '5 0 * * *'),
  ]);
  await one.createTenant('shop', at('2026-01-11T12:00:00Z'));
  await one.jobs.start();
  let directory = one.directory;
  // It starts half a minute before the one that is missed.
  one.set(at('2026-01-12T00:04:30Z'));
  const onMinute = minuteByMinute({
    ...one,
    get directory() {
      return directory;
    },
  });
  const minute = (text: string) => {
    const instant = at(`2026-01-12T00:${text}:00Z`);
    one.set(instant);
    return onMinute(instant);
  };
  directory = gone.directory;
  await expect(minute('05')).rejects.toThrow(DatabaseAway);
  directory = one.directory;
  await minute('06');
  expect(await ledger(one, 'daily', 'shop')).toMatchObject([
    { at: '2026-01-12T00:05:00.000Z', status: 'QUEUED' },
  ]);
  expect(await ledger(one, 'look', 'shop')).toEqual([]);
  await one.jobs.stop(0);
  await gone.close();
  await db.close();
});
