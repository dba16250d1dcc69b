import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EngineStatusDocument,
  ExecuteCycleDocument,
  ImportRunsDocument,
  KpiChartDocument,
  UpdateEngineSettingsDocument,
  UpsertRoutingNodeDocument,
} from '../../operations/generated/graphql.ts';
import { importFile } from '../../src/commerce/imports/index.ts';
import { DAY_MS } from '../../src/kernel/time.ts';
import { ADMIN_TOKEN, type Client, startServer, type TestServer } from '../kit/server.ts';
import { wholeStory } from './story.ts';

const FILE = join(import.meta.dirname, '../../../shared/data/online-retail/online_retail.csv.gz');
/** Two months of the shop: one to learn what is usual, one to run the engine through, a cycle a day. */
const MONTHS = /,2011-0[12]-\d\d /;
const START = new Date('2011-02-01T00:00:00Z');
const DAYS = 30;

describe.skipIf(!existsSync(FILE))('thirty days of Online Retail (needs ../shared/data)', () => {
  let server: TestServer;
  let folder: string;
  let client: Client;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'revenue-retail-'));
    server = await startServer();
    await server.createTenant({ slug: 'retail', reportingCurrency: 'GBP', timeZone: 'Europe/London' });
    client = server.client(ADMIN_TOKEN, 'retail');
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function slice(): Promise<string> {
    const path = join(folder, 'slice.csv');
    const out = createWriteStream(path);
    let isHeader = true;
    for await (const line of createInterface({ input: createReadStream(FILE).pipe(createGunzip()) })) {
      if (isHeader || MONTHS.test(line)) out.write(`${line}\n`);
      isHeader = false;
    }
    await new Promise<void>((done) => out.end(done));
    return path;
  }

  test('is imported with made-up places, and London gets a hub of its own', async () => {
    const path = await slice();
    const assume = { lat: 51.5074, lon: -0.1278, country: 'GB' };
    const report = await importFile(await server.app.tenantScope('retail'), {
      ...{ path, format: 'online-retail', assume },
    });
    expect(report.status).toBe('COMPLETED');
    const { importRuns } = await client.run(ImportRunsDocument, {});
    expect(importRuns.edges).toHaveLength(1);
    const hubs = [
      {
        ...{
          nodeId: 'NODE_EU_001',
          name: 'Frankfurt',
          region: 'eu_central',
          countries: ['DE', 'FR'],
          lat: 50.1109,
          lon: 8.6821,
        },
        ...{ coverageKm: 500, capacity: 50, successPct: 96, avgDeliveryMin: 45 },
        connected: ['us_west', 'in_mumbai', 'uk_london'],
      },
      {
        ...{
          nodeId: 'NODE_UK_001',
          name: 'London',
          region: 'uk_london',
          countries: ['GB'],
          lat: 51.5074,
          lon: -0.1278,
        },
        ...{ coverageKm: 600, capacity: 100, successPct: 97, avgDeliveryMin: 40, connected: ['eu_central'] },
      },
    ];
    // Two hubs that name each other: the first is freed of GB, the second made, then the first connected.
    const order = [{ ...hubs[0], connected: ['us_west', 'in_mumbai'] }, hubs[1], hubs[0]];
    for (const input of order) {
      const { upsertRoutingNode } = await client.run(UpsertRoutingNodeDocument, { input: input as never });
      expect(upsertRoutingNode).toMatchObject({ routingNode: { region: input?.region } });
    }
    // Its customers live all over the country, far from any launch site: a courier may bring what is offered.
    const { updateEngineSettings } = await client.run(UpdateEngineSettingsDocument, {
      input: { offerGroundFallback: true },
    });
    expect(updateEngineSettings).toMatchObject({ settings: { offerGroundFallback: true } });
  }, 300_000);

  test('runs day by day as of then', async () => {
    const days: { scored: number; detected: number; actionsCreated: number }[] = [];
    for (let n = 0; n < DAYS; n++) {
      const asOf = new Date(START.getTime() + n * DAY_MS).toISOString();
      const { executeCycle } = await client.run(ExecuteCycleDocument, { input: { asOf } });
      expect(executeCycle).toMatchObject({ cycle: { asOf, status: 'COMPLETED' } });
      if (executeCycle.__typename !== 'ExecuteCyclePayload') return;
      expect(Math.max(...executeCycle.cycle.phases.map(({ statements }) => statements))).toBeLessThanOrEqual(
        25 * (n ? 1 : 10),
      );
      days.push(executeCycle.cycle.report as (typeof days)[number]);
    }
    const sum = (key: keyof (typeof days)[number]) => days.reduce((total, day) => total + (day[key] ?? 0), 0);
    // The first day looks at all of January.
    expect(days[0]?.scored).toBeGreaterThan(800);
    expect(sum('detected')).toBeGreaterThan(0);
    expect(sum('actionsCreated')).toBeGreaterThan(0);
    // Nothing of a later day has been looked at.
    const { engineStatus } = await client.run(EngineStatusDocument);
    expect(engineStatus.counters.cycles).toBe(String(DAYS));
  }, 600_000);

  test('tells one story in lists, counters, events and the chart', async () => {
    const { cycles, opportunities, issues } = await wholeStory(client);
    expect(cycles).toHaveLength(DAYS);
    const { kpiSnapshots } = await client.run(KpiChartDocument, {
      from: START.toISOString(),
      to: new Date(START.getTime() + DAYS * DAY_MS).toISOString(),
    });
    expect(kpiSnapshots).toHaveLength(DAYS);
    // The shop was closed on Saturdays: no revenue in the 24 hours before a Sunday began.
    const sundays = kpiSnapshots.filter(({ at }) => new Date(at).getUTCDay() === 0);
    expect(new Set(sundays.map(({ reportingRevenue }) => reportingRevenue.amountMinor))).toEqual(
      new Set(['0']),
    );
    expect(new Set(issues.map(({ type }) => type))).toContain('REVENUE_DROP');
    const last = START.getTime() + (DAYS - 1) * DAY_MS;
    expect(opportunities.every(({ orderPlacedAt }) => new Date(orderPlacedAt).getTime() < last)).toBe(true);
    expect(opportunities.every(({ detectedAt, orderPlacedAt }) => detectedAt >= orderPlacedAt)).toBe(true);
  }, 120_000);
});
