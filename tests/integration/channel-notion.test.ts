import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createCycleRunner } from '../../src/engine/index.ts';
import { createChannel, queueReport } from '../../src/reliability/channels/index.ts';
import { FakeNotion, FakeSlack } from '../kit/channel-servers.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { Alerted, NOW } from './channel-kit.ts';

let database: OpenTestDatabase;
let notion: FakeNotion;
let slack: FakeSlack;
let shop: Alerted;

beforeAll(async () => {
  database = await testDatabase();
  slack = await new FakeSlack().start();
});
beforeEach(async () => {
  notion = await new FakeNotion().start();
  shop = await Alerted.open(database, { notionApiBase: notion.url });
});
afterAll(async () => {
  await slack.stop();
  await database.close();
});

const use = () => shop.channel('NOTION', { token: notion.token, databaseId: notion.databaseId });
const report = (lines: string[], more: { kind?: string; title?: string } = {}) =>
  shop.scope.db.tx((tx) =>
    queueReport(shop.scope, tx, {
      ...{ kind: 'OPS_SUMMARY', reportKey: '2026-11-20', title: 'Operations, 20 November', lines, facts: {} },
      ...more,
    }),
  );
const outcomes = async () => {
  const rows = await shop.scope.db.rows<{ line: string }>(
    `SELECT concat_ws(' ', status, attempts, reason) AS line FROM alert_notification
     WHERE tenant_id = $1 ORDER BY created_at, ended_at`,
    [shop.scope.tenantId],
  );
  return rows.map(({ line }) => line);
};
const texts = (page = 0) => notion.pages[page]?.blocks.map(({ text }) => text);

test('a report is one page: created with its key, then brought up to date', async () => {
  await use();
  expect(await report(['Orders 3', 'Incidents 0', 'Margin 61 %'])).toBe(1);
  await shop.run();
  expect(await outcomes()).toEqual(['SENT 1']);
  expect(notion.properties.ReportKey).toEqual({ type: 'rich_text' });
  const key = `${shop.scope.tenant.slug}|OPS_SUMMARY|2026-11-20`;
  expect(notion.pages).toMatchObject([
    {
      properties: {
        Report: { title: [{ text: { content: 'Operations, 20 November' } }] },
        ReportKey: { rich_text: [{ text: { content: key } }] },
      },
    },
  ]);
  const kept = notion.pages[0]?.blocks[0]?.id;
  await report(['Orders 3', 'Incidents 1', 'Margin 61 %', 'Keys 0']);
  await shop.wait(1).run();
  expect(await outcomes()).toEqual(['SENT 1', 'SENT 1']);
  expect(notion.pages.length).toBe(1);
  expect(texts()).toEqual(['Orders 3', 'Incidents 1', 'Margin 61 %', 'Keys 0']);
  expect(notion.pages[0]?.blocks[0]?.id).toBe(kept);
});

test('the same report twice is one message', async () => {
  await use();
  await report(['Nothing happened.']);
  await report(['Nothing happened.']);
  await shop.run();
  expect(await outcomes()).toEqual(['SENT 1']);
});

test('a hundred blocks a request, 2,000 characters a text; long pages end after 300 lines', async () => {
  await use();
  const long = 'z'.repeat(1_999) + '😀'.repeat(10);
  await report([long, ...Array.from({ length: 349 }, (_, n) => `line ${n}`)]);
  await shop.run();
  expect(await outcomes()).toEqual(['SENT 1']);
  expect([texts()?.length, texts()?.[0], texts()?.[298], texts()?.[299]]).toEqual([
    300,
    long,
    'line 297',
    '…',
  ]);
});

test.each([4, 5, 6])(
  'cut off at call %d of writing, it is finished by the next attempt as one whole page',
  async (at) => {
    await use();
    await report(Array.from({ length: 250 }, (_, n) => `line ${n}`));
    // Calls: database, source, property, query, create, append, append.
    notion.faults = [...Array.from({ length: at }, () => 'ok' as const), 'reset'];
    await shop.run();
    expect(await outcomes()).toEqual(['QUEUED 1 ECONNRESET']);
    await shop.wait(60).run();
    expect(await outcomes()).toEqual(['SENT 2']);
    expect([notion.pages.length, texts()?.length, texts()?.at(-1)]).toEqual([1, 250, 'line 249']);
  },
);

test('killed after the page was created: the next process finds it by its key', async () => {
  await use();
  await report(['Once']);
  await shop.run();
  await shop.scope.db.run(
    `UPDATE effect SET status = 'SENDING', settled_at = NULL, lease_until = clock_timestamp() - interval '1 second'
     WHERE tenant_id = $1 AND kind = 'report.notion'`,
    [shop.scope.tenantId],
  );
  await shop.scope.db.run(
    `UPDATE alert_notification SET status = 'QUEUED', attempts = 0 WHERE tenant_id = $1`,
    [shop.scope.tenantId],
  );
  await shop.wait(60).run();
  expect(await outcomes()).toEqual(['SENT 1']);
  expect([notion.pages.length, texts()]).toEqual([1, ['Once']]);
});

test('a page that Notion does not take is tried for 24 h, then DEAD with a warning; others go on', async () => {
  const channel = await use();
  await report(['Lost']);
  notion.faults = Array.from({ length: 200 }, () => ({ status: 502 }));
  await shop.run();
  expect(await outcomes()).toEqual(['QUEUED 1 NOTION_502']);
  expect(await shop.dueIn(channel)).toBe(5);
  for (let hour = 0; hour < 23; hour++) await shop.wait(3_600).run();
  expect((await outcomes())[0]).toMatch(/^QUEUED \d+ NOTION_502$/);
  await shop.wait(3_600).run();
  expect((await outcomes())[0]).toMatch(/^DEAD \d+ NOTION_502$/);
  const intake = await shop.scope.db.rows(
    'SELECT level, type, component, labels, message FROM alert_intake WHERE tenant_id = $1',
    [shop.scope.tenantId],
  );
  expect(intake).toEqual([
    {
      ...{ level: 'warning', type: 'REPORT_UNDELIVERED', component: 'reports', labels: { channel } },
      message: 'The report "Operations, 20 November" could not be written to Notion (NOTION_502).',
    },
  ]);
});

test('a database that is not shared with the integration is FAILED at once; 429 waits as long as it is told', async () => {
  await shop.channel('NOTION', { token: notion.token, databaseId: 'f'.repeat(32) });
  await report(['Refused']);
  await shop.run();
  expect(await outcomes()).toEqual(['FAILED 1 NOTION_404_object_not_found']);
  shop = await Alerted.open(database, { notionApiBase: notion.url });
  const channel = await use();
  await report(['Later']);
  notion.faults = ['ok', { status: 429, retryAfter: 30, body: { code: 'rate_limited' } }];
  await shop.run();
  expect([await outcomes(), await shop.dueIn(channel)]).toEqual([['QUEUED 1 NOTION_429_rate_limited'], 30]);
});

test('reports of cycles go to channels of that pace only, and to every kind of channel', async () => {
  expect(await report(['Nobody asked'])).toBe(0);
  const settings = { url: slack.webhookUrl };
  const daily = { name: 'daily', kind: 'SLACK' as const, settings, getsReports: true };
  await createChannel(shop.scope, daily);
  await createChannel(shop.scope, { ...daily, name: 'every cycle', reportPace: 'CYCLE' });
  expect(await report(['Cycle 7'], { kind: 'CYCLE', title: 'Cycle 7 & <more>' })).toBe(1);
  expect(await report(['Orders 3'])).toBe(2);
  await shop.run();
  expect(slack.texts).toContain('Cycle 7 &amp; &lt;more&gt;\nCycle 7');
});

test('a cycle writes its page when a channel wants every cycle', async () => {
  const settings = { token: notion.token, databaseId: notion.databaseId };
  await createChannel(shop.scope, { name: 'cycles', kind: 'NOTION', settings, reportPace: 'CYCLE' });
  const runner = createCycleRunner({ owner: 'test', clock: () => NOW });
  const { cycle } = await runner.execute(shop.scope, { trigger: 'MANUAL' });
  await shop.run();
  const key = `${shop.scope.tenant.slug}|CYCLE|${cycle.id}`;
  expect(notion.pages.map((page) => page.properties.ReportKey)).toEqual([
    { rich_text: [{ type: 'text', text: { content: key } }] },
  ]);
  expect(texts()).toContain('issuesOpen: 0');
});
