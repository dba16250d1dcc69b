import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AuditTrailDocument,
  CreateApiKeyDocument,
  EngineEventsDocument,
  PauseJobDocument,
  ResumeJobDocument,
  RunJobNowDocument,
  ScheduleRunsDocument,
  SchedulesDocument,
} from '../../operations/generated/graphql.ts';
import type { App } from '../../src/app.ts';
import { automationCommand } from '../../src/cli/automation-command.ts';
import { runGuarded } from '../../src/cli/runtime.ts';
import { createAutomation, JOBS } from '../../src/engine/index.ts';
import { instance, job } from '../kit/schedules.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../kit/server.ts';

let now = new Date('2026-11-20T12:00:30.400Z');
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ clock: () => now, jobsDisabled: ['price-publication'] });
  await server.createTenant({ slug: 'shop', cycleIntervalSec: 600 });
  await server.app.database.directory.run("UPDATE tenant SET created_at = '2026-11-20T11:40:00Z'");
});
afterAll(() => server?.stop());

const shop = () => server.client(ADMIN_TOKEN, 'shop');
const schedule = async (job: string, slug = 'shop') => {
  const { schedules } = await server.client(ADMIN_TOKEN, slug).run(SchedulesDocument);
  const found = schedules.find((one) => one.job === job);
  if (!found) throw new Error(`There is no schedule ${job}.`);
  return found;
};

describe('schedules', () => {
  test('shows every job with its next instant, policy and what it does', async () => {
    const { schedules } = await shop().run(SchedulesDocument);
    expect(schedules.map(({ job }) => job)).toEqual(['engine-cycle', ...JOBS.map(({ name }) => name)]);
    expect(await schedule('ops-summary')).toMatchObject({
      ...{ pattern: '0 9 * * *', timeZone: 'Europe/London', catchUp: 'LATEST', timeoutSec: 300 },
      ...{ isOwn: false, isEnabled: true, isPaused: false, pausedSince: null, isPausedForAll: false },
      ...{ nextAt: '2026-11-21T09:00:00.000Z', skipsInARow: 0, last: null },
    });
    expect(await schedule('retention-aggregation')).toMatchObject({ catchUp: 'ALL', pattern: '5 0 * * *' });
    expect(await schedule('price-publication')).toMatchObject({ isEnabled: false, nextAt: null });
    for (const one of schedules) expect(one.description).toMatch(/^[A-Z].+\.$/);
  });

  test('runs a job once a second, and says how it went', async () => {
    const run = async (job: string) => {
      const { runJobNow } = await shop().run(RunJobNowDocument, { input: { job } });
      if (runJobNow.__typename !== 'RunJobNowPayload') throw new Error(JSON.stringify(runJobNow));
      return runJobNow;
    };
    const [first, second] = [await run('offer-expiry'), await run('offer-expiry')];
    expect(first).toMatchObject({
      isNew: true,
      run: {
        job: 'offer-expiry',
        scheduledFor: '2026-11-20T12:00:30.000Z',
        status: 'COMPLETED',
        attempt: 1,
        error: null,
      },
    });
    expect(second).toEqual({ ...first, isNew: false });
    const calls = await Promise.all(Array.from({ length: 5 }, () => run('retention')));
    expect(calls.filter(({ isNew }) => isNew)).toHaveLength(1);
    now = new Date('2026-11-20T12:00:31.400Z');
    expect((await run('offer-expiry')).isNew).toBe(true);

    const { scheduleRuns } = await shop().run(ScheduleRunsDocument, { job: 'offer-expiry', first: 1 });
    expect(scheduleRuns.edges.map(({ node }) => node.scheduledFor)).toEqual(['2026-11-20T12:00:31.000Z']);
    expect(scheduleRuns.pageInfo.hasNextPage).toBe(true);
    const rest = await shop().run(ScheduleRunsDocument, {
      job: 'offer-expiry',
      after: scheduleRuns.pageInfo.endCursor,
    });
    expect(rest.scheduleRuns.edges.map(({ node }) => [node.scheduledFor, node.durationMs])).toEqual([
      ['2026-11-20T12:00:30.000Z', 0],
    ]);
    expect((await schedule('offer-expiry')).last).toMatchObject({ status: 'COMPLETED' });
    const { auditTrail } = await shop().run(AuditTrailDocument, { filter: { action: 'schedule.run' } });
    expect(auditTrail.edges.map(({ node }) => node.subject).sort()).toEqual([
      'offer-expiry',
      'offer-expiry',
      'retention',
    ]);
  });

  test('pauses and resumes for a tenant or for all, audited and told', async () => {
    const pause = (slug: string, reason = 'Maintenance.') =>
      server.client(ADMIN_TOKEN, slug).run(PauseJobDocument, { input: { job: 'retention', reason } });
    expect(await pause('shop')).toMatchObject({
      pauseJob: {
        schedule: { job: 'retention', isPaused: true, pausedSince: now.toISOString(), nextAt: null },
      },
    });
    await pause('shop');
    await pause('platform', 'The disk is full.');
    expect(await schedule('retention')).toMatchObject({ isPaused: true, isPausedForAll: true });
    const resume = { job: 'retention', reason: 'Over.' };
    now = new Date(now.getTime() + 1_000);
    await shop().run(ResumeJobDocument, { input: resume });
    expect(await schedule('retention')).toMatchObject({ isPaused: true, isPausedForAll: true });
    await server.client(ADMIN_TOKEN, 'platform').run(ResumeJobDocument, { input: resume });
    expect(await schedule('retention')).toMatchObject({
      isPaused: false,
      nextAt: '2026-11-20T12:17:00.000Z',
    });

    const { auditTrail } = await shop().run(AuditTrailDocument, { filter: { subject: 'retention' } });
    expect(auditTrail.edges.map(({ node }) => [node.action, node.after]).slice(0, 2)).toEqual([
      ['schedule.resume', { isPaused: false }],
      ['schedule.pause', { isPaused: true }],
    ]);
    const events = shop().subscribe(EngineEventsDocument, { after: '0' });
    const told: unknown[] = [];
    for await (const { engineEvents: event } of events) {
      if (event.__typename === 'ScheduleChangedEvent') told.push(event.type);
      if (told.length === 2) break;
    }
  });

  test('the depth of the queues is a metric', async () => {
    const metrics = await server.app.registry.metrics();
    expect(metrics).toMatch(/job_queue_jobs\{queue="schedule-run",state="waiting"\} 0/);
    expect(metrics).toMatch(/job_queue_jobs\{queue="tenant-cycle",state="dead"\} 0/);
  });

  test.each([
    [RunJobNowDocument, { job: 'engine-cycle' }, 'executeCycle'],
    [PauseJobDocument, { job: 'engine-cycle', reason: 'x' }, 'stopEngine'],
    [PauseJobDocument, { job: 'retentoin', reason: 'x' }, 'There is no job "retentoin"'],
    [PauseJobDocument, { job: 'retention', reason: ' ' }, 'Say why'],
    [RunJobNowDocument, { job: 'retention', waitSec: 61 }, 'waitSec'],
    [RunJobNowDocument, { job: 'price-publication' }, 'switched off'],
  ])('refuses %# with a sentence', async (document, variables, words) => {
    const answer = Object.values(
      await shop().run(document as typeof RunJobNowDocument, { input: variables }),
    )[0];
    expect(answer).toMatchObject({ code: 'VALIDATION_ERROR', message: expect.stringContaining(words) });
  });

  test('a viewer may look and nothing else', async () => {
    const { createApiKey } = await shop().run(CreateApiKeyDocument, {
      input: { name: 'Eyes', scopes: ['VIEWER'] },
    });
    if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error(JSON.stringify(createApiKey));
    const eyes = server.client(createApiKey.value);
    expect((await eyes.run(SchedulesDocument)).schedules.length).toBeGreaterThan(5);
    const { errors } = await eyes.ask(RunJobNowDocument, { input: { job: 'retention' } });
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });
});

describe('npm run automation:once', () => {
  async function once(
    args: string[] = [],
    app: App = server.app,
  ): Promise<{ code: number; printed: string }> {
    let printed = '';
    const print = (text: string) => {
      printed += text;
    };
    const io = { cwd: '/', print, isTty: false, signal: new AbortController().signal };
    return { code: await runGuarded(automationCommand, app, args, io), printed };
  }

  test('runs what is due for everybody and prints it; a second time nothing is due', async () => {
    now = new Date('2026-11-20T12:20:10Z');
    const { code, printed } = await once();
    expect(printed).toMatch(/^\d+ due: \d+ completed, 0 failed, 0 skipped in \d/);
    expect(printed).toMatch(/ {2}shop +retention +2026-11-20T12:17:00 +COMPLETED +1 /);
    expect(printed).toMatch(/ {2}shop +offer-expiry +2026-11-20T12:20:00 +COMPLETED +1 /);
    expect(printed).toMatch(/ {2}platform +retention +2026-11-20T12:17:00 +COMPLETED +1 /);
    expect(printed).toMatch(/ {2}shop +engine-cycle +2026-11-20T1[12]:\d\d:00 +COMPLETED +1 /);
    // Before anybody was there, and switched off.
    expect(printed).not.toMatch(/ops-summary|retention-aggregation|price-publication/);
    expect(code).toBe(0);
    expect(await once()).toMatchObject({ code: 0, printed: expect.stringMatching(/^0 due:/) });
  });

  test('a job that fails is tried three times, printed, and the exit code', async () => {
    const broken = job('broken', '*/5 * * * *', {
      work: async ({ tenant }) => {
        if (tenant.slug === 'shop') throw new Error('The supplier is away.');
      },
    });
    const of = instance(server.app.database, 'once', [broken]);
    of.set(new Date('2026-11-20T12:25:10Z'));
    const app = { ...server.app, automation: createAutomation({ ...of, runner: server.app.engine }) };
    const { code, printed } = await once([], app);
    expect(printed).toMatch(/shop +broken +2026-11-20T12:25:00 +FAILED +3 +0\n {4}The supplier is away\.\n/);
    expect(printed).toMatch(/platform +broken +2026-11-20T12:25:00 +COMPLETED +1/);
    expect(code).toBe(1);
    // The alert of it is on the router's list, and nobody else looks after that.
    expect((await once()).printed).toMatch(/\n1 visits to tenants with messages/);
  });

  test('a wrong command line is explained', async () => {
    expect(await once(['--help'])).toMatchObject({
      code: 0,
      printed: expect.stringContaining('Usage: npm run automation:once'),
    });
    expect((await once(['--tenant', 'shop'])).code).toBe(2);
  });
});
