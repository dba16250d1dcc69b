import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  CreateAlertChannelDocument,
  RecordWhatsappOptInDocument,
  RecordWhatsappOptOutDocument,
  WhatsappContactsDocument,
} from '../../operations/generated/graphql.ts';
import { type Scope, scopeAt } from '../../src/platform/scope.ts';
import { pruneContacts, queueMessages, runSends } from '../../src/reliability/channels/index.ts';
import { FakeWhatsapp } from '../kit/channel-servers.ts';
import { type Client, startServer, type TestServer } from '../kit/server.ts';
import { PATIENT } from './alert-kit.ts';

const PHONE = '491511234567';
let server: TestServer;
let meta: FakeWhatsapp;
let client: Client;
let slug: string;
let channelId: string;
let count = 0;
let now = new Date('2026-11-20T12:00:00Z');

beforeAll(async () => {
  meta = await new FakeWhatsapp().start();
  server = await startServer({ clock: () => now, channels: { timeoutMs: 300, whatsappApiBase: meta.url } });
});
beforeEach(async () => {
  slug = `whatsapp-${++count}`;
  await server.createTenant({ slug });
  client = server.client(undefined, slug);
  meta.messages.length = 0;
  channelId = await addChannel({ template: 'ops_alert', language: 'en' });
});
afterAll(async () => {
  await server.stop();
  await meta.stop();
});

async function addChannel(template: object): Promise<string> {
  const { token, appSecret, verifyToken, phoneNumberId } = meta;
  const settings = {
    whatsapp: { token, appSecret, verifyToken, phoneNumberId, to: `+${PHONE}`, ...template },
  };
  const { createAlertChannel } = await client.run(CreateAlertChannelDocument, {
    input: { name: 'On call', settings },
  });
  if (createAlertChannel.__typename !== 'AlertChannelPayload')
    throw new Error(JSON.stringify(createAlertChannel));
  return createAlertChannel.channel.key;
}

const wait = (hours: number) => {
  now = new Date(now.getTime() + hours * 3_600_000);
};
const scopeNow = async (): Promise<Scope> => server.app.tenantScope(slug, now);
const optIn = (phone = PHONE) =>
  client.run(RecordWhatsappOptInDocument, { input: { phone: `+${phone}`, source: 'contract' } });
const optOut = () => client.run(RecordWhatsappOptOutDocument, { input: { phone: PHONE, reason: 'asked' } });

/** Sends a message; `STATUS attempts reason` and the notification's id. */
async function say(text = 'Payments are down', to = channelId): Promise<{ id: string; line: string }> {
  const scope = await scopeNow();
  const message = { title: text, text, level: 'critical' as const, facts: {} };
  const step = `say ${++count}`;
  const [queued] = await scope.db.tx((tx) =>
    queueMessages(scope, tx, [{ channelId: to, purpose: 'FIRING', message, step }]),
  );
  await runSends(scope, PATIENT);
  const id = queued?.notificationId ?? '';
  return { id, line: await lineOf(id) };
}

async function lineOf(id: string): Promise<string> {
  const row = await (await scopeNow()).db.row<{ line: string }>(
    `SELECT concat_ws(' ', status, attempts, reason) AS line FROM alert_notification WHERE id = $1`,
    [id],
  );
  return row?.line ?? 'none';
}

async function post(value: object, sign: (signature: string) => string = (same) => same): Promise<number> {
  const { body, signature } = meta.webhook(value);
  const url = server.url.replace('/graphql', `/webhooks/whatsapp/${slug}`);
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': sign(signature) };
  return (await fetch(url, { method: 'POST', body, headers })).status;
}
const inbound = () => ({
  messages: [{ from: PHONE, id: 'wamid.in', timestamp: String(now.getTime() / 1_000), type: 'text' }],
});
const status = (id: string, word: string, code?: number) => ({
  statuses: [
    {
      ...{ id: 'wamid.1', status: word, recipient_id: PHONE, biz_opaque_callback_data: id },
      ...(code && { errors: [{ code, title: 'x' }] }),
    },
  ],
});
const contact = async () =>
  (await client.run(WhatsappContactsDocument)).whatsappContacts.find(({ phone }) => phone === PHONE);

test('nobody is written to who has not agreed, and nobody who no longer does', async () => {
  expect((await say()).line).toBe('FAILED 1 WHATSAPP_NOT_OPTED_IN');
  expect((await optIn()).recordWhatsappOptIn).toMatchObject({
    contact: { phone: PHONE, optedInAt: now.toISOString(), optInSource: 'contract' },
  });
  expect((await say()).line).toBe('SENT 1');
  expect((await optOut()).recordWhatsappOptOut).toMatchObject({ contact: { phone: PHONE, optedInAt: null } });
  expect((await say()).line).toBe('FAILED 1 WHATSAPP_NOT_OPTED_IN');
  const audit = await (await scopeNow()).db.rows<{ action: string; reason: string | null }>(
    `SELECT action, reason FROM audit_entry WHERE tenant_id = $1 AND action LIKE 'whatsapp.%' ORDER BY action`,
    [(await scopeNow()).tenantId],
  );
  expect(audit).toEqual([
    { action: 'whatsapp.optIn', reason: null },
    { action: 'whatsapp.optOut', reason: 'asked' },
  ]);
});

test('free text within 24 h of the customer’s last message, an approved template outside', async () => {
  await optIn();
  expect((await say('Orders are\n\tstuck')).line).toBe('SENT 1');
  expect(meta.messages.at(-1)).toMatchObject({
    type: 'template',
    template: {
      name: 'ops_alert',
      language: { code: 'en' },
      components: [{ type: 'body', parameters: [{ type: 'text', text: '[CRITICAL] Orders are stuck' }] }],
    },
  });
  expect(await post(inbound())).toBe(200);
  wait(23.9);
  expect((await say()).line).toBe('SENT 1');
  expect(meta.messages.at(-1)).toMatchObject({
    type: 'text',
    text: { body: '[CRITICAL] Payments are down' },
  });
  wait(0.2);
  await say();
  expect(meta.messages.at(-1)).toMatchObject({ type: 'template' });
  const bare = await addChannel({});
  expect((await say('x', bare)).line).toBe('FAILED 1 WHATSAPP_NO_TEMPLATE');
});

test('131049: nothing more for 24 h, whether it comes as an answer or by webhook', async () => {
  await optIn();
  meta.faults = [{ status: 400, body: { error: { code: 131_049, message: 'engagement' } } }];
  expect((await say()).line).toBe('FAILED 1 WHATSAPP_131049');
  expect((await contact())?.blockedUntil).toBe(new Date(now.getTime() + 86_400_000).toISOString());
  wait(23.9);
  const calls = meta.calls.length;
  expect((await say()).line).toBe('FAILED 1 WHATSAPP_BLOCKED');
  expect(meta.calls.length).toBe(calls);
  wait(0.2);
  const { id, line } = await say();
  expect(line).toBe('SENT 1');
  expect(await post(status(id, 'failed', 131_049))).toBe(200);
  expect(await lineOf(id)).toBe('FAILED 1 WHATSAPP_131049');
  expect((await say()).line).toBe('FAILED 1 WHATSAPP_BLOCKED');
});

test('asked to slow down is tried again, a wrong token is not', async () => {
  await optIn();
  meta.faults = [{ status: 400, body: { error: { code: 130_429 } } }];
  const { id, line } = await say();
  expect(line).toBe('QUEUED 1 WHATSAPP_130429');
  wait(1);
  await runSends(await scopeNow(), PATIENT);
  expect(await lineOf(id)).toBe('SENT 2');
  meta.faults = [{ status: 401, body: { error: { code: 190 } } }];
  expect((await say()).line).toBe('FAILED 1 WHATSAPP_401_190');
});

test('statuses are noted once, in any order', async () => {
  await optIn();
  const { id } = await say();
  expect(meta.messages.at(-1)?.biz_opaque_callback_data).toBe(id);
  for (const word of ['read', 'delivered', 'sent']) expect(await post(status(id, word))).toBe(200);
  expect(await lineOf(id)).toBe('SENT 1 READ');
  for (const _ of [1, 2]) await post(status(id, 'failed', 131_026));
  expect(await lineOf(id)).toBe('FAILED 1 WHATSAPP_131026');
  const scope = await scopeNow();
  const events = await scope.db.rows<{ status: string }>(
    `SELECT payload->>'status' AS status FROM engine_event
     WHERE tenant_id = $1 AND type = 'NOTIFICATION_ENDED' ORDER BY seq`,
    [scope.tenantId],
  );
  expect(events.map((event) => event.status)).toEqual(['SENT', 'FAILED']);
});

test('webhooks: Meta’s question is answered, forged and foreign ones look alike', async () => {
  const ask = async (token: string, to = slug) => {
    const query = new URLSearchParams({
      'hub.mode': 'subscribe',
      'hub.verify_token': token,
      'hub.challenge': '1158',
    });
    const answer = await fetch(server.url.replace('/graphql', `/webhooks/whatsapp/${to}?${query}`));
    return `${answer.status} ${await answer.text()}`;
  };
  expect(await ask(meta.verifyToken)).toBe('200 1158');
  const refused = '403 The webhook was not accepted.';
  expect([await ask('guess'), await ask(meta.verifyToken, 'nobody')]).toEqual([refused, refused]);
  expect(await post(inbound(), (signature) => signature.replace(/.$/, (c) => (c === '0' ? '1' : '0')))).toBe(
    403,
  );
  expect(await post(inbound(), () => '')).toBe(403);
  expect(await contact()).toBeUndefined();
  // A channel whose secrets can no longer be read holds up no other.
  const unreadable = await addChannel({});
  const { db } = await scopeNow();
  await db.run(`UPDATE alert_channel SET sealed = 'v1.broken' WHERE id = $1`, [unreadable]);
  expect([await ask(meta.verifyToken), await ask('guess')]).toEqual(['200 1158', refused]);
  expect(await post(inbound())).toBe(200);
  expect((await client.run(WhatsappContactsDocument)).whatsappWebhookUrl).toBe(
    server.url.replace('/graphql', `/webhooks/whatsapp/${slug}`),
  );
});

test('who wrote and never agreed is forgotten after 30 days', async () => {
  await post(inbound());
  await optIn('491519999999');
  const scope = await scopeNow();
  const prune = (days: number) => {
    const later = scopeAt(scope, new Date(now.getTime() + days * 86_400_000));
    return later.db.tx((tx) => pruneContacts(later, tx));
  };
  expect([await prune(29), await prune(31)]).toEqual([0, 1]);
  expect((await client.run(WhatsappContactsDocument)).whatsappContacts.map(({ phone }) => phone)).toEqual([
    '491519999999',
  ]);
});
