import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  ApplyAutoscaleDocument,
  AutoscaleDecisionDocument,
  ScalingDecisionsDocument,
  ScalingPolicyDocument,
  SetFlagDocument,
  SetScalingPolicyDocument,
  SetStabiliseModeDocument,
} from '../../operations/generated/graphql.ts';
import { putKv } from '../../src/control/kv/index.ts';
import { webhookSignature } from '../../src/platform/outbound/channels/webhook.ts';
import { pruneScaling, runAutoscale } from '../../src/reliability/autoscale/index.ts';
import { type Client, startServer, type TestServer } from '../kit/server.ts';

const NOON = new Date('2026-11-20T12:00:00Z');
const SECRET = 'a-secret-to-sign-with-0123';
let now = NOON;
let server: TestServer;
let endpoint: Server;
let url: string;
/** What the endpoint answers next (200 when empty), and what it was sent. */
const answers: number[] = [];
const received: { body: string; headers: IncomingMessage['headers'] }[] = [];

beforeAll(async () => {
  server = await startServer({ clock: () => now });
  endpoint = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ body, headers: request.headers });
      response.writeHead(answers.shift() ?? 200).end('{}');
    });
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/scale`;
});
afterAll(async () => {
  endpoint.close();
  await server.stop();
});
beforeEach(() => {
  now = NOON;
  answers.length = 0;
  received.length = 0;
});

const at = (minutes: number) => new Date(NOON.getTime() + minutes * 60_000);
const scopeOf = (slug: string, instant = now) => server.app.tenantScope(slug, instant);
const dryRun = async (client: Client, input?: object) =>
  (await client.run(AutoscaleDecisionDocument, { input })).autoscaleDecision;
const flagOn = (client: Client) =>
  client.run(SetFlagDocument, { input: { key: 'AUTOSCALE_ENABLED', value: true, reason: 'try' } });
const known = { spend24h: { amountMinor: '1000', currency: 'USD' }, marginPct: 40 };

async function costs(slug: string, spend: string, pct: number | null): Promise<void> {
  const scope = await scopeOf(slug);
  const asOf = now.toISOString();
  await scope.db.tx(async (tx) => {
    const entry = (key: string, value: object) =>
      putKv(scope, tx, { namespace: 'cost', key, value: value as never });
    await entry('spend_24h', { amountMinor: spend, currency: 'USD', asOf });
    await entry('margin_pct_30d', { pct, asOf });
  });
}

/** Requests of the tenant: `count` in a place of the histogram whose upper edge is `ms`. */
async function requests(slug: string, ms: number, count: number): Promise<void> {
  const { tenantId } = await scopeOf(slug);
  for (let i = 0; i < count; i++) server.app.indicators.onAnswer(tenantId, { ms, isError: false });
  await server.app.indicators.flush();
}

test('the dry run answers in the document’s words and changes nothing', async () => {
  await server.createTenant({ slug: 'words' });
  const client = server.client(undefined, 'words');
  expect((await dryRun(client, { queueDepth: 12, p95Ms: 100, workers: 2, ...known })).answer).toEqual({
    ...{ action: 'hold', reason: 'Autoscaling disabled via feature flag' },
  });
  await flagOn(client);
  expect(await dryRun(client, { queueDepth: 12, p95Ms: 100, workers: 2, ...known })).toMatchObject({
    ...{ action: 'SCALE_UP', workers: 2, targetWorkers: 3, verdict: 'ALLOW' },
  });
  expect(await dryRun(client, { queueDepth: 0, p95Ms: 151, workers: 4, ...known })).toMatchObject({
    ...{ action: 'HOLD', reason: 'Already at max workers (4)' },
  });
  const spent = { ...known, spend24h: { amountMinor: '4500', currency: 'USD' } };
  expect(await dryRun(client, { queueDepth: 0, p95Ms: 151, workers: 2, ...spent })).toMatchObject({
    ...{ action: 'FREEZE', code: 'SPEND_LIMIT' },
  });
  // Nobody has written costs yet: what is not known forbids more workers.
  expect(await dryRun(client, { queueDepth: 11, p95Ms: 10 })).toMatchObject({ code: 'SPEND_UNKNOWN' });
  await client.run(SetStabiliseModeDocument, { input: { isOn: true, reason: 'try' } });
  expect((await dryRun(client)).answer).toEqual({
    ...{ action: 'hold', reason: 'STABILIZE_MODE enabled - all scaling frozen', stabilizeMode: true },
  });
  const { scalingDecisions } = await client.run(ScalingDecisionsDocument, {});
  expect(scalingDecisions.edges).toEqual([]);
  expect((await client.run(ScalingPolicyDocument)).scalingPolicy.version).toBe(0);
  const wrong = await client.ask(AutoscaleDecisionDocument, { input: { queueDepth: -1 } });
  expect(wrong.errors?.[0]?.extensions.code).toBe('VALIDATION_ERROR');
});

test('a policy says what is wrong with it, and never shows its secret', async () => {
  await server.createTenant({ slug: 'policy' });
  const client = server.client(undefined, 'policy');
  const set = async (input: object) =>
    (await client.run(SetScalingPolicyDocument, { input })).setScalingPolicy;
  expect(await set({ adapter: 'WEBHOOK' })).toMatchObject({ __typename: 'InvalidInput', path: ['endpoint'] });
  expect(await set({ adapter: 'WEBHOOK', endpoint: url })).toMatchObject({ path: ['secret'] });
  expect(await set({ endpoint: 'ftp://x' })).toMatchObject({ path: ['endpoint'] });
  expect(await set({ minWorkers: 5, maxWorkers: 4 })).toMatchObject({ path: ['maxWorkers'] });
  expect(await set({ adapter: 'WEBHOOK', endpoint: url, secret: SECRET })).toMatchObject({
    policy: { hasSecret: true, version: 1 },
  });
  expect(await set({ workers: 2, expectedVersion: 7 })).toMatchObject({ code: 'VERSION_CONFLICT' });
  const scope = await scopeOf('policy');
  const written = await scope.db.rows(
    `SELECT a.after::text, p.sealed FROM audit_entry a, scaling_policy p WHERE a.tenant_id = $1 AND p.tenant_id = $1`,
    [scope.tenantId],
  );
  expect(JSON.stringify(written)).not.toContain(SECRET);
});

test('the job scales through the webhook, counts workers when it has confirmed, and goes down when idle', async () => {
  await server.createTenant({ slug: 'scale' });
  const client = server.client(undefined, 'scale');
  expect(await runAutoscale(await scopeOf('scale'))).toBeNull();
  await flagOn(client);
  await client.run(SetScalingPolicyDocument, {
    input: { adapter: 'WEBHOOK', endpoint: url, secret: SECRET, workers: 1 },
  });
  await costs('scale', '1000', 40);
  await requests('scale', 190, 100);
  now = at(1);
  const workers = async () => (await client.run(ScalingPolicyDocument)).scalingPolicy.workers;
  answers.push(500);
  expect(await runAutoscale(await scopeOf('scale'))).toMatchObject({ action: 'SCALE_UP', status: 'PENDING' });
  expect(await workers()).toBe(1);
  now = at(2);
  // The second attempt carries the same key and the change counts once; the load has not gone, so one more follows.
  await runAutoscale(await scopeOf('scale'));
  expect(await workers()).toBe(3);
  expect(received).toHaveLength(3);
  const [first, second, third] = received;
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
  expect(third?.headers['idempotency-key']).not.toBe(first?.headers['idempotency-key']);
  const body = first?.body ?? '';
  expect(JSON.parse(body)).toEqual({
    tenant: 'scale',
    workers: 2,
    before: 1,
    decisionId: expect.any(String),
  });
  const stamp = String(first?.headers['x-revenue-timestamp']);
  expect(first?.headers['x-revenue-signature']).toBe(`v1=${webhookSignature(SECRET, stamp, body)}`);
  expect(JSON.parse(third?.body ?? '')).toMatchObject({ workers: 3, before: 2 });

  // Ten idle minutes later, one less; looks in between are kept because they prove the quiet.
  for (let minute = 10; minute <= 20; minute++) {
    now = at(minute);
    await runAutoscale(await scopeOf('scale'));
  }
  const decisions = (await client.run(ScalingDecisionsDocument, { first: 20 })).scalingDecisions.edges.map(
    ({ node }) => `${node.action} ${node.before}→${node.after} ${node.status}`,
  );
  expect(decisions).toEqual([
    'SCALE_DOWN 3→2 APPLIED',
    ...Array.from({ length: 10 }, () => 'HOLD 3→3 NONE'),
    'SCALE_UP 2→3 APPLIED',
    'SCALE_UP 1→2 APPLIED',
  ]);
});

test('an endpoint that says no fails the change and tells operators; a frozen tenant is not called', async () => {
  await server.createTenant({ slug: 'refused' });
  const client = server.client(undefined, 'refused');
  await flagOn(client);
  const input = { adapter: 'WEBHOOK' as const, endpoint: url, secret: SECRET, workers: 1 };
  await client.run(SetScalingPolicyDocument, { input });
  await costs('refused', '1000', 40);
  await requests('refused', 190, 100);
  now = at(1);
  answers.push(404);
  const { applyAutoscale } = await client.run(ApplyAutoscaleDocument);
  expect(applyAutoscale).toMatchObject({
    decision: { action: 'SCALE_UP', status: 'FAILED', before: 1, after: 2 },
  });
  expect((await client.run(ScalingPolicyDocument)).scalingPolicy.workers).toBe(1);
  const scope = await scopeOf('refused');
  const alerts = await scope.db.rows('SELECT level, type, message FROM alert_intake WHERE tenant_id = $1', [
    scope.tenantId,
  ]);
  expect(alerts).toEqual([
    { level: 'error', type: 'SCALING_FAILED', message: 'Workers could not be scaled from 1 to 2: HTTP_404' },
  ]);
  await client.run(SetScalingPolicyDocument, { input: { mode: 'APPROVE' } });
  now = at(2);
  expect(await runAutoscale(await scopeOf('refused'))).toMatchObject({
    ...{ action: 'SCALE_UP', status: 'HELD', reason: expect.stringContaining('held: APPROVAL') },
  });
  await client.run(SetStabiliseModeDocument, { input: { isOn: true, reason: 'try' } });
  now = at(3);
  const frozen = await client.run(ApplyAutoscaleDocument);
  expect(frozen.applyAutoscale).toMatchObject({
    decision: { action: 'HOLD', reason: 'STABILIZE_MODE enabled - all scaling frozen', status: 'NONE' },
  });
  expect(received).toHaveLength(1);
  const later = await scopeOf('refused', at(31 * 1_440));
  expect(await later.db.tx((tx) => pruneScaling(later, tx))).toBe(3);
});

test('without an adapter decisions are recorded, once, and workers stay', async () => {
  await server.createTenant({ slug: 'quiet' });
  const client = server.client(undefined, 'quiet');
  await flagOn(client);
  await client.run(SetScalingPolicyDocument, { input: { workers: 2 } });
  await costs('quiet', '4500', 40);
  for (const minute of [1, 2, 3]) {
    now = at(minute);
    await requests('quiet', 190, 100);
    expect(await runAutoscale(await scopeOf('quiet'))).toMatchObject({
      action: 'FREEZE',
      status: 'NONE',
      after: 2,
    });
  }
  const { scalingDecisions } = await client.run(ScalingDecisionsDocument, {});
  expect(scalingDecisions.edges).toHaveLength(1);
});
