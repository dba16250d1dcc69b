import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, type OperationDefinitionNode, parse, print } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ExecuteCycleDocument,
  ImportCustomersDocument,
  ImportOrdersDocument,
} from '../../operations/generated/graphql.ts';
import type { TenantDb } from '../../src/platform/db/database.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../kit/server.ts';

/*
 * One GraphQL operation is a bounded number of SQL statements, whatever the page holds. Every query of operations/
 * is run here on a tenant with some of everything; its count is pinned. A new document fails until it has its line.
 */
const ROOT = join(import.meta.dirname, '..', '..', 'operations');
const TENANT = 'sql-count';

const PINNED: Record<string, number> = {
  AnyNode: 1,
  ApiKeys: 1,
  AuditTrail: 1,
  Capacity: 1,
  Carts: 1,
  Charges: 1,
  CurrentKpis: 1,
  Customer: 1,
  Customers: 1,
  Cycles: 2,
  Deliveries: 1,
  Delivery: 1,
  DeliveryInvariants: 1,
  DroneReport: 1,
  Drone: 1,
  Drones: 1,
  Effects: 1,
  EngineSettings: 1,
  EngineStatus: 6,
  ExportJsonl: 1,
  FlightRestrictions: 1,
  ImportRuns: 1,
  Issue: 1,
  IssueRules: 1,
  Issues: 1,
  KpiChart: 2,
  LaunchSites: 1,
  Offer: 1,
  OfferDelivery: 1,
  OfferCharge: 1,
  Offers: 1,
  Opportunities: 1,
  Opportunity: 1,
  OpportunityDelivery: 1,
  Order: 1,
  Orders: 2,
  PaymentAccount: 1,
  Payments: 1,
  RarityScore: 3,
  RoutePreview: 1,
  RoutingNode: 1,
  RoutingNodes: 1,
  Schedules: 3,
  Tenant: 1,
  Tenants: 0,
  WeatherReports: 1,
};

/** Which kind of node a document asks for by id; each looks for one that does not exist, which costs the same. */
const NODE_OF: Record<string, string> = {
  AnyNode: 'Order:00000000-0000-4000-8000-000000000000',
  Customer: 'Customer:00000000-0000-4000-8000-000000000000',
  Delivery: 'Delivery:00000000-0000-4000-8000-000000000000',
  Drone: 'Drone:NODE_EU_001_ELITE',
  Issue: 'Issue:00000000-0000-4000-8000-000000000000',
  Offer: 'Offer:00000000-0000-4000-8000-000000000000',
  OfferCharge: 'Offer:00000000-0000-4000-8000-000000000000',
  OfferDelivery: 'Offer:00000000-0000-4000-8000-000000000000',
  Opportunity: 'Opportunity:opp_00000000000000000000',
  OpportunityDelivery: 'Opportunity:opp_00000000000000000000',
  Order: 'Order:00000000-0000-4000-8000-000000000000',
  RoutePreview: 'Opportunity:opp_00000000000000000000',
  RoutingNode: 'RoutingNode:NODE_EU_001',
};

let server: TestServer;
const handles: TenantDb[] = [];

beforeAll(async () => {
  server = await startServer();
  await server.createTenant({ slug: TENANT });
  await seed();
  const { db } = server.app.source;
  const forTenant = db.forTenant.bind(db);
  // Counts only: the handle that a request works with is the real one.
  db.forTenant = (tenantId) => {
    const handle = forTenant(tenantId);
    handles.push(handle as TenantDb);
    return handle;
  };
});
afterAll(() => server.stop());

async function seed(): Promise<void> {
  const client = server.client(ADMIN_TOKEN, TENANT);
  const now = server.app.clock().getTime();
  const at = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
  const customers = Array.from({ length: 5 }, (_, i) => ({
    ...{
      externalId: `c${i}`,
      email: `c${i}@example.com`,
      name: `Customer ${i}`,
      country: 'DE',
      signedUpAt: at(9_000),
    },
  }));
  await client.run(ImportCustomersDocument, { input: { source: 'shop', items: customers } });
  const orders = Array.from({ length: 60 }, (_, i) => ({
    ...{
      externalId: `o${i}`,
      customerExternalId: `c${i % 5}`,
      status: 'PAID',
      currency: 'EUR',
      placedAt: at(600 - i),
    },
    items: [{ sku: `sku-${i % 9}`, name: `Thing ${i % 9}`, quantity: 1, unitPriceMinor: '1000' }],
    pickup: { country: 'DE', lat: 50.1, lon: 8.7 },
    delivery: { country: 'DE', lat: 50.9, lon: 6.9 },
    weightGrams: 500,
  }));
  await client.run(ImportOrdersDocument, { input: { source: 'shop', items: orders } } as never);
  await client.run(ExecuteCycleDocument, {});
}

/** Every document with the fragments it spreads. */
function operations(): { name: string; kind: string; text: string }[] {
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter(
    (f) => f.isDirectory() && f.name !== 'generated',
  );
  const texts = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder.name)).map((file) => readFileSync(join(ROOT, folder.name, file), 'utf8')),
  );
  const definitions = texts.flatMap((text) => parse(text).definitions);
  const fragments = new Map(
    definitions.flatMap((d) =>
      d.kind === Kind.FRAGMENT_DEFINITION ? [[d.name.value, print(d)] as const] : [],
    ),
  );
  const withFragments = (text: string, seen: Set<string>): string =>
    [...text.matchAll(/\.\.\.\s*([A-Z]\w*)/g)].reduce((all, [, name = '']) => {
      const fragment = name === 'on' || seen.has(name) ? undefined : fragments.get(name);
      return fragment ? `${all}\n${withFragments(fragment, seen.add(name))}` : all;
    }, text);
  return definitions
    .filter((d): d is OperationDefinitionNode => d.kind === Kind.OPERATION_DEFINITION)
    .map((d) => ({ name: d.name?.value ?? '', kind: d.operation, text: withFragments(print(d), new Set()) }));
}

/** A value for every variable that has no default and must be given. */
function variablesOf(name: string, text: string): Record<string, unknown> {
  const [operation] = parse(text).definitions as OperationDefinitionNode[];
  const needed = (operation?.variableDefinitions ?? []).filter(
    (v) => v.type.kind === Kind.NON_NULL_TYPE && !v.defaultValue,
  );
  return Object.fromEntries(needed.map((v) => [v.variable.name.value, sample(name, v.variable.name.value)]));
}

function sample(name: string, variable: string): unknown {
  if (/id$/i.test(variable)) return Buffer.from(NODE_OF[name] ?? '').toString('base64');
  return {
    stream: 'KPI_HISTORY',
    items: [{ name: 'A rare thing' }],
    from: new Date(0).toISOString(),
    to: new Date().toISOString(),
  }[variable];
}

test('every query of operations/ sends its pinned number of SQL statements', async () => {
  const counted: Record<string, number> = {};
  for (const { name, kind, text } of operations()) {
    if (kind !== 'query') continue;
    handles.length = 0;
    const response = await fetch(server.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${ADMIN_TOKEN}`,
        'x-tenant': TENANT,
      },
      body: JSON.stringify({ query: text, variables: variablesOf(name, text) }),
    });
    const answer = (await response.json()) as {
      errors?: { message: string; extensions: { code: string } }[];
    };
    const isAbsent = answer.errors?.every(
      (error) => error.extensions.code === 'NOT_FOUND' || error.extensions.code === 'VALIDATION_ERROR',
    );
    if (answer.errors && !isAbsent) throw new Error(`${name}: ${JSON.stringify(answer.errors)}`);
    counted[name] = handles.reduce((sum, handle) => sum + handle.statements, 0);
  }
  expect(counted).toEqual(PINNED);
});
