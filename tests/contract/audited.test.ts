import { buildClientSchema, type GraphQLSchema, getIntrospectionQuery, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAY_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { chainOf, put, putOffer, putOpportunity } from '../integration/invariants-kit.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../kit/server.ts';
import { AUDITED, NOT_ADMINISTRATIVE } from './audited.ts';

/*
 * Every administrative change is in the audit trail with actor, before, after, reason and request id. A new mutation
 * fails here until it stands in one of the two lists of audited.ts; those that need little are carried out below.
 */
const NOW = new Date('2026-11-20T12:00:00Z');
let server: TestServer;
let schema: GraphQLSchema;
let scope: Scope;
const chain = chainOf(1);

beforeAll(async () => {
  server = await startServer({ clock: () => NOW });
  await server.createTenant({ slug: 'audited' });
  const introspection = await server.client(ADMIN_TOKEN).ask(parse(getIntrospectionQuery()) as never);
  schema = buildClientSchema(introspection.data as never);
  scope = await server.app.tenantScope('audited');
  await putOpportunity(scope, chain, { status: 'OFFERED' });
  await putOffer(scope, chain, { status: 'OFFERED' });
  await put(scope.db, 'issue', {
    ...{ tenant_id: scope.tenantId, id: chain.offer, type: 'ERROR_SPIKE', fingerprint: 'f', status: 'OPEN' },
    ...{ severity: 'CRITICAL', confidence: 'HIGH', value: 60, peak_value: 70, threshold: 50, message: 'm' },
    ...{ first_seen_at: NOW, last_seen_at: NOW, evaluated_at: NOW },
  });
});
afterAll(() => server?.stop());

test('every mutation is either audited or known not to be administrative', () => {
  const names = Object.keys(schema.getMutationType()?.getFields() ?? {});
  const known = new Set([...Object.keys(AUDITED), ...Object.keys(NOT_ADMINISTRATIVE)]);
  expect(
    names.filter((name) => !known.has(name)),
    'Write an audit entry and add the mutation to AUDITED (tests/contract/audited.ts), or say in NOT_ADMINISTRATIVE why not',
  ).toEqual([]);
  expect(
    [...known].filter((name) => !names.includes(name)),
    'No such mutations any more',
  ).toEqual([]);
  expect(Object.keys(AUDITED).filter((name) => name in NOT_ADMINISTRATIVE)).toEqual([]);
});

interface Entry {
  action: string;
  actor: string;
  before: unknown;
  after: unknown;
  reason: string | null;
  requestId: string;
}

/** Sends one mutation under a request id of its own; a refusal fails. */
async function send(mutation: string, args: string, requestId: string, tenant = 'audited'): Promise<void> {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}`, 'x-tenant': tenant },
      'x-request-id': requestId,
    },
    body: JSON.stringify({
      query: `mutation { ${mutation}${args} { __typename ... on UserError { code message path } } }`,
    }),
  });
  const { data, errors } = (await response.json()) as {
    data?: Record<string, { __typename: string }>;
    errors?: unknown;
  };
  expect(errors, mutation).toBeUndefined();
  expect(data?.[mutation], JSON.stringify(data)).toMatchObject({
    __typename: expect.stringMatching(/Payload$/),
  });
}

const entriesOf = (requestId: string, of = scope): Promise<Entry[]> =>
  of.db.rows<Entry>(
    `SELECT action, actor, before, after, reason, request_id AS "requestId" FROM audit_entry
     WHERE tenant_id = $1 AND request_id = $2`,
    [of.tenantId, requestId],
  );

const gid = (type: string, id: string) => `"${Buffer.from(`${type}:${id}`).toString('base64')}"`;
/** The newest row's id, where a mutation before has made it. */
const newest = async (table: string, where = 'true'): Promise<string> => {
  const row = await scope.db.row<{ id: string }>(
    `SELECT id FROM ${table} WHERE tenant_id = $1 AND ${where} ORDER BY id DESC LIMIT 1`,
    [scope.tenantId],
  );
  return row?.id ?? '';
};
const secretId = () => newest('key_registration', "kind = 'SECRET'");
const later = new Date(NOW.getTime() + DAY_MS).toISOString();
const hub = (
  name: string,
) => `(input: {nodeId: "${name}", region: "nowhere", name: "Nowhere", countries: ["AU"],
  lat: -33.5, lon: 151.5, coverageKm: 800, capacity: 1, successPct: 90, avgDeliveryMin: 20, connected: []})`;
const plain = (args: string) => () => Promise.resolve(args);

/** In this order: some need what others made. `has` is what the entry must hold. */
const STEPS: [mutation: string, args: () => Promise<string>, has: ('before' | 'after' | 'reason')[]][] = [
  ['updateEngineSettings', plain('(input: {offersPerDay: 7})'), ['before', 'after']],
  ['stopEngine', plain(''), ['before', 'after']],
  ['startEngine', plain(''), ['before', 'after']],
  ['setIssueRule', plain('(input: {type: ERROR_SPIKE, threshold: 50})'), ['before', 'after']],
  [
    'acknowledgeIssue',
    async () => `(input: {id: ${gid('Issue', chain.offer)}, note: "mine"})`,
    ['before', 'after', 'reason'],
  ],
  [
    'resolveIssue',
    async () => `(input: {id: ${gid('Issue', chain.offer)}, note: "done"})`,
    ['before', 'after', 'reason'],
  ],
  [
    'cancelOffer',
    async () => `(input: {id: ${gid('Offer', chain.offer)}, reason: "asked"})`,
    ['before', 'after', 'reason'],
  ],
  ['configurePayments', plain('(input: {provider: TEST})'), ['before', 'after']],
  ['upsertRoutingNode', plain(hub('AUDITED')), ['after']],
  ['disableRoutingNode', plain('(input: {nodeId: "AUDITED"})'), ['before', 'after']],
  ['enableRoutingNode', plain('(input: {nodeId: "AUDITED"})'), ['before', 'after']],
  [
    'upsertLaunchSite',
    plain('(input: {siteId: "AUDITED_SITE", nodeId: "AUDITED", name: "Site", lat: -33.5, lon: 151.5})'),
    ['after'],
  ],
  [
    'upsertDrone',
    plain('(input: {droneId: "AUDITED", name: "Drone", class: ELITE, siteId: "AUDITED_SITE"})'),
    ['after'],
  ],
  ['setDroneMaintenance', plain('(input: {droneId: "AUDITED", isOn: true})'), ['before', 'after']],
  [
    'reportWeather',
    plain('(input: {region: "nowhere", severity: 2, windKmh: 9, source: "mast"})'),
    ['after'],
  ],
  [
    'addFlightRestriction',
    plain('(input: {kind: AIRSPACE, name: "closed", lat: 1.5, lon: 1.5, radiusKm: 1.5})'),
    ['after'],
  ],
  [
    'endFlightRestriction',
    async () => `(input: {id: ${gid('FlightRestriction', await newest('flight_restriction'))}})`,
    ['before', 'after'],
  ],
  ['startPriceExperiment', plain('(input: {})'), ['after']],
  [
    'stopPriceExperiment',
    async () => `(input: {id: ${gid('PriceExperiment', await newest('price_experiment'))}})`,
    ['before', 'after'],
  ],
  ['createApiKey', plain('(input: {name: "k", scopes: [VIEWER]})'), ['after']],
  [
    'rotateApiKey',
    async () => `(input: {id: "${await newest('api_key')}", reason: "yearly"})`,
    ['before', 'after', 'reason'],
  ],
  [
    'revokeApiKey',
    async () => `(input: {id: "${await newest('api_key')}", reason: "left"})`,
    ['before', 'after', 'reason'],
  ],
  [
    'registerKey',
    plain('(input: {name: "s", kind: SECRET, securityLevel: LOW, reason: "new"})'),
    ['after', 'reason'],
  ],
  [
    'rotateKey',
    async () => `(input: {id: ${gid('KeyRegistration', await secretId())}, reason: "due"})`,
    ['before', 'after', 'reason'],
  ],
  [
    'updateKeyRegistration',
    async () => `(input: {id: ${gid('KeyRegistration', await secretId())}, graceHours: 1, reason: "r"})`,
    ['before', 'after', 'reason'],
  ],
  [
    'retireKey',
    async () => `(input: {id: ${gid('KeyRegistration', await secretId())}, reason: "r"})`,
    ['before', 'after', 'reason'],
  ],
  [
    'revokeKey',
    async () => `(input: {id: ${gid('KeyRegistration', await secretId())}, reason: "r"})`,
    ['before', 'after', 'reason'],
  ],
  ['createFlag', plain('(input: {key: "AUDITED", type: BOOLEAN, defaultValue: false})'), ['after']],
  ['setFlag', plain('(input: {key: "AUTOSCALE_ENABLED", value: true, reason: "r"})'), ['after', 'reason']],
  ['removeFlagOverride', plain('(input: {key: "AUTOSCALE_ENABLED", reason: "r"})'), ['before', 'reason']],
  [
    'updateFlag',
    plain('(input: {key: "AUDITED", patch: {owner: "me"}, reason: "r"})'),
    ['before', 'after', 'reason'],
  ],
  ['killFlag', plain('(input: {key: "AUDITED", reason: "r"})'), ['before', 'after', 'reason']],
  ['reviveFlag', plain('(input: {key: "AUDITED", reason: "r"})'), ['before', 'after', 'reason']],
  [
    'scheduleFlagChange',
    plain(`(input: {key: "AUDITED", at: "${later}", change: {kill: true}, reason: "r"})`),
    ['after', 'reason'],
  ],
  ['deleteFlag', plain('(input: {key: "AUDITED", reason: "r"})'), ['before', 'reason']],
  ['setStabiliseMode', plain('(input: {isOn: true, reason: "r"})'), ['after', 'reason']],
  ['putKv', plain('(input: {namespace: "n", key: "k", value: 1})'), ['after']],
  ['deleteKv', plain('(input: {namespace: "n", key: "k"})'), ['before']],
  [
    'createAlertChannel',
    plain('(input: {name: "c", settings: {slack: {url: "https://hooks.slack.com/x"}}})'),
    ['after'],
  ],
  [
    'updateAlertChannel',
    async () => `(input: {id: ${gid('AlertChannel', await newest('alert_channel'))}, name: "d"})`,
    ['before', 'after'],
  ],
  [
    'deleteAlertChannel',
    async () => `(input: {id: ${gid('AlertChannel', await newest('alert_channel'))}})`,
    ['before'],
  ],
  [
    'createSilence',
    plain(
      `(input: {comment: "c", endsAt: "${later}", matchers: [{label: "type", operator: IS, values: ["X"]}]})`,
    ),
    ['after'],
  ],
  ['endSilence', async () => `(input: {silenceId: "${await newest('alert_silence')}"})`, ['before', 'after']],
  ['setScalingPolicy', plain('(input: {minWorkers: 1, maxWorkers: 2})'), ['after']],
  ['openIncident', plain('(input: {title: "t", severity: HIGH, component: "c", message: "m"})'), ['after']],
  ['pauseJob', plain('(input: {job: "retention", reason: "r"})'), ['before', 'after', 'reason']],
  ['resumeJob', plain('(input: {job: "retention", reason: "r"})'), ['before', 'after', 'reason']],
];

describe('in the trail, with its request', () => {
  test.each(STEPS)('%s', async (mutation, args, has) => {
    const requestId = `request-of-${mutation}`;
    await send(mutation, await args(), requestId);
    const entries = await entriesOf(requestId);
    const entry = entries.find(({ action }) => action === AUDITED[mutation]);
    expect(entry, JSON.stringify(entries)).toMatchObject({ actor: 'platform-admin', requestId });
    for (const part of has) expect(entry?.[part], `${part} of ${JSON.stringify(entry)}`).not.toBeNull();
  });
});

test('what an administrator does to a tenant is in that tenant’s trail, what is done to the installation in its own', async () => {
  await send('createTenant', '(input: {slug: "newcomer", name: "Newcomer"})', 'making-a-tenant');
  const newcomer = await server.app.tenantScope('newcomer');
  expect(await entriesOf('making-a-tenant', newcomer)).toMatchObject([
    { action: 'tenant.create', before: null },
  ]);
  expect(await entriesOf('making-a-tenant')).toEqual([]);
  await send(
    'setFlag',
    '(input: {key: "AUTOSCALE_ENABLED", value: true, reason: "all"})',
    'for-all',
    'platform',
  );
  const platform = await server.app.tenantScope('platform');
  expect(await entriesOf('for-all', platform)).toMatchObject([{ action: 'flag.changed', reason: 'all' }]);
  expect(await entriesOf('for-all')).toEqual([]);
});
