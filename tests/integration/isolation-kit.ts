import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AcknowledgeIssueDocument,
  CreateApiKeyDocument,
  DetectOpportunitiesDocument,
  EngineEventsDocument,
  ExecuteCycleDocument,
  ImportErrorEventsDocument,
  IssuesDocument,
  SetIssueRuleDocument,
  UpdateEngineSettingsDocument,
  UpsertRoutingNodeDocument,
} from '../../operations/generated/graphql.ts';
import { importFile } from '../../src/commerce/imports/index.ts';
import { MINUTE_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type Client, type TestServer, take } from '../kit/server.ts';
import { importShop, SOURCE, shopFacts } from '../scenarios/shop.ts';
import { tellOperators } from './isolation-alerts.ts';
import { watchMetrics } from './isolation-anomalies.ts';
import { addChannels } from './isolation-channels.ts';
import { deliverAndLearn, expectPayloads, prepareDeliveries } from './isolation-delivery.ts';
import { priceAndReckon } from './isolation-finance.ts';
import { flagAndKeep } from './isolation-flags.ts';
import { keepKeys } from './isolation-keys.ts';
import { operateProduct } from './isolation-operations.ts';

export const NOW = new Date('2026-11-20T12:00:00Z');

/** A tenant whose every text carries its marker, with something in every table. */
export interface Marked {
  marker: string;
  scope: Scope;
  /** Acts with an ADMIN key of the tenant. */
  client: Client;
  credential: string;
  /** Opens the envelope of its secret. */
  claimToken: string;
}

/** Makes a tenant, sends it the shop's facts and lets the engine and an operator work on them. */
export async function markedTenant(server: TestServer, marker: string): Promise<Marked> {
  await server.createTenant({ slug: marker, name: `${marker} Ltd`, reportingCurrency: 'EUR' });
  const admin = server.client(undefined, marker);
  const { createApiKey } = await admin.run(CreateApiKeyDocument, {
    input: { name: `${marker} key`, scopes: ['ADMIN'] },
  });
  if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error(JSON.stringify(createApiKey));
  const client = server.client(createApiKey.value);
  const scope = await server.app.tenantScope(marker);
  const at = await server.app.tenantScope(marker, NOW);
  await importShop(client, shopFacts({ now: NOW, marker }));
  const { importErrorEvents } = await client.run(ImportErrorEventsDocument, {
    input: { source: SOURCE, items: [errorEvent(marker)] },
  });
  if (importErrorEvents.__typename !== 'ImportPayload') throw new Error(JSON.stringify(importErrorEvents));
  await watchMetrics(client, marker);
  await operate(client, marker, () => prepareDeliveries(at, client, marker));
  await deliverAndLearn(at, marker);
  const claimToken = await keepKeys(client, marker);
  await addChannels(at, marker);
  await flagAndKeep(server, at, marker);
  await priceAndReckon(at, marker);
  await tellOperators(at, marker);
  await operateProduct(at, marker);
  // After the cycles: its order is left waiting for the next one.
  await importOneOrder(scope, marker);
  return { marker, scope, client, credential: createApiKey.value, claimToken };
}

const errorEvent = (marker: string) => ({
  ...{ externalId: `${marker}-e1`, service: `${marker} checkout`, message: `${marker} failed`, count: 60 },
  occurredAt: new Date(NOW.getTime() - MINUTE_MS).toISOString(),
});

async function importOneOrder(scope: Scope, marker: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'revenue-file-'));
  const path = join(folder, `${marker}.csv`);
  const lines = [
    'externalId,status,currency,placedAt,name,quantity,unitPriceMinor',
    `${marker}-late,PAID,EUR,${NOW.toISOString()},${marker} late,1,100`,
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
  const report = await importFile(scope, { path, format: 'csv', source: SOURCE });
  await rm(folder, { recursive: true });
  if (report.status !== 'COMPLETED') throw new Error(JSON.stringify(report));
}

async function operate(client: Client, marker: string, prepare: () => Promise<void>): Promise<void> {
  const changed: object[] = [
    await client.run(SetIssueRuleDocument, { input: { type: 'ERROR_SPIKE', threshold: 50 } }),
    await client.run(UpdateEngineSettingsDocument, { input: { offersPerDay: 7 } }),
    await client.run(UpsertRoutingNodeDocument, {
      input: {
        ...{
          nodeId: `${marker.toUpperCase()}_HUB`,
          region: `${marker}_region`,
          name: `${marker} hub`,
          countries: ['AU'],
        },
        ...{
          lat: 50,
          lon: 8,
          coverageKm: 900,
          capacity: 9,
          successPct: 99,
          avgDeliveryMin: 30,
          connected: [],
        },
      } as never,
    }),
  ];
  await prepare();
  changed.push(
    await client.run(ExecuteCycleDocument, {
      input: { asOf: new Date(NOW.getTime() - 60 * MINUTE_MS).toISOString() },
    }),
    await client.run(ExecuteCycleDocument, { input: { asOf: NOW.toISOString() } }),
    await client.run(DetectOpportunitiesDocument, { input: { idempotencyKey: `${marker} again` } }),
  );
  const { issues } = await client.run(IssuesDocument, { first: 1 });
  const id = issues.edges[0]?.node.id ?? '';
  changed.push(await client.run(AcknowledgeIssueDocument, { input: { id, note: `${marker} note` } }));
  expectPayloads(changed);
}

/** Every event of the tenant so far, as a subscriber sees it. */
export async function allEvents({ client, scope }: Marked): Promise<unknown[]> {
  const { head } = await scope.events.bounds(scope.db);
  const events = client.subscribe(EngineEventsDocument, { after: '0' });
  const seen = await take(events, Number(head));
  await events.return?.();
  return seen;
}
