import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, type OperationDefinitionNode, parse, print } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY_MS } from '../../src/kernel/time.ts';
import type { TenantDb } from '../../src/platform/db/database.ts';
import { markedTenant } from '../integration/isolation-kit.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../kit/server.ts';

/*
 * One GraphQL operation is a bounded number of SQL statements, whatever the page holds. Every query of operations/
 * is run here on a tenant with some of everything; its count is pinned. A new document fails until it has its line.
 */
const ROOT = join(import.meta.dirname, '..', '..', 'operations');
const TENANT = 'counted';

const PINNED: Record<string, number> = {
  AdaptivePrice: 3,
  Alert: 2,
  AlertChannels: 1,
  AlertRoutes: 1,
  AlertRouting: 4,
  Alerts: 1,
  AlertSilences: 1,
  Anomalies: 2,
  AnyNode: 1,
  ApiKeys: 1,
  AuditTrail: 1,
  AutoscaleDecision: 8,
  Capacity: 1,
  Carts: 1,
  Charges: 3,
  CostForecasts: 1,
  CurrentKpis: 1,
  CurrentPrice: 1,
  Customer: 1,
  Customers: 1,
  Cycles: 2,
  DecisionOutcomes: 1,
  Decisions: 1,
  Deliveries: 2,
  Delivery: 5,
  DeliveryInvariants: 1,
  Drone: 1,
  DroneReport: 1,
  Drones: 1,
  Effects: 1,
  EngineSettings: 1,
  EngineStatus: 6,
  EvaluateFlag: 1,
  EvaluateFlags: 1,
  ExportJsonl: 1,
  Flag: 1,
  FlagChangeRequests: 1,
  Flags: 1,
  FlagSnapshot: 1,
  FlightRestrictions: 1,
  HealthCheck: 4,
  HealthTrends: 1,
  ImportRuns: 1,
  Incident: 3,
  Incidents: 1,
  Issue: 1,
  IssueRules: 1,
  Issues: 1,
  KeyRegistrations: 1,
  KeyRotationReport: 1,
  KeysDueRotation: 1,
  KpiChart: 2,
  KvEntries: 1,
  KvValue: 1,
  LaunchSites: 1,
  LearnedPatterns: 1,
  MetricChart: 4,
  MetricSeries: 1,
  Offer: 2,
  OfferCharge: 3,
  OfferDelivery: 2,
  Offers: 2,
  OffPolicyCheck: 2,
  Opportunities: 1,
  Opportunity: 1,
  OpportunityDelivery: 2,
  OpsSummary: 9,
  Order: 2,
  Orders: 2,
  PaymentAccount: 1,
  Payments: 1,
  PreviewRunbook: 6,
  PriceExperiment: 2,
  PriceExperiments: 2,
  Prices: 2,
  ProfitabilityLedger: 2,
  RarityScore: 3,
  ReplayDecision: 2,
  Reports: 1,
  RetentionMetrics: 1,
  RoutePreview: 5,
  RoutingNode: 1,
  RoutingNodes: 1,
  ScalingDecisions: 1,
  ScalingPolicy: 1,
  ScheduleRuns: 1,
  Schedules: 3,
  SloReport: 2,
  ScoreMetric: 1,
  StabiliseStatus: 5,
  StaleFlags: 1,
  StrategyChanges: 2,
  StrategyState: 2,
  Tenant: 1,
  Tenants: 0,
  WeatherReports: 1,
  WhatsappContacts: 1,
};

/** Which kind of thing a document asks for by its id. */
const NODE_OF: Record<string, keyof typeof TABLES> = {
  Alert: 'Alert',
  AnyNode: 'Order',
  Customer: 'Customer',
  Delivery: 'Delivery',
  Drone: 'Drone',
  Incident: 'Incident',
  Issue: 'Issue',
  MetricChart: 'MetricSeries',
  Offer: 'Offer',
  OfferCharge: 'Offer',
  OfferDelivery: 'Offer',
  OffPolicyCheck: 'PriceExperiment',
  Opportunity: 'Opportunity',
  OpportunityDelivery: 'Opportunity',
  Order: 'Order',
  PreviewRunbook: 'Incident',
  PriceExperiment: 'PriceExperiment',
  ReplayDecision: 'Decision',
  RoutePreview: 'Opportunity',
  RoutingNode: 'RoutingNode',
};

/** Where an id of a kind is found: of a thing that other things hang on, so that a relation is really followed. */
const TABLES = {
  Alert: 'alert WHERE true',
  Customer: 'customer WHERE true',
  Decision: 'decision WHERE true',
  Delivery: 'delivery WHERE true',
  Drone: 'drone WHERE true',
  Incident: 'incident WHERE true',
  Issue: 'issue WHERE true',
  MetricSeries: 'metric_series WHERE true',
  Offer: 'offer WHERE accepted_at IS NOT NULL',
  Opportunity: 'opportunity WHERE id IN (SELECT opportunity_id FROM delivery)',
  Order: 'orders WHERE customer_id IS NOT NULL',
  PriceExperiment: 'price_experiment WHERE true',
  RoutingNode: 'hub WHERE true',
} as const;

let server: TestServer;
let tenantId: string;
const handles: TenantDb[] = [];
const ids: Record<string, string> = {};

beforeAll(async () => {
  server = await startServer();
  const { scope } = await markedTenant(server, TENANT);
  tenantId = scope.tenantId;
  for (const [kind, where] of Object.entries(TABLES)) {
    const row = await scope.db.row<{ id: string }>(
      `SELECT id FROM ${where} AND tenant_id = $1 ORDER BY id LIMIT 1`,
      [scope.tenantId],
    );
    if (!row) throw new Error(`The tenant has no ${kind} to ask for.`);
    ids[kind] = row.id;
  }
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
  return Object.fromEntries(
    needed.map(({ variable, type }) => [variable.name.value, sample(name, variable.name.value, print(type))]),
  );
}

function sample(name: string, variable: string, type: string): unknown {
  if (/id$/i.test(variable)) {
    const kind = NODE_OF[name] ?? 'none';
    return type === 'ID!' ? Buffer.from(`${kind}:${ids[kind]}`).toString('base64') : ids[kind];
  }
  return {
    input: { runs: 1000 },
    subject: 'account',
    job: 'retention',
    stream: 'KPI_HISTORY',
    level: 'ERROR',
    metric: `${TENANT}_latency`,
    value: 5,
    key: 'AUTOSCALE_ENABLED',
    namespace: 'shop',
    items: [{ name: 'A rare thing' }],
    weights: [{ arm: 'A', weight: 1 }],
    from: new Date(Date.now() - 300 * DAY_MS).toISOString(),
    to: new Date().toISOString(),
  }[variable];
}

/** Asks the query; how many statements were sent meanwhile. */
async function count(name: string, text: string): Promise<number> {
  // What is remembered for a while is counted as read, whenever the last query was.
  server.app.source.cache.invalidate('flags', tenantId);
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
  if (answer.errors) throw new Error(`${name}: ${JSON.stringify(answer.errors)}`);
  return handles.reduce((sum, handle) => sum + handle.statements, 0);
}

test('every query of operations/ sends its pinned number of SQL statements', async () => {
  const counted: Record<string, number> = {};
  for (const { name, kind, text } of operations()) {
    if (kind !== 'query') continue;
    // Every few seconds the counters of objectives are written, which is no part of any query: it meets one of two.
    counted[name] = Math.min(await count(name, text), await count(name, text));
  }
  expect(counted).toEqual(PINNED);
});
