import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  AlertChannelsDocument,
  CreateAlertChannelDocument,
  type CreateAlertChannelInput,
  CreateApiKeyDocument,
  DeleteAlertChannelDocument,
  TestChannelDocument,
  UpdateAlertChannelDocument,
} from '../../operations/generated/graphql.ts';
import { createScope, SYSTEM_ACTOR } from '../../src/platform/scope.ts';
import { queueMessages, runSends } from '../../src/reliability/channels/index.ts';
import { FakeSlack, FakeTelegram } from '../kit/channel-servers.ts';
import { type Client, startServer, type TestServer } from '../kit/server.ts';
import { PATIENT } from './alert-kit.ts';

let server: TestServer;
let slack: FakeSlack;
let telegram: FakeTelegram;
let client: Client;
let slug: string;
let count = 0;
let now = new Date('2026-11-20T12:00:00Z');

beforeAll(async () => {
  slack = await new FakeSlack().start();
  telegram = await new FakeTelegram().start();
  server = await startServer({
    clock: () => now,
    channels: { timeoutMs: 300, telegramApiBase: telegram.url, slackWebhookUrl: slack.webhookUrl },
  });
});
beforeEach(async () => {
  slug = `channels-${++count}`;
  await server.createTenant({ slug });
  client = server.client(undefined, slug);
});
afterAll(async () => {
  await server.stop();
  await Promise.all([slack.stop(), telegram.stop()]);
});

const wait = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1_000);
};

async function create(
  settings: CreateAlertChannelInput['settings'],
  more: Partial<CreateAlertChannelInput> = {},
) {
  const input = { name: 'On call', settings, ...more };
  return (await client.run(CreateAlertChannelDocument, { input })).createAlertChannel;
}

async function created(
  settings: CreateAlertChannelInput['settings'],
  more: Partial<CreateAlertChannelInput> = {},
) {
  const answer = await create(settings, more);
  if (answer.__typename !== 'AlertChannelPayload') throw new Error(JSON.stringify(answer));
  return answer.channel;
}

test('a channel is made, tried, changed and removed; its secrets are never shown', async () => {
  const channel = await created({ slack: { url: slack.webhookUrl } });
  expect(channel).toMatchObject({
    ...{ kind: 'SLACK', isConfigured: true, isShared: false, settings: {}, breaker: 'CLOSED', version: 1 },
    secrets: [{ name: 'url', hint: '…Tail' }],
  });
  const { testChannel } = await client.run(TestChannelDocument, { input: { id: channel.id } });
  expect(testChannel).toMatchObject({ status: 'SENT', reason: null });
  expect(slack.texts.at(-1)).toBe(
    'Test message\nThis is a test of the channel "On call", asked for by platform-admin.',
  );
  const { updateAlertChannel } = await client.run(UpdateAlertChannelDocument, {
    input: {
      id: channel.id,
      name: 'Off call',
      expectedVersion: 1,
      settings: { slack: { url: `${slack.url}/gone/0000` } },
    },
  });
  expect(updateAlertChannel).toMatchObject({
    channel: { name: 'Off call', version: 2, lastSentAt: now.toISOString(), secrets: [{ hint: '…0000' }] },
  });
  const input = { id: channel.id, expectedVersion: 1 };
  expect((await client.run(DeleteAlertChannelDocument, { input })).deleteAlertChannel).toMatchObject({
    code: 'VERSION_CONFLICT',
  });
  const { deleteAlertChannel } = await client.run(DeleteAlertChannelDocument, { input: { id: channel.id } });
  expect(deleteAlertChannel).toMatchObject({ deletedKey: channel.key });
  const { alertChannels } = await client.run(AlertChannelsDocument);
  expect(alertChannels.map((one) => one.key)).toEqual([
    ...['env:slack', 'env:telegram', 'env:smtp', 'env:resend', 'env:whatsapp', 'env:notion'],
  ]);
});

test.each<[string, CreateAlertChannelInput['settings'], string[]]>([
  [
    'a token without a chat',
    { telegram: { botToken: '123456789:AAtelegramSecretTokenOfTheBot' } },
    ['telegram', 'chatId'],
  ],
  ['a chat without a token', { telegram: { chatId: '42' } }, ['telegram', 'botToken']],
  ['a token that is none', { telegram: { botToken: 'x', chatId: '42' } }, ['telegram', 'botToken']],
  ['an address that is no URL', { slack: { url: 'hooks.slack.com' } }, ['slack', 'url']],
  [
    'a password in an address',
    { webhook: { url: 'https://a:b@x.example', signingSecret: 'x'.repeat(16) } },
    ['webhook', 'url'],
  ],
  [
    'a short signing secret',
    { webhook: { url: 'https://x.example', signingSecret: 'short' } },
    ['webhook', 'signingSecret'],
  ],
  ['SMTP over http', { smtp: { url: 'http://x', to: ['a@b.c'], from: 'a@b.c' } }, ['smtp', 'url']],
  [
    'a line break in a sender',
    { smtp: { url: 'smtp://x', to: ['a@b.c'], from: 'x\r\nBcc: y <a@b.c>' } },
    ['smtp', 'from'],
  ],
  ['nobody to write to', { resend: { apiKey: 're_12345678', to: [], from: 'a@b.c' } }, ['resend', 'to']],
  [
    'a database that is none',
    { notion: { token: 'ntn_12345678', databaseId: 'x' } },
    ['notion', 'databaseId'],
  ],
  [
    'a phone without country code',
    { whatsapp: { token: 'EAA12345678', phoneNumberId: '123456', to: '0151' } },
    ['whatsapp', 'to'],
  ],
])('%s is refused by the name of its field', async (_what, settings, path) => {
  expect(await create(settings)).toMatchObject({ __typename: 'InvalidInput', path });
});

test('the same key makes one channel; a channel keeps its kind', async () => {
  const settings = { telegram: { botToken: telegram.token, chatId: '42' } };
  const [first, again] = [
    await created(settings, { idempotencyKey: 'one' }),
    await created(settings, { idempotencyKey: 'one' }),
  ];
  expect(again.id).toBe(first.id);
  expect(first).toMatchObject({ settings: { chatId: '42' }, secrets: [{ name: 'botToken', hint: '…eBot' }] });
  const input = { id: first.id, settings: { slack: { url: slack.webhookUrl } } };
  expect((await client.run(UpdateAlertChannelDocument, { input })).updateAlertChannel).toMatchObject({
    path: ['settings'],
  });
});

test('a test that fails says why; the next one is allowed after 5 s and closes the breaker', async () => {
  const channel = await created({ slack: { url: slack.webhookUrl } });
  slack.faults = ['hang'];
  const { testChannel: late } = await client.run(TestChannelDocument, {
    input: { id: channel.id },
  });
  expect(late).toMatchObject({ status: 'QUEUED', reason: 'TIMEOUT' });
  if (late.__typename === 'TestChannelPayload') expect(late.latencyMs).toBeGreaterThanOrEqual(300);
  expect((await client.run(TestChannelDocument, { input: { id: channel.id } })).testChannel).toMatchObject({
    code: 'RATE_LIMITED',
  });
  wait(5);
  // Behind the first test, which goes again before it.
  const { testChannel } = await client.run(TestChannelDocument, { input: { id: channel.id } });
  expect(testChannel).toMatchObject({ status: 'SENT' });
  const { alertChannels } = await client.run(AlertChannelsDocument);
  expect(alertChannels.at(-1)).toMatchObject({ failures: 0, lastError: null, breaker: 'CLOSED' });
});

test('a tenant can do without a channel of the environment, and nobody else notices', async () => {
  const { alertChannels } = await client.run(AlertChannelsDocument);
  const id = alertChannels[0]?.id ?? '';
  const input = { id, isEnabled: false };
  const { updateAlertChannel } = await client.run(UpdateAlertChannelDocument, { input });
  expect(updateAlertChannel).toMatchObject({ channel: { key: 'env:slack', isEnabled: false, version: 1 } });
  expect((await client.run(TestChannelDocument, { input: { id } })).testChannel).toMatchObject({
    ...{ status: 'SKIPPED_NOT_CONFIGURED', reason: 'CHANNEL_DISABLED' },
  });
  expect(
    (await client.run(UpdateAlertChannelDocument, { input: { id, name: 'Mine' } })).updateAlertChannel,
  ).toMatchObject({ path: ['id'] });
  await server.createTenant({ slug: `${slug}-other` });
  const other = await server.client(undefined, `${slug}-other`).run(AlertChannelsDocument);
  expect(other.alertChannels[0]).toMatchObject({
    key: 'env:slack',
    isEnabled: true,
    settings: {},
    secrets: [],
  });
});

test('only an administrator changes channels', async () => {
  const { createApiKey } = await client.run(CreateApiKeyDocument, {
    input: { name: 'op', scopes: ['OPERATOR'] },
  });
  if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error();
  const operator = server.client(createApiKey.value);
  const input = { name: 'x', settings: { slack: { url: slack.webhookUrl } } };
  expect((await operator.ask(CreateAlertChannelDocument, { input })).errors?.[0]?.extensions.code).toBe(
    'FORBIDDEN',
  );
  expect((await operator.run(AlertChannelsDocument)).alertChannels[0]?.key).toBe('env:slack');
});

test('no secret of any channel is in a log line, an error, an event, the audit trail or any table but sealed', async () => {
  const secrets = {
    slack: `${slack.url}/services/T/B/redactedSlackSecret01`,
    telegram: '987654321:AAredactedTelegramSecret0001',
    smtp: 'redactedSmtpSecret01',
    resend: 're_redactedResendSecret01',
    whatsapp: 'EAAredactedWhatsappSecret01',
    webhook: 'redactedWebhookSecret01',
    notion: 'ntn_redactedNotionSecret01',
  };
  const closed = 'http://127.0.0.1:1';
  const mail = { to: ['a@b.example'], from: 'a@b.example' };
  const channels = [
    await created({ slack: { url: secrets.slack } }),
    await created({ telegram: { botToken: secrets.telegram, chatId: '42' } }),
    await created({ smtp: { url: `smtp://u:${secrets.smtp}@127.0.0.1:1`, ...mail } }),
    await created({ resend: { apiKey: secrets.resend, ...mail } }),
    await created({ whatsapp: { token: secrets.whatsapp, phoneNumberId: '123456', to: '+491511234567' } }),
    await created({
      webhook: { url: `${closed}/hook?token=${secrets.webhook}`, signingSecret: secrets.webhook },
    }),
    await created({ notion: { token: secrets.notion, databaseId: 'a'.repeat(32) } }),
  ];
  const lines: unknown[] = [];
  const record = (...args: unknown[]) => lines.push(args);
  const log = { warn: record, error: record, info: record, debug: record } as never;
  const real = await server.app.tenantScope(slug);
  const outbound = {
    ...real.outbound,
    channels: {
      ...real.outbound.channels,
      resendApiBase: closed,
      whatsappApiBase: closed,
      notionApiBase: closed,
    },
  };
  const source = { ...server.app.source, log, outbound };
  const message = { title: 'Down', text: 'Down', level: 'error' as const, facts: {} };
  const at = (seconds: number) =>
    createScope(source, real.tenant, SYSTEM_ACTOR, new Date(now.getTime() + seconds * 1_000));
  await at(0).db.tx((tx) =>
    queueMessages(
      at(0),
      tx,
      channels.map(({ key }) => ({ channelId: key, purpose: 'FIRING', message, step: 'one' })),
    ),
  );
  for (const seconds of [0, 2, 12]) await runSends(at(seconds), PATIENT);
  const outcomes = await real.db.rows<{ line: string }>(
    `SELECT channel_kind || ' ' || status || ' ' || reason AS line FROM alert_notification WHERE tenant_id = $1 ORDER BY 1`,
    [real.tenantId],
  );
  expect(outcomes.map(({ line }) => line)).toEqual([
    'NOTION QUEUED ECONNREFUSED',
    'RESEND DEAD RESEND_CONNECTION',
    'SLACK FAILED SLACK_404_no_service',
    'SMTP DEAD SMTP_ECONNREFUSED',
    'TELEGRAM FAILED TELEGRAM_401_Unauthorized',
    'WEBHOOK DEAD ECONNREFUSED',
    'WHATSAPP FAILED WHATSAPP_NOT_OPTED_IN',
  ]);
  expect(lines.length).toBeGreaterThan(10);
  const tables = [
    'alert_channel',
    'alert_notification',
    'effect',
    'audit_entry',
    'engine_event',
    'idempotency_record',
  ];
  const rows = await Promise.all(
    tables.map((table) => real.db.rows(`SELECT * FROM ${table} WHERE tenant_id = $1`, [real.tenantId])),
  );
  const seen = JSON.stringify([lines, rows, await client.run(AlertChannelsDocument)], (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  for (const secret of Object.values(secrets)) expect(seen).not.toContain(secret.slice(-16));
  expect(seen).toContain('channel.create');
});
