import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createRedisBus } from '../../src/platform/events/redis-bus.ts';
import { runSends, sharedId } from '../../src/reliability/channels/index.ts';
import { FakeSlack } from '../kit/channel-servers.ts';
import { testDatabase } from '../kit/database.ts';
import { eventually } from '../kit/process.ts';
import { Alerted } from './channel-kit.ts';

const url = process.env.REDIS_URL;

test.skipIf(!url)('instances keep one pace for a channel of the environment, by Redis', async () => {
  const database = await testDatabase();
  const slack = await new FakeSlack().start();
  const name = `pace-${randomUUID()}`;
  const buses = [name, name, `${name}-other`].map((of) => createRedisBus(url ?? '', () => {}, of));
  const [one, two, stranger] = buses as [(typeof buses)[0], (typeof buses)[0], (typeof buses)[0]];
  try {
    await eventually('Redis is there', async () => buses.every((bus) => bus.isConnected));
    const id = sharedId('SLACK');
    expect(await one.take(`pace:${id}`, 600_000)).toBe(0);
    expect(await two.take(`pace:${id}`, 600_000)).toBeGreaterThan(500_000);
    expect(await stranger.take(`pace:${id}`, 600_000)).toBe(0);
    expect(await two.take('pace:env:telegram', 600_000)).toBe(0);

    const shop = await Alerted.open(database, { slackWebhookUrl: slack.webhookUrl });
    const waiting = await shop.say(id);
    await runSends({ ...shop.scope, bus: two });
    expect([await shop.outcome(waiting), slack.texts]).toEqual(['QUEUED 0', []]);
    expect(await shop.dueIn(id)).toBeGreaterThan(500);
    // Without Redis nobody is asked: the process keeps its own pace.
    await Promise.all(buses.map((bus) => bus.close()));
    await runSends({ ...shop.wait(601).scope, bus: two });
    await eventually('it has arrived', async () => (await shop.outcome(waiting)) === 'SENT 1');
    expect(slack.texts).toHaveLength(1);
  } finally {
    await Promise.all(buses.map((bus) => bus.close()));
    await slack.stop();
    await database.close();
  }
});
