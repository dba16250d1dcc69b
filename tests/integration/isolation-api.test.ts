import {
  buildClientSchema,
  type DocumentNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  parse,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DeliveryEventsDocument,
  EngineEventsDocument,
  ExecuteCycleDocument,
  FleetTelemetryDocument,
} from '../../operations/generated/graphql.ts';
import { DAY_MS } from '../../src/kernel/time.ts';
import { ADMIN_TOKEN, type Answer, type Client, startServer, type TestServer, take } from '../kit/server.ts';
import { alertIdsOf } from './isolation-alerts.ts';
import { metricOf } from './isolation-anomalies.ts';
import { phoneOf } from './isolation-channels.ts';
import { flagOf } from './isolation-flags.ts';
import { allEvents, type Marked, markedTenant, NOW } from './isolation-kit.ts';

/*
 * Documents are made from the schema's introspection, so a new field is covered the day it appears; a new argument or
 * mutation fails here until somebody says what to send.
 */
let server: TestServer;
let schema: GraphQLSchema;
let a: Marked;
let b: Marked;
/** Everything by which tenant A could be recognised in an answer. */
let traces: string[];
/** Global ids of A's objects by type. */
const ids: Record<string, string[]> = {};
let keyId: string;
/** A's route and silence of alerts. */
let alertIds: { route: string; silence: string };

const never = (name: string): never => {
  throw new Error(`Say in this test what to send for "${name}".`);
};
/** The name of a thing of A that people have named, and of B's namesake. */
const own = (what: string): string => `${a.marker.toUpperCase()}_${what}`;
const theirs = (what: string): string => `${b.marker.toUpperCase()}_${what}`;
const idOf = (type: string): string => ids[type]?.[0] ?? never(`an id of ${type}`);

/** Values for required arguments of queries, all about tenant A. */
const ARGUMENTS: Record<string, () => unknown> = {
  'adaptivePrice.input': () => ({ runs: 1000, subject: 'account' }),
  'price.subject': () => 'account',
  'retentionMetrics.from': () => new Date(NOW.getTime() - 7 * DAY_MS).toISOString(),
  'retentionMetrics.to': () => NOW.toISOString(),
  'alert.id': () => idOf('Alert'),
  'previewRunbook.incidentId': () => idOf('Incident'),
  'alertRouting.level': () => 'ERROR',
  'issue.id': () => idOf('Issue'),
  'offer.id': () => idOf('Offer'),
  'opportunity.id': () => idOf('Opportunity'),
  'order.id': () => idOf('Order'),
  'customer.id': () => idOf('Customer'),
  'importRun.id': () => idOf('ImportRun'),
  'node.id': () => idOf('Cycle'),
  // The admin may look at any tenant's own entry; B's key is tried on it below.
  'nodes.ids': () =>
    Object.entries(ids).flatMap(([type, list]) => (type === 'Tenant' ? [] : list.slice(0, 3))),
  'delivery.id': () => idOf('Delivery'),
  'drone.droneId': () => own('DRONE'),
  'exportJsonl.stream': () => 'INCOME_ACTIONS',
  'offPolicyCheck.experimentId': () => idOf('PriceExperiment'),
  'offPolicyCheck.weights': () => [{ arm: 'A', weight: 1 }],
  'priceExperiment.id': () => idOf('PriceExperiment'),
  'replayDecision.id': () => idOf('Decision'),
  'routePreview.opportunityId': () => idOf('Opportunity'),
  'routingNode.nodeId': () => own('HUB'),
  'scheduleRuns.job': () => 'retention',
  'scoreMetric.metric': () => metricOf(a.marker),
  'scoreMetric.value': () => 5,
  // An own flag of A is unknown to B; of the installation's both see their own value.
  'evaluateFlag.key': () => flagOf(a.marker),
  'flag.key': () => flagOf(a.marker),
  'kv.namespace': () => 'shop',
  'kv.key': () => `${a.marker}/note`,
  'kpiSnapshots.from': () => new Date(NOW.getTime() - DAY_MS).toISOString(),
  'kpiSnapshots.to': () => new Date(NOW.getTime() + DAY_MS).toISOString(),
  'rarityScore.items': () => [{ name: `${a.marker} thing 1`, sku: `${a.marker}-thing 1` }],
};

/** Input of every mutation, aimed at tenant A wherever it takes an id; `code`: how it must refuse. */
const euros = () => ({ amountMinor: '0', currency: 'EUR' });
const facts = () => ({ source: 'scenario', items: [] });
const MUTATIONS: Record<string, { input?: () => unknown; code?: string }> = {
  applyAdaptivePrice: {
    input: () => ({ quote: { runs: 1, subject: 'other', openaiCost: euros(), infraCost: euros() } }),
  },
  approvePrice: { input: () => ({ id: idOf('Price') }), code: 'NOT_FOUND' },
  rejectPrice: { input: () => ({ id: idOf('Price') }), code: 'NOT_FOUND' },
  recordCosts: { input: facts },
  recordPartnerConversions: { input: facts },
  payPartnerConversions: { input: () => ({ partner: `${a.marker} partner`, upTo: NOW.toISOString() }) },
  recordActivity: { input: () => ({ days: [{ at: NOW.toISOString(), userIds: ['other'] }] }) },
  createAlertChannel: {
    input: () => ({ name: 'other', settings: { slack: { url: 'https://hooks.slack.com/x' } } }),
  },
  updateAlertChannel: { input: () => ({ id: idOf('AlertChannel'), name: 'mine' }), code: 'NOT_FOUND' },
  deleteAlertChannel: { input: () => ({ id: idOf('AlertChannel') }), code: 'NOT_FOUND' },
  testChannel: { input: () => ({ id: idOf('AlertChannel') }), code: 'NOT_FOUND' },
  recordWhatsappOptIn: { input: () => ({ phone: phoneOf(b.marker), source: 'changed' }) },
  recordWhatsappOptOut: { input: () => ({ phone: phoneOf(a.marker) }), code: 'NOT_FOUND' },
  sendAlert: { input: () => ({ level: 'INFO', message: 'other' }) },
  acknowledgeAlerts: { input: () => ({ ids: [idOf('Alert')] }), code: 'NOT_FOUND' },
  resolveAlert: { input: () => ({ id: idOf('Alert') }), code: 'NOT_FOUND' },
  upsertAlertRoute: { input: () => ({ routeId: alertIds.route, name: 'mine' }), code: 'NOT_FOUND' },
  deleteAlertRoute: { input: () => ({ routeId: alertIds.route }), code: 'NOT_FOUND' },
  reorderAlertRoutes: { input: () => ({ routeIds: [alertIds.route] }), code: 'VALIDATION_ERROR' },
  createSilence: {
    input: () => ({
      matchers: [{ label: 'type', operator: 'IS', values: ['X'] }],
      ...{ comment: 'other', endsAt: new Date(Date.now() + DAY_MS).toISOString() },
    }),
  },
  endSilence: { input: () => ({ silenceId: alertIds.silence }), code: 'NOT_FOUND' },
  createFlag: { input: () => ({ key: 'MINE', type: 'BOOLEAN', defaultValue: false }) },
  setFlag: { input: () => ({ key: flagOf(a.marker), value: 'mine' }), code: 'NOT_FOUND' },
  updateFlag: { input: () => ({ key: flagOf(a.marker), patch: { owner: 'mine' } }), code: 'NOT_FOUND' },
  removeFlagOverride: { input: () => ({ key: flagOf(a.marker) }), code: 'NOT_FOUND' },
  killFlag: { input: () => ({ key: flagOf(a.marker) }), code: 'NOT_FOUND' },
  reviveFlag: { input: () => ({ key: flagOf(a.marker) }), code: 'NOT_FOUND' },
  deleteFlag: { input: () => ({ key: flagOf(a.marker) }), code: 'NOT_FOUND' },
  scheduleFlagChange: {
    input: () => ({
      ...{ key: flagOf(a.marker), change: { set: 'mine' } },
      at: new Date(Date.now() + DAY_MS).toISOString(),
    }),
    code: 'NOT_FOUND',
  },
  cancelFlagChange: { input: () => ({ id: idOf('FlagChangeRequest') }), code: 'NOT_FOUND' },
  approveFlagChange: { input: () => ({ id: idOf('FlagChangeRequest') }), code: 'NOT_FOUND' },
  rejectFlagChange: { input: () => ({ id: idOf('FlagChangeRequest') }), code: 'NOT_FOUND' },
  setStabiliseMode: { input: () => ({ isOn: false }) },
  putKv: { input: () => ({ namespace: 'shop', key: `${a.marker}/note`, value: 'mine' }) },
  deleteKv: { input: () => ({ namespace: 'shop', key: `${b.marker}/note` }) },
  runJobNow: { input: () => ({ job: 'retention' }) },
  pauseJob: { input: () => ({ job: 'autoscale', reason: 'other' }) },
  resumeJob: { input: () => ({ job: 'autoscale', reason: 'other' }) },
  acknowledgeIssue: { input: () => ({ id: idOf('Issue') }), code: 'NOT_FOUND' },
  setSlo: { input: () => ({ id: idOf('Slo'), target: 0.9 }), code: 'NOT_FOUND' },
  deleteSlo: { input: () => ({ id: idOf('Slo') }), code: 'NOT_FOUND' },
  openIncident: {
    input: () => ({ title: 'mine', severity: 'HIGH', component: 'mine', message: 'mine' }),
  },
  acknowledgeIncident: { input: () => ({ id: idOf('Incident') }), code: 'NOT_FOUND' },
  mitigateIncident: { input: () => ({ id: idOf('Incident') }), code: 'NOT_FOUND' },
  resolveIncident: { input: () => ({ id: idOf('Incident') }), code: 'NOT_FOUND' },
  noteOnIncident: { input: () => ({ id: idOf('Incident'), message: 'mine' }), code: 'NOT_FOUND' },
  runRunbookStep: {
    input: () => ({ incidentId: idOf('Incident'), step: 'REQUEUE_DEAD_JOBS' }),
    code: 'NOT_FOUND',
  },
  setScalingPolicy: { input: () => ({ maxWorkers: 5 }) },
  applyAutoscale: {},
  resolveIssue: { input: () => ({ id: idOf('Issue') }), code: 'NOT_FOUND' },
  cancelOffer: { input: () => ({ id: idOf('Offer') }), code: 'NOT_FOUND' },
  offerAction: { input: () => ({ id: idOf('Offer') }), code: 'NOT_FOUND' },
  revokeApiKey: { input: () => ({ id: keyId }), code: 'NOT_FOUND' },
  rotateApiKey: { input: () => ({ id: keyId }), code: 'NOT_FOUND' },
  registerKey: { input: () => ({ name: 'other', kind: 'SECRET', securityLevel: 'LOW' }) },
  rotateKey: { input: () => ({ id: idOf('KeyRegistration') }), code: 'NOT_FOUND' },
  claimKey: { input: () => ({ token: a.claimToken }), code: 'NOT_FOUND' },
  autoRotateKeys: {},
  updateKeyRegistration: { input: () => ({ id: idOf('KeyRegistration'), name: 'mine' }), code: 'NOT_FOUND' },
  retireKey: { input: () => ({ id: idOf('KeyRegistration') }), code: 'NOT_FOUND' },
  revokeKey: { input: () => ({ id: idOf('KeyRegistration') }), code: 'NOT_FOUND' },
  enableRoutingNode: { input: () => ({ nodeId: own('HUB') }), code: 'NOT_FOUND' },
  disableRoutingNode: { input: () => ({ nodeId: own('HUB') }), code: 'NOT_FOUND' },
  acceptOffer: { input: () => ({ id: idOf('Offer') }), code: 'NOT_FOUND' },
  declineOffer: { input: () => ({ id: idOf('Offer') }), code: 'NOT_FOUND' },
  createOfferLink: { input: () => ({ id: idOf('Offer') }), code: 'NOT_FOUND' },
  refundOffer: { input: () => ({ id: idOf('Offer') }), code: 'NOT_FOUND' },
  dispatchOffer: { input: () => ({ offerId: idOf('Offer') }), code: 'NOT_FOUND' },
  dispatchCrossBorder: {
    input: () => ({ opportunityId: idOf('Opportunity'), destinationRegion: 'us_west' }),
    code: 'NOT_FOUND',
  },
  cancelDelivery: { input: () => ({ id: idOf('Delivery') }), code: 'NOT_FOUND' },
  recordLeg: {
    input: () => ({ deliveryId: idOf('Delivery'), legIndex: 0, event: 'STARTED' }),
    code: 'NOT_FOUND',
  },
  endFlightRestriction: { input: () => ({ id: idOf('FlightRestriction') }), code: 'NOT_FOUND' },
  setDroneMaintenance: { input: () => ({ droneId: own('DRONE'), isOn: true }), code: 'NOT_FOUND' },
  recordOutcome: { input: () => ({ actionId: idOf('Offer'), converted: true }), code: 'NOT_FOUND' },
  approveStrategyChange: { input: () => ({ id: idOf('StrategyChange') }), code: 'NOT_FOUND' },
  rejectStrategyChange: { input: () => ({ id: idOf('StrategyChange') }), code: 'NOT_FOUND' },
  revertStrategyChange: { input: () => ({ id: idOf('StrategyChange') }), code: 'NOT_FOUND' },
  stopPriceExperiment: { input: () => ({ id: idOf('PriceExperiment') }), code: 'NOT_FOUND' },
  // B has one of the same action running already.
  startPriceExperiment: { input: () => ({}), code: 'INVALID_TRANSITION' },
  updateMetricSeries: { input: () => ({ id: idOf('MetricSeries'), isEnabled: false }), code: 'NOT_FOUND' },
  deleteMetricSeries: { input: () => ({ id: idOf('MetricSeries') }), code: 'NOT_FOUND' },
  // A metric of the same name is B's own.
  ingestMetrics: { input: () => ({ samples: [{ metric: metricOf(a.marker), value: 1 }] }) },
  ingestMetric: { input: () => ({ metric: metricOf(a.marker), value: 1 }) },
  // Each sample has its own answer; that of another's drone is UNKNOWN_DRONE.
  reportTelemetry: {
    input: () => ({
      samples: [{ droneId: own('DRONE'), at: NOW.toISOString(), lat: 50, lon: 8, soc: 50 }],
    }),
  },
  upsertDrone: {
    input: () => ({ droneId: theirs('DRONE'), name: 'changed', class: 'ELITE', siteId: theirs('SITE') }),
  },
  upsertLaunchSite: {
    input: () => ({ siteId: theirs('SITE'), nodeId: theirs('HUB'), name: 'changed', lat: 50, lon: 8 }),
  },
  reportWeather: {
    input: () => ({ region: `${b.marker}_region`, severity: 2, windKmh: 9, source: 'mast' }),
  },
  addFlightRestriction: {
    input: () => ({ kind: 'AIRSPACE', name: 'closed', lat: 1, lon: 1, radiusKm: 1 }),
  },
  configurePayments: { input: () => ({ provider: 'TEST' }) },
  createTenant: { input: () => ({ slug: 'charlie', name: 'Charlie' }), code: 'FORBIDDEN' },
  createApiKey: { input: () => ({ name: 'other', scopes: ['VIEWER'] }) },
  // The same idempotency key as A used: keys are the tenant's own.
  detectOpportunities: { input: () => ({ idempotencyKey: `${a.marker} again` }) },
  generateActions: { input: () => ({ idempotencyKey: `${b.marker} offers` }) },
  executeCycle: { input: () => ({ asOf: new Date(NOW.getTime() + 60_000).toISOString() }) },
  setIssueRule: { input: () => ({ type: 'ERROR_SPIKE', isEnabled: false }) },
  updateEngineSettings: { input: () => ({ offersPerDay: 1 }) },
  upsertRoutingNode: {
    input: () => ({
      ...{ nodeId: `${b.marker.toUpperCase()}_HUB`, region: `${b.marker}_region`, name: 'changed' },
      ...{ countries: ['AU'], lat: -33, lon: 151, coverageKm: 800, capacity: 1, successPct: 90 },
      ...{ avgDeliveryMin: 20, connected: [] },
    }),
  },
  startEngine: {},
  stopEngine: {},
  importCustomers: { input: facts },
  importOrders: { input: facts },
  importCarts: { input: facts },
  importPayments: { input: facts },
  importErrorEvents: { input: facts },
};

beforeAll(async () => {
  server = await startServer();
  const introspection = await server.client(ADMIN_TOKEN).ask(parse(getIntrospectionQuery()) as never);
  schema = buildClientSchema(introspection.data as never);
  a = await markedTenant(server, 'alpha');
  b = await markedTenant(server, 'bravo');
  const { edges } = (await ask(a.client, 'apiKeys')).data.apiKeys as { edges: { node: { id: string } }[] };
  keyId = edges[0]?.node.id ?? '';
  alertIds = await alertIdsOf(a.scope);
  await collectIds();
  traces = [a.marker, a.marker.toUpperCase(), ...(await uuidsOf(a)), ...Object.values(ids).flat()];
}, 240_000);
afterAll(() => server?.stop());

type Field = GraphQLField<unknown, unknown>;
const fieldsOf = (type: GraphQLNamedType): Field[] =>
  Object.values((type as { getFields?(): Record<string, Field> }).getFields?.() ?? {});

/**
 * Everything a type shows, down to `depth`. A type that the document has shown whole already shows its own values only:
 * documents must stay within the limits.
 */
function selection(type: GraphQLNamedType, depth: number, shown = new Set<string>()): string {
  const left = shown.has(type.name) ? 0 : depth;
  shown.add(type.name);
  if (!isAbstractType(type))
    return `{ __typename ${fieldsOf(type)
      .map((field) => selected(field, left, shown))
      .join(' ')} }`;
  const members = schema.getPossibleTypes(type);
  const parts = members.map((member) => {
    const fields = fieldsOf(member).map((field) => {
      const alias = aliasFor(field, member.name, members);
      // Nodes have more such fields than a document may have aliases; each type's own query shows them.
      return alias && type.name === 'Node' ? '' : alias + selected(field, left, shown);
    });
    return `... on ${member.name} { ${fields.filter((text) => !text.endsWith(': ')).join(' ')} }`;
  });
  return `{ __typename ${parts.join(' ')} }`;
}

/** One response name may not have two types, even in two members of a union. */
function aliasFor(field: Field, owner: string, members: readonly GraphQLNamedType[]): string {
  const types = members.flatMap((member) =>
    fieldsOf(member).flatMap(({ name, type }) => (name === field.name ? String(type) : [])),
  );
  return new Set(types).size > 1 ? `${field.name}_${owner}: ` : '';
}

function selected(field: Field, depth: number, shown: Set<string>): string {
  const type = getNamedType(field.type);
  if (isLeafType(type)) return field.name;
  if (depth === 0 || field.args.some(isRequiredArgument)) return '';
  return `${field.name} ${selection(type, depth - 1, shown)}`;
}

/** A document that asks the root field for all there is. */
function documentOf(kind: 'query' | 'mutation', field: Field, values: Record<string, unknown>) {
  const given = field.args.filter(({ name }) => name in values);
  const variables = given.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const args = given.map(({ name }) => `${name}: $${name}`).join(', ');
  const type = getNamedType(field.type);
  const root = `${field.name}${args && `(${args})`} ${isLeafType(type) ? '' : selection(type, 4)}`;
  return parse(`${kind} Everything${variables && `(${variables})`} { ${root} }`);
}

const rootFields = (kind: 'Query' | 'Mutation' | 'Subscription'): Field[] =>
  fieldsOf(schema.getType(kind) as GraphQLNamedType);

function valuesFor(field: Field): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const argument of field.args) {
    const name = `${field.name}.${argument.name}`;
    if (isRequiredArgument(argument)) values[argument.name] = (ARGUMENTS[name] ?? (() => never(name)))();
    else if (argument.name === 'first') values.first = 10;
  }
  return values;
}

type Whole = Answer<Record<string, unknown>>;
const send = (client: Client, document: DocumentNode, values: Record<string, unknown>): Promise<Whole> =>
  client.ask(document as never, values as never) as Promise<Whole>;

function ask(client: Client, name: string): Promise<Whole> {
  const field = rootFields('Query').find((candidate) => candidate.name === name) ?? never(name);
  const values = valuesFor(field);
  return send(client, documentOf('query', field, values), values);
}

const NAMED = new Set(['RoutingNode', 'LaunchSite', 'Drone']);

/** Global ids as A's own answers show them. */
async function collectIds() {
  const harvest = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { __typename: type, id } = value as { __typename?: string; id?: string };
    const named = type === undefined ? undefined : schema.getType(type);
    const isNode = isObjectType(named) && named.getInterfaces().some(({ name }) => name === 'Node');
    // Some things are named by people: the seeded ones are called the same in every tenant. So are the environment's.
    const name = Buffer.from(id ?? '', 'base64').toString();
    const isOwn =
      (!NAMED.has(type ?? '') || name.includes(a.marker.toUpperCase())) &&
      !name.startsWith('AlertChannel:env:');
    if (isNode && id && isOwn) ids[type as string] = [...new Set([...(ids[type as string] ?? []), id])];
    for (const part of Object.values(value)) harvest(part);
  };
  for (const field of rootFields('Query')) {
    if (!field.args.some(isRequiredArgument) || field.name === 'kpiSnapshots')
      harvest(await ask(a.client, field.name));
  }
}

/** Every uuid that stands in a row of the tenant, of whatever table. */
async function uuidsOf({ scope }: Marked): Promise<string[]> {
  const columns = await scope.db.rows<{ table: string; column: string }>(
    `SELECT c.table_name AS "table", c.column_name AS "column" FROM information_schema.columns c
     WHERE c.table_schema = 'public' AND c.data_type = 'uuid' AND c.table_name IN (
       SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id' AND table_schema = 'public')`,
  );
  const found = new Set<string>();
  for (const { table, column } of columns) {
    const rows = await scope.db.rows<{ id: string }>(
      `SELECT DISTINCT "${column}"::text AS id FROM "${table}" WHERE tenant_id = $1 AND "${column}" IS NOT NULL`,
      [scope.tenantId],
    );
    for (const { id } of rows) found.add(id);
  }
  const opportunities = await scope.db.rows<{ id: string }>(
    'SELECT id FROM opportunity WHERE tenant_id = $1',
    [scope.tenantId],
  );
  return [...found, ...opportunities.map(({ id }) => id)];
}

/** What of tenant A an answer shows, beside what the caller himself has sent. */
function leaks(answer: unknown, sent: unknown): string[] {
  const mentioned = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      mentioned.add(value);
      mentioned.add(Buffer.from(value, 'base64').toString().replace(/^\w+:/, ''));
    } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(sent);
  let text = JSON.stringify(answer);
  for (const own of mentioned) if (own) text = text.replaceAll(own, '');
  const around = (at: number) => text.slice(Math.max(0, at - 60), at + 60);
  return traces.filter((trace) => text.includes(trace)).map((trace) => around(text.indexOf(trace)));
}

/** Written by A's own earlier requests, a few seconds after them. */
const COUNTERS = ['sli_bucket', 'flag_usage'];

/** Everything A has in the database. */
async function stateOf({ scope }: Marked): Promise<Record<string, string>> {
  const tables = await scope.db.rows<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
     WHERE column_name = 'tenant_id' AND table_schema = 'public' AND table_name <> ALL($1)`,
    [COUNTERS],
  );
  const state: Record<string, string> = {};
  for (const { name } of tables) {
    const row = await scope.db.row<{ hash: string }>(
      `SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS hash FROM "${name}" t WHERE tenant_id = $1`,
      [scope.tenantId],
    );
    state[name] = row?.hash ?? '';
  }
  return state;
}

describe('queries', () => {
  test('the generated documents show A its own data, so that a leak could be seen', async () => {
    for (const field of rootFields('Query')) {
      if (field.name === 'tenants') continue;
      const answer = await ask(a.client, field.name);
      expect({ field: field.name, errors: answer.errors }).toEqual({ field: field.name, errors: undefined });
    }
    const shown = JSON.stringify(
      await Promise.all(['opportunities', 'offers', 'issues', 'tenant'].map((name) => ask(a.client, name))),
    );
    for (const trace of [`${a.marker} wonder 0a`, `${a.marker} note`, a.scope.tenantId, `${a.marker} Ltd`]) {
      // Row ids travel inside global ids; the tenant's own is one of them.
      const encoded = Buffer.from(`Tenant:${trace}`).toString('base64');
      expect([trace, shown.includes(trace) || shown.includes(encoded)]).toEqual([trace, true]);
    }
  });

  test('no query field shows B, or the admin acting on B, anything of A', async () => {
    for (const client of [b.client, server.client(ADMIN_TOKEN, b.marker)]) {
      for (const field of rootFields('Query')) {
        // The admin's directory of tenants is the one place where tenants stand side by side.
        if (field.name === 'tenants' && client !== b.client) continue;
        const values = valuesFor(field);
        const answer = await send(client, documentOf('query', field, values), values);
        expect({ field: field.name, leaks: leaks(answer, values) }).toEqual({ field: field.name, leaks: [] });
      }
    }
  });
});

describe('global ids', () => {
  const nodeTypes = () => schema.getPossibleTypes(schema.getType('Node') as never).map(({ name }) => name);

  test('A has an object of every node type', () => {
    expect(Object.keys(ids).sort()).toEqual(nodeTypes().sort());
  });

  test('each opens an object for A and nothing for B', async () => {
    const node = parse('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }');
    const one = parse('query ($id: ID!) { node(id: $id) { __typename id } }');
    for (const [type, [id]] of Object.entries(ids)) {
      const own = await send(a.client, one, { id });
      expect(own.data.node).toEqual({ __typename: type, id });
      expect((await send(b.client, one, { id })).data.node).toBeNull();
      const many = await send(b.client, node, { ids: [id, id] });
      expect(many.data?.nodes ?? [null, null]).toEqual([null, null]);
    }
  });
});

describe('mutations', () => {
  test('B can change nothing of A and is shown nothing of it', async () => {
    const before = await stateOf(a);
    for (const field of rootFields('Mutation')) {
      const { input, code } = MUTATIONS[field.name] ?? never(field.name);
      const values = input ? { input: input() } : {};
      const answer = await send(b.client, documentOf('mutation', field, values), values);
      const result = answer.data?.[field.name] as { __typename: string; code?: string } | undefined;
      const refusal = answer.errors?.[0]?.extensions.code ?? result?.code;
      expect({ field: field.name, refusal, leaks: leaks(answer, values) }).toEqual({
        ...{ field: field.name, leaks: [] },
        refusal: code,
      });
    }
    expect(await stateOf(a)).toEqual(before);
  });
});

describe('subscriptions', () => {
  test('there are three, and they are known here', () => {
    expect(rootFields('Subscription').map(({ name }) => name)).toEqual([
      'alertEvents',
      'anomalyAlerts',
      'deliveryEvents',
      'engineEvents',
      'flagChanges',
      'fleetTelemetry',
    ]);
  });

  test('A’s story is told to A', async () => {
    expect(JSON.stringify(await allEvents(a))).toContain(`${a.marker} wonder 0a`);
  });

  test('B hears of its own deliveries and drones only', async () => {
    const log = await b.scope.events.read(b.scope.db, 0n, 1_000);
    const kinds = /^(ACTION_|PAYMENT_|DELIVERY_|DRONE_|FLEET_|CAPACITY_|HUB_)/;
    const own = log.filter(({ type }) => kinds.test(type));
    const told = b.client.subscribe(DeliveryEventsDocument, { after: '0' });
    const seen: unknown[] = await take(told, own.length);
    await told.return?.();
    expect(seen.map((event) => (event as { deliveryEvents: { seq: string } }).deliveryEvents.seq)).toEqual(
      own.map(({ seq }) => String(seq)),
    );
    const drones = b.client.subscribe(FleetTelemetryDocument, {});
    seen.push(...(await take(drones, 1)));
    await drones.return?.();
    expect(JSON.stringify(seen)).toContain(theirs('DRONE'));
    expect(leaks(seen, {})).toEqual([]);
  });

  test('B hears its own events only, while A’s are being written', async () => {
    const { head } = await b.scope.events.bounds(b.scope.db);
    const live = b.client.subscribe(EngineEventsDocument, { after: '0' });
    const seen: unknown[] = await take(live, Number(head));
    for (const minute of [2, 3, 4]) {
      const asOf = new Date(NOW.getTime() + minute * 60_000).toISOString();
      for (const { client } of [a, b]) await client.run(ExecuteCycleDocument, { input: { asOf } });
    }
    const { head: now } = await b.scope.events.bounds(b.scope.db);
    seen.push(...(await take(live, Number(now - head))));
    await live.return?.();
    const seqs = seen.map((event) => (event as { engineEvents: { seq: string } }).engineEvents.seq);
    expect(seqs).toEqual(seqs.map((_seq, i) => String(i + 1)));
    traces = [...new Set([...traces, ...(await uuidsOf(a))])];
    expect(leaks(seen, {})).toEqual([]);
  });
});
