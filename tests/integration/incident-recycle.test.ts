import { expect, test } from 'vitest';
import { createJobEngine } from '../../src/platform/jobs/engine.ts';
import { createLogger } from '../../src/platform/log/logger.ts';
import { testDatabase } from '../kit/database.ts';

test('workers are replaced from inside a job: it ends in peace, and the next one finds a worker', async () => {
  const { database, close } = await testDatabase();
  const jobs = createJobEngine(database, createLogger('silent', false), false);
  await jobs.start();
  const seen: string[] = [];
  const both = Promise.withResolvers<void>();
  await jobs.work<{ name: string }>('tenant-cycle', 1, async ({ data, signal }) => {
    if (data.name === 'first') {
      seen.push(`recycled ${await jobs.recycle()}`);
      await enqueue('second');
    }
    seen.push(`${data.name} ${signal.aborted ? 'aborted' : 'done'}`);
    if (data.name === 'second') both.resolve();
  });
  const enqueue = (name: string) =>
    database.directory.tx((tx) => jobs.enqueue(tx, 'tenant-cycle', [{ data: { name }, singletonKey: name }]));
  expect(jobs.handled()).toBe(1);
  await enqueue('first');
  await both.promise;
  expect(seen.toSorted()).toEqual(['first done', 'recycled 1', 'second done']);
  await jobs.stop(1_000);
  await close();
}, 20_000);
