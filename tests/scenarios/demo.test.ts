import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { Kind, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AcknowledgeIssueDocument,
  CurrentKpisDocument,
  EngineEventsDocument,
  EngineStatusDocument,
  OrdersDocument,
  RoutePreviewDocument,
  SchedulesDocument,
  TenantDocument,
} from '../../operations/generated/graphql.ts';
import { TOUR_TABS } from '../../src/tour.ts';
import { eventually, type Program, startProgram } from '../kit/process.ts';
import { ADMIN_TOKEN, type Client, createApiClient, take } from '../kit/server.ts';
import { wholeStory } from './story.ts';

/** What a person sees who types `npm start` for the first time. The demo belongs to the embedded installation. */
describe.skipIf(process.env.DATABASE_URL)('the demo shop (embedded only)', () => {
  let folder: string;
  let program: Program;
  let client: Client;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'revenue-demo-'));
    program = startProgram({ DATA_DIR: folder, ADMIN_TOKEN, DEMO: 'true', LOG_LEVEL: 'info' });
    client = createApiClient(await program.url(), ADMIN_TOKEN, 'demo');
  }, 120_000);
  afterAll(async () => {
    await program?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  test('answers while its data is still being made', async () => {
    const tenant = await eventually(
      'the demo tenant answers',
      async () => (await client.ask(TenantDocument)).data?.tenant,
    );
    expect(tenant).toMatchObject({ slug: 'demo', isDemo: true, engineState: 'RUNNING' });
    const { engineStatus } = await client.run(EngineStatusDocument);
    expect(engineStatus.counters.cycles).toBe('0');
  });

  test('fills itself, runs a first cycle and has something to show everywhere', async () => {
    await eventually(
      'the first cycle is complete',
      async () => (await client.run(EngineStatusDocument)).engineStatus.counters.cycles !== '0',
      240_000,
    );
    expect(program.stdout).toMatch(/Demo shop: 50 % of \d+ facts/);
    const { status, issues, opportunities, offers } = await wholeStory(client);
    expect(status.lastCycle).toMatchObject({ status: 'COMPLETED' });
    expect(issues.length).toBeGreaterThan(0);
    expect(opportunities.length).toBeGreaterThan(10);
    expect(offers.length).toBeGreaterThan(0);
    expect(opportunities.some(({ isCrossBorder }) => isCrossBorder)).toBe(true);
    const { currentKpis } = await client.run(CurrentKpisDocument);
    expect(Number(currentKpis?.reportingRevenue.amountMinor)).toBeGreaterThan(0);
    const routes = await Promise.all(
      opportunities
        .slice(0, 20)
        .map(
          async ({ id }) =>
            (await client.run(RoutePreviewDocument, { opportunityId: id })).routePreview.__typename,
        ),
    );
    expect(new Set(routes).size).toBeGreaterThan(0);
    const { schedules } = await client.run(SchedulesDocument);
    expect(schedules.map(({ job }) => job)).toContain('engine-cycle');
  }, 300_000);

  test('every query of the tour has an answer, and what should be there to see is', async () => {
    const seen: Record<string, number> = {};
    for (const { query } of TOUR_TABS) {
      const document = parse(query) as TypedDocumentNode<Record<string, object | null>>;
      const [operation] = document.definitions;
      if (operation?.kind !== Kind.OPERATION_DEFINITION || operation.operation !== 'query') continue;
      // Of a tab with several operations the first is run alone.
      const data = await client.run({ ...document, definitions: [operation] } as typeof document);
      for (const [field, value] of Object.entries(data)) {
        const { edges } = (value ?? {}) as { edges?: unknown[] };
        if (edges) seen[field] = edges.length;
      }
    }
    expect(seen.opportunities).toBe(5);
    for (const field of ['anomalies', 'flags', 'auditTrail', 'decisions'])
      expect(seen[field]).toBeGreaterThan(0);
  });

  test('an acknowledged issue is in the stream at once', async () => {
    const { issues, log } = await wholeStory(client);
    const open = issues.find(({ status }) => status === 'OPEN');
    const after = log.at(-1)?.seq ?? '0';
    const live = client.subscribe(EngineEventsDocument, { after, types: ['ISSUE_ACKNOWLEDGED'] });
    const next = take(live, 1);
    await client.run(AcknowledgeIssueDocument, { input: { id: open?.id ?? '', note: 'seen' } });
    expect((await next)[0]?.engineEvents).toMatchObject({ __typename: 'IssueAcknowledgedEvent' });
    await live.return?.();
  });

  // How soon the next order comes depends on the hour of the day; that they come is tested in commerce-demo.
  test('a restart goes on instead of beginning anew', async () => {
    const newest = async () => (await client.run(OrdersDocument, { first: 1 })).orders.edges[0]?.node;
    const before = await newest();
    expect(await program.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    program = startProgram({ DATA_DIR: folder, ADMIN_TOKEN, DEMO: 'true' });
    client = createApiClient(await program.url(), ADMIN_TOKEN, 'demo');
    const { engineStatus } = await client.run(EngineStatusDocument);
    expect(Number(engineStatus.counters.cycles)).toBeGreaterThan(0);
    const after = await newest();
    expect((after?.placedAt ?? '') >= (before?.placedAt ?? '')).toBe(true);
    // The second start found the shop complete: it made no second first cycle.
    expect(engineStatus.counters.cycles).toBe(
      (await client.run(EngineStatusDocument)).engineStatus.counters.cycles,
    );
  }, 120_000);
});
