import { createHmac, timingSafeEqual } from 'node:crypto';
import { isUuid } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import { WebhookRefused } from '../../platform/outbound/payments/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { blockContact, digitsOf, noteInbound } from './contacts.ts';
import { noteStatus } from './notifications.ts';
import { unsealed } from './open-channel.ts';
import { type ChannelRow, channelRows } from './store.ts';

/** Where Meta sends what happens on WhatsApp. */
export const WHATSAPP_PREFIX = '/webhooks/whatsapp/';

/** The address that the tenant enters at Meta. */
export const whatsappWebhookUrl = (scope: Scope): string =>
  `${scope.outbound.publicUrl()}${WHATSAPP_PREFIX}${scope.tenant.slug}`;

/** The part of the Cloud API's webhooks that is read. */
interface Change {
  readonly messages?: readonly { from?: unknown; timestamp?: unknown }[];
  readonly statuses?: readonly Status[];
}
interface Status {
  readonly status?: unknown;
  readonly recipient_id?: unknown;
  readonly biz_opaque_callback_data?: unknown;
  readonly errors?: readonly { code?: unknown }[];
}

/** Items of one webhook that are looked at; Meta sends far fewer. */
const MAX_ITEMS = 1_000;
const CAPPED = 131_049;

const isEqual = (a: string, b: string): boolean => {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
};

/** Secrets of one name of all WhatsApp channels that the tenant may use. */
async function secretsOf(scope: Scope, name: 'appSecret' | 'verifyToken'): Promise<string[]> {
  const { whatsappAppSecret, whatsappVerifyToken } = scope.outbound.channels;
  const shared = name === 'appSecret' ? whatsappAppSecret : whatsappVerifyToken;
  const rows = (await channelRows(scope.db, scope.tenantId)).filter(
    (row) => row.kind === 'WHATSAPP' && row.sealed !== null,
  );
  return [shared, ...rows.map((row) => readable(scope, row)[name])].filter((secret) => secret !== undefined);
}

/** A channel whose secrets can no longer be read (the pepper has changed) verifies nothing, and holds up no other. */
function readable(scope: Scope, row: ChannelRow): Record<string, string> {
  try {
    return unsealed(scope, row);
  } catch {
    return {};
  }
}

/** Meta's question whether the address is ours: the challenge to answer with. Throws WebhookRefused. */
export async function answerWhatsapp(scope: Scope, query: URLSearchParams): Promise<string> {
  const token = query.get('hub.verify_token') ?? '';
  const challenge = query.get('hub.challenge') ?? '';
  const isOurs = (await secretsOf(scope, 'verifyToken')).some((secret) => isEqual(secret, token));
  if (query.get('hub.mode') !== 'subscribe' || !isOurs || !/^[\w-]{1,200}$/.test(challenge)) {
    throw new WebhookRefused();
  }
  return challenge;
}

/**
 * Takes a webhook of the Cloud API, verified over the bytes as sent: customers' messages open the window of free text,
 * statuses are noted on the notification that they are about. Any order, any number of times. Throws WebhookRefused.
 */
export async function takeWhatsapp(scope: Scope, body: Buffer, signature: string | undefined): Promise<void> {
  const given = /^sha256=([0-9a-f]{64})$/.exec(signature ?? '')?.[1];
  // Before anything is read: the address is public.
  if (given === undefined) throw new WebhookRefused();
  const isSigned = (await secretsOf(scope, 'appSecret')).some((secret) =>
    isEqual(createHmac('sha256', secret).update(body).digest('hex'), given),
  );
  if (!isSigned) throw new WebhookRefused();
  const changes = changesIn(body);
  const messages = changes.flatMap((change) => change.messages ?? []).slice(0, MAX_ITEMS);
  const statuses = changes.flatMap((change) => change.statuses ?? []).slice(0, MAX_ITEMS);
  await scope.db.tx(async (tx) => {
    for (const [phone, at] of latestOf(scope, messages)) await noteInbound(tx, scope.tenantId, phone, at);
    for (const status of statuses) await takeStatus(scope, tx, status);
  });
}

function changesIn(body: Buffer): Change[] {
  try {
    const { entry } = JSON.parse(body.toString('utf8')) as { entry?: { changes?: { value?: Change }[] }[] };
    return (entry ?? []).flatMap(({ changes }) => changes ?? []).flatMap(({ value }) => value ?? []);
  } catch {
    throw new WebhookRefused();
  }
}

/** The last message of each number; never later than now, because the window of free text is counted from it. */
function latestOf(
  scope: Scope,
  messages: readonly { from?: unknown; timestamp?: unknown }[],
): [string, Date][] {
  const latest = new Map<string, number>();
  for (const { from, timestamp } of messages) {
    const phone = digitsOf(String(from ?? ''));
    const at = Math.min(Number(timestamp) * 1_000, scope.now.getTime());
    if (phone.length < 7 || phone.length > 15 || !(at > 0)) continue;
    latest.set(phone, Math.max(latest.get(phone) ?? 0, at));
  }
  // By number, so that two webhooks at once lock in the same order.
  return [...latest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([phone, at]) => [phone, new Date(at)]);
}

async function takeStatus(scope: Scope, tx: Tx, status: Status): Promise<void> {
  const id = String(status.biz_opaque_callback_data ?? '');
  const word = String(status.status ?? '');
  if (!isUuid(id) || !/^(delivered|read|failed)$/.test(word)) return;
  const code = Number(status.errors?.[0]?.code);
  if (word === 'failed' && code === CAPPED) {
    await blockContact(scope, tx, digitsOf(String(status.recipient_id ?? '')));
  }
  const reason =
    word === 'failed' ? `WHATSAPP_${Number.isInteger(code) ? code : 'FAILED'}` : word.toUpperCase();
  await noteStatus(scope, tx, id, { isFailed: word === 'failed', reason });
}
