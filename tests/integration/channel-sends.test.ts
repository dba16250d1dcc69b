import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  breakerOf,
  deleteChannel,
  drainSends,
  listChannels,
  queueMessages,
  runSends,
  sharedId,
} from '../../src/reliability/channels/index.ts';
import {
  FakeResend,
  FakeSlack,
  FakeSmtp,
  FakeTelegram,
  SilentSmtp,
  WebhookReceiver,
} from '../kit/channel-servers.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { Alerted, NOW } from './channel-kit.ts';

let database: OpenTestDatabase;
let slack: FakeSlack;
let telegram: FakeTelegram;
let resend: FakeResend;
let smtp: FakeSmtp;
let silent: SilentSmtp;
let receiver: WebhookReceiver;
let shop: Alerted;

beforeAll(async () => {
  database = await testDatabase();
  [slack, telegram, resend, smtp, silent, receiver] = await Promise.all([
    new FakeSlack().start(),
    new FakeTelegram().start(),
    new FakeResend().start(),
    new FakeSmtp().start(),
    new SilentSmtp().start(),
    new WebhookReceiver().start(),
  ]);
});
beforeEach(async () => {
  shop = await Alerted.open(database, { telegramApiBase: telegram.url, resendApiBase: resend.url });
});
afterAll(async () => {
  await Promise.all([slack, telegram, resend, smtp, silent, receiver].map((server) => server.stop()));
  await database.close();
});

const mail = { to: ['ops@example.com'], from: 'Alerts <alerts@example.com>' };
const useSlack = () => shop.channel('SLACK', { url: slack.webhookUrl });
const useTelegram = (chatId: string) => shop.channel('TELEGRAM', { botToken: telegram.token, chatId });

test('Slack answers 500, 500, 200: sent with the third attempt, 2 s and 10 s later', async () => {
  const channel = await useSlack();
  slack.faults = [{ status: 500 }, { status: 500 }];
  const id = await shop.say(channel, 'a < b & c > d');
  await shop.run();
  expect(await shop.outcome(id)).toBe('QUEUED 1 SLACK_500');
  expect(await shop.dueIn(channel)).toBe(2);
  await shop.wait(2).run();
  expect(await shop.dueIn(channel)).toBe(10);
  await shop.wait(9).run();
  expect(await shop.outcome(id)).toBe('QUEUED 2 SLACK_500');
  await shop.wait(1).run();
  expect(await shop.outcome(id)).toBe('SENT 3');
  expect(slack.texts.at(-1)).toBe('[CRITICAL] a &lt; b &amp; c &gt; d');
  const [ended, ...more] = await shop.events('NOTIFICATION_ENDED');
  expect(ended?.payload).toMatchObject({
    notificationId: id,
    channelKind: 'SLACK',
    status: 'SENT',
    attempts: 3,
  });
  expect(more).toEqual([]);
});

test('429 with Retry-After 2: the second attempt comes 2 s later, or later when the server asks for more', async () => {
  const channel = await useSlack();
  slack.faults = [
    { status: 429, retryAfter: 2 },
    { status: 429, retryAfter: 120 },
  ];
  const id = await shop.say(channel);
  await shop.run();
  expect([await shop.outcome(id), await shop.dueIn(channel)]).toEqual(['QUEUED 1 SLACK_429', 2]);
  const calls = slack.calls.length;
  await shop.wait(1.999).run();
  expect(slack.calls.length).toBe(calls);
  await shop.wait(0.001).run();
  expect([await shop.outcome(id), await shop.dueIn(channel)]).toEqual(['QUEUED 2 SLACK_429', 120]);
  await shop.wait(120).run();
  expect(await shop.outcome(id)).toBe('SENT 3');
});

test('a Slack address that answers 404 is FAILED at once, with Slack’s own word and without the address', async () => {
  const channel = await shop.channel('SLACK', { url: `${slack.url}/services/gone` });
  const id = await shop.say(channel);
  await shop.run();
  expect(await shop.outcome(id)).toBe('FAILED 1 SLACK_404_no_service');
  expect(await shop.dueIn(channel)).toBeNull();
});

test.each([
  ['hang', 'TIMEOUT'],
  ['drip', 'TIMEOUT'],
  ['reset', 'ECONNRESET'],
] as const)('a server that does %s is tried three times, then the message is DEAD', async (fault, reason) => {
  shop = await Alerted.open(database, { timeoutMs: 150 });
  const channel = await useSlack();
  slack.faults = [fault, fault, fault];
  const id = await shop.say(channel);
  await shop.run();
  await shop.wait(2).run();
  expect(await shop.outcome(id)).toBe(`QUEUED 2 ${reason}`);
  await shop.wait(10).run();
  expect(await shop.outcome(id)).toBe(`DEAD 3 ${reason}`);
  expect((await shop.events('NOTIFICATION_ENDED'))[0]?.payload).toMatchObject({
    status: 'DEAD',
    attempts: 3,
    reason,
  });
});

test('an SMTP server that accepts and says nothing holds up no other channel', async () => {
  shop = await Alerted.open(database, { emailTimeoutMs: 150 });
  const hung = await shop.channel('SMTP', { url: silent.url, ...mail });
  const fine = await useSlack();
  const [late, quick] = [await shop.say(hung), await shop.say(fine)];
  await shop.run();
  expect(await shop.outcome(late)).toBe('QUEUED 1 TIMEOUT');
  expect(await shop.outcome(quick)).toBe('SENT 1');
  await shop.wait(2).run();
  await shop.wait(10).run();
  expect(await shop.outcome(late)).toBe('DEAD 3 TIMEOUT');
  expect([silent.connections, silent.open]).toEqual([3, 0]);
});

test('a visit does not wait for a server that hangs: what comes meanwhile is sent by the next one', async () => {
  shop = await Alerted.open(database, { emailTimeoutMs: 1_000 });
  const late = await shop.say(await shop.channel('SMTP', { url: silent.url, ...mail }));
  await runSends(shop.scope, { patienceMs: 50 });
  const quick = await shop.say(await useSlack());
  await shop.run();
  expect(await shop.outcome(quick)).toBe('SENT 1');
  await drainSends(60_000);
  expect(await shop.outcome(late)).toBe('QUEUED 1 TIMEOUT');
});

test('e-mail by SMTP: the same Message-ID for every attempt, one line of subject', async () => {
  const channel = await shop.channel('SMTP', { url: smtp.url, ...mail });
  smtp.refusals = [{ code: 451, message: 'later' }];
  const id = await shop.say(channel, `Line one\nline two ${'x'.repeat(200)}`);
  await shop.run();
  expect(await shop.outcome(id)).toBe('QUEUED 1 SMTP_451');
  await shop.wait(2).run();
  expect(await shop.outcome(id)).toBe('SENT 2');
  const sent = smtp.mails.at(-1) ?? '';
  expect(sent).toContain(`Message-ID: <${id}.0@example.com>`);
  const subject = /^Subject: (.*)\r$/m.exec(sent.replace(/\r\n[ \t]+/g, ''))?.[1] ?? '';
  expect(subject).toMatch(/^\[CRITICAL\] Line one ?line two ?x{88}\.\.\.$/);
  smtp.refusals = [{ code: 550, message: 'no such user' }];
  const refused = await shop.say(channel);
  await shop.run();
  expect(await shop.outcome(refused)).toBe('FAILED 1 SMTP_550');
});

test('e-mail: words of an alert make no header, and a receiver whom the server refuses is named in numbers', async () => {
  const channel = await shop.channel('SMTP', {
    url: smtp.url,
    ...mail,
    to: [...mail.to, 'gone@example.com'],
  });
  const id = await shop.say(channel, 'Down\r\nBcc: evil@example.com\r\n\r\nBody\u2028of\u0085ours');
  await shop.run();
  expect(await shop.outcome(id)).toBe('SENT 1');
  const headers = (smtp.mails.at(-1) ?? '').split('\r\n\r\n')[0] ?? '';
  expect(headers).toContain('Subject: ');
  expect(headers).not.toMatch(/^(Bcc|Body)/im);
  smtp.unknown = ['gone@example.com'];
  const partly = await shop.say(channel);
  await shop.run();
  expect(await shop.outcome(partly)).toBe('SENT 1 SMTP_REJECTED_1_OF_2');
  smtp.unknown.push(...mail.to);
  const wholly = await shop.say(channel);
  await shop.run();
  expect(await shop.outcome(wholly)).toBe('FAILED 1 SMTP_550');
  smtp.unknown = [];
});

test('a password goes over an encrypted connection only, to a server that proves who it is', async () => {
  const bare = smtp.url.replace('?tls=optional', '');
  const plain = await shop.say(await shop.channel('SMTP', { url: bare, ...mail }));
  const forged = await new FakeSmtp().start({ isEncrypted: true });
  const selfSigned = forged.url.replace('?tls=optional', '');
  const unproven = await shop.say(await shop.channel('SMTP', { url: selfSigned, ...mail }));
  const before = smtp.mails.length;
  await shop.run();
  expect(await shop.outcome(plain)).toMatch(/^(QUEUED|FAILED) 1 SMTP_/);
  expect(await shop.outcome(unproven)).toMatch(/^QUEUED 1 SMTP_E/);
  expect([smtp.mails.length, forged.logins, forged.mails.length]).toEqual([before, 0, 0]);
  await forged.stop();
});

test('a deleted channel ends what waits for it', async () => {
  const channel = await useSlack();
  const waiting = await shop.say(channel);
  await deleteChannel(shop.scope, { id: channel });
  expect(await shop.run()).toBe(0);
  expect(await shop.outcome(waiting)).toBe('FAILED 0 CHANNEL_GONE');
  expect((await shop.events('NOTIFICATION_ENDED'))[0]?.payload).toMatchObject({
    ...{ notificationId: waiting, status: 'FAILED', reason: 'CHANNEL_GONE' },
  });
});

test('e-mail by Resend: an answer that was lost is asked for again with the same key', async () => {
  const channel = await shop.channel('RESEND', { apiKey: resend.apiKey, ...mail });
  resend.faults = [
    'malformed',
    { status: 429, retryAfter: 3, body: { statusCode: 429, name: 'rate_limit_exceeded' } },
  ];
  const id = await shop.say(channel);
  await shop.run();
  expect(await shop.outcome(id)).toBe('QUEUED 1 RESEND_CONNECTION');
  await shop.wait(2).run();
  expect(await shop.outcome(id)).toBe('QUEUED 2 RESEND_429_rate_limit_exceeded');
  await shop.wait(10).run();
  expect(await shop.outcome(id)).toBe('SENT 3');
  expect([...resend.mails.keys()]).toEqual([`${id}.0`]);
  expect(resend.mails.get(`${id}.0`)).toMatchObject({ to: mail.to, subject: '[CRITICAL] Payments are down' });
  // A proxy in between says 429 in its own words.
  resend.faults = [{ status: 429, retryAfter: 9 }];
  const slowed = await shop.say(channel);
  await shop.run();
  expect(await shop.outcome(slowed)).toBe('QUEUED 1 RESEND_UNREADABLE');
  expect(await shop.dueIn(channel)).toBe(9);
  const wrong = await shop.channel('RESEND', { apiKey: 're_another_key_0000', ...mail });
  const refused = await shop.say(wrong);
  await shop.run();
  expect(await shop.outcome(refused)).toBe('FAILED 1 RESEND_401_invalid_api_key');
});

test('Telegram: 4,096 characters a message, one a second; a group gets one in three seconds', async () => {
  const channel = await useTelegram('42');
  const lines = Array.from({ length: 200 }, (_, n) => `line ${n} ${'y'.repeat(40)}`).join('\n');
  const before = telegram.messages.length;
  const id = await shop.say(channel, 'Long', { message: { text: lines } });
  await shop.run();
  expect(await shop.outcome(id)).toBe('QUEUED 1');
  expect(await shop.dueIn(channel)).toBe(1);
  await shop.wait(1).run();
  await shop.wait(1).run();
  expect(await shop.outcome(id)).toBe('SENT 3');
  const sent = telegram.messages.slice(before).map(({ text }) => text);
  expect(sent.join('\n')).toBe(`[CRITICAL] Long\n${lines}`);
  expect(sent.every((text) => text.length <= 4_096)).toBe(true);
  const group = await useTelegram('-1001');
  await shop.say(group);
  await shop.say(group, 'Second');
  await shop.run();
  expect(await shop.dueIn(group)).toBe(3);
});

test('Telegram says in its body how long to wait; a wrong chat is refused with its word', async () => {
  const channel = await useTelegram('42');
  telegram.faults = [{ status: 429, body: { ok: false, error_code: 429, parameters: { retry_after: 35 } } }];
  const id = await shop.say(channel);
  await shop.run();
  expect([await shop.outcome(id), await shop.dueIn(channel)]).toEqual(['QUEUED 1 TELEGRAM_429', 35]);
  const unknown = await shop.say(await useTelegram('99'));
  await shop.run();
  expect(await shop.outcome(unknown)).toBe('FAILED 1 TELEGRAM_400_Bad Request: chat not found');
});

test('webhooks are signed over timestamp and body, and carry the same Idempotency-Key each time', async () => {
  const channel = await shop.channel('WEBHOOK', {
    url: `${receiver.url}/hook?key=x`,
    signingSecret: receiver.secret,
  });
  receiver.faults = [{ status: 502 }];
  const id = await shop.say(channel);
  await shop.run();
  await shop.wait(2).run();
  expect(await shop.outcome(id)).toBe('SENT 2');
  expect([...receiver.taken.keys()]).toEqual([id]);
  expect(receiver.taken.get(id)).toMatchObject({
    ...{ id, type: 'alert.firing', level: 'critical', title: 'Payments are down', facts: { orders: 3 } },
    ...{ tenant: shop.scope.tenant.slug, at: '2026-11-20T12:00:02.000Z' },
  });
  expect(receiver.calls.map((call) => call.headers['idempotency-key'])).toEqual([id, id]);
  // The documented verification, as it stands in the documentation.
  const [, sample = ''] = /```js\n([\s\S]*?)```/.exec(readFileSync('docs/alerts.md', 'utf8')) ?? [];
  const { isOurs } = await import(
    `data:text/javascript,${encodeURIComponent(`${sample}export { isOurs };`)}`
  );
  const { headers, text } = receiver.calls.at(-1) ?? { headers: {}, text: '' };
  const verified = (secret: string, body = text, age = 1e9) =>
    isOurs(headers, Buffer.from(body), secret, age);
  expect([verified(receiver.secret), verified('another'), verified(receiver.secret, `${text} `)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(verified(receiver.secret, text, 1)).toBe(false);
});

test('five failures in a row open the circuit for 60 s: messages wait, then one goes first', async () => {
  const channel = await useSlack();
  slack.faults = Array.from({ length: 5 }, () => ({ status: 500 }));
  const first = await shop.say(channel);
  const second = await shop.say(channel, 'Second');
  const health = async () => {
    const view = (await listChannels(shop.scope)).find(({ id }) => id === channel);
    return view && `${breakerOf(view, shop.scope.now)} ${view.failures} ${view.lastError}`;
  };
  for (const seconds of [0, 2, 10, 0, 2]) await shop.wait(seconds).run();
  expect(await shop.outcome(first)).toBe('DEAD 3 SLACK_500');
  expect(await shop.outcome(second)).toBe('QUEUED 2 SLACK_500');
  expect(await health()).toBe('OPEN 5 SLACK_500');
  expect(await shop.dueIn(channel)).toBe(60);
  const third = await shop.say(channel, 'Third');
  const calls = slack.calls.length;
  await shop.wait(59).run();
  expect(slack.calls.length).toBe(calls);
  shop.wait(1);
  expect(await health()).toBe('HALF_OPEN 5 SLACK_500');
  await shop.run();
  expect([await shop.outcome(second), await shop.outcome(third)]).toEqual(['SENT 3', 'QUEUED 0']);
  expect(await health()).toBe('CLOSED 0 null');
  await shop.wait(1).run();
  expect(await shop.outcome(third)).toBe('SENT 1');
});

test('messages that the open circuit holds back use up no attempts; a failed probe opens it again', async () => {
  const channel = await useSlack();
  slack.faults = Array.from({ length: 6 }, () => ({ status: 500 }));
  await shop.say(channel);
  const second = await shop.say(channel, 'Second');
  for (const seconds of [0, 2, 10, 0, 2, 60]) await shop.wait(seconds).run();
  expect(await shop.outcome(second)).toBe('DEAD 3 SLACK_500');
  const third = await shop.say(channel, 'Third');
  for (let at = 0; at < 5; at++) await shop.wait(5).run();
  expect(await shop.outcome(third)).toBe('QUEUED 0');
  await shop.wait(35).run();
  expect(await shop.outcome(third)).toBe('SENT 1');
});

test('only TELEGRAM_BOT_TOKEN set: Telegram is SKIPPED_NOT_CONFIGURED, with its event and no effect', async () => {
  shop = await Alerted.open(database, { telegramBotToken: telegram.token });
  const id = await shop.say(sharedId('TELEGRAM'));
  expect(await shop.outcome(id)).toBe('SKIPPED_NOT_CONFIGURED 0 NOT_CONFIGURED');
  expect(await shop.dueIn(sharedId('TELEGRAM'))).toBeNull();
  expect((await shop.events('NOTIFICATION_ENDED'))[0]?.payload).toMatchObject({
    status: 'SKIPPED_NOT_CONFIGURED',
  });
});

test('channels of the environment belong to every tenant, keep one pace, and show nothing of the operator’s', async () => {
  shop = await Alerted.open(database, {
    slackWebhookUrl: slack.webhookUrl,
    receivingEmail: 'boss@example.com',
  });
  const id = sharedId('SLACK');
  const sent = await shop.say(id);
  const waiting = await shop.say(id, 'Second');
  await shop.run();
  expect([await shop.outcome(sent), await shop.outcome(waiting)]).toEqual(['SENT 1', 'QUEUED 0']);
  const views = await listChannels(shop.scope);
  expect(views.map((view) => `${view.id} ${view.isConfigured}`)).toEqual([
    ...['env:slack true', 'env:telegram false', 'env:smtp false', 'env:resend false'],
    ...['env:whatsapp false', 'env:notion false'],
  ]);
  expect(views[0]).toMatchObject({ isShared: true, settings: {}, hints: {}, lastSentAt: NOW, failures: 0 });
});

test('on an installation that tenants share no channel of theirs reaches the inner network', async () => {
  const shared = { slackWebhookUrl: slack.webhookUrl };
  shop = await Alerted.open(database, shared, { allowPrivateAddresses: false });
  await expect(useSlack()).rejects.toMatchObject({ field: 'slack.url' });
  const inner = [
    await shop.channel('SLACK', { url: 'https://localhost:1/x' }),
    await shop.channel('WEBHOOK', { url: 'https://169.254.169.254/', signingSecret: receiver.secret }),
    await shop.channel('SMTP', { url: smtp.url, ...mail }),
    await shop.channel('SMTP', { url: 'smtp://localhost', ...mail }),
  ];
  const before = smtp.logins;
  const told = await Promise.all([...inner, sharedId('SLACK')].map((channel) => shop.say(channel)));
  await shop.run();
  expect(await Promise.all(told.map((id) => shop.outcome(id)))).toEqual([
    ...inner.map(() => 'FAILED 1 ADDRESS_REFUSED'),
    // The operator's own address is the operator's business.
    'SENT 1',
  ]);
  expect(smtp.logins).toBe(before);
});

test('text that the database would not take is sent without what is wrong with it', async () => {
  const channel = await useSlack();
  const id = await shop.say(channel, 'half \ud83d and \u0000 nothing');
  await shop.run();
  expect([await shop.outcome(id), slack.texts.at(-1)]).toEqual([
    'SENT 1',
    '[CRITICAL] half \ufffd and  nothing',
  ]);
});

test('the same step twice is one message; a channel that is gone or disabled says so', async () => {
  const channel = await useSlack();
  const one = { channelId: channel, purpose: 'FIRING' as const, step: 'same' };
  const message = { title: 'Once', text: '', level: null, facts: {} };
  for (const _ of [1, 2]) {
    await shop.scope.db.tx((tx) => queueMessages(shop.scope, tx, [{ ...one, message }]));
  }
  const before = slack.texts.length;
  await shop.run();
  await shop.wait(1).run();
  expect(slack.texts.slice(before)).toEqual(['Once']);
  const gone = await shop.say('0190a000-0000-7000-8000-000000000000');
  expect(await shop.outcome(gone)).toBe('SKIPPED_NOT_CONFIGURED 0 CHANNEL_GONE');
});

test('a process that dies between sending and noting it: the message is sent again, not lost', async () => {
  const channel = await useSlack();
  const id = await shop.say(channel, 'Twice');
  const before = slack.texts.length;
  await shop.run();
  // As it would be found: claimed, sent, never ended, its lease run out.
  await shop.scope.db.run(
    `UPDATE effect SET status = 'SENDING', settled_at = NULL, lease_until = clock_timestamp() - interval '1 second'
     WHERE tenant_id = $1 AND subject = $2`,
    [shop.scope.tenantId, `channel:${channel}`],
  );
  await shop.scope.db.run(
    `UPDATE alert_notification SET status = 'QUEUED', attempts = 0, ended_at = NULL WHERE tenant_id = $1 AND id = $2`,
    [shop.scope.tenantId, id],
  );
  await shop.wait(60).run();
  expect(slack.texts.slice(before)).toEqual(['[CRITICAL] Twice', '[CRITICAL] Twice']);
  expect(await shop.outcome(id)).toBe('SENT 1');
});
