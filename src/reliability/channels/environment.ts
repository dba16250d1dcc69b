import { uuidFrom } from '../../kernel/ids.ts';
import type { ChannelEnvironment } from '../../platform/outbound/channels/types.ts';
import type { ChannelKind } from './channel.ts';
import { type ChannelParts, FIELDS } from './fields.ts';

const PREFIX = 'env:';

/** Channels that the environment may give; a webhook needs a secret of its own, so there is none. */
export const SHARED_KINDS = ['SLACK', 'TELEGRAM', 'SMTP', 'RESEND', 'WHATSAPP', 'NOTION'] as const;
export type SharedKind = (typeof SHARED_KINDS)[number];

export const sharedId = (kind: SharedKind): string => `${PREFIX}${kind.toLowerCase()}`;

/** The kind of a channel of the environment by its id; null for any other id. */
export function sharedKindOf(id: string): SharedKind | null {
  if (!id.startsWith(PREFIX)) return null;
  const kind = id.slice(PREFIX.length).toUpperCase();
  return SHARED_KINDS.find((known) => known === kind) ?? null;
}

/** The row in which a tenant keeps what it knows of a channel; those of the environment have one per tenant too. */
export const rowIdOf = (tenantId: string, id: string): string =>
  id.startsWith(PREFIX) ? uuidFrom(tenantId, 'channel', id) : id;

export const SHARED_NAMES: Record<SharedKind, string> = {
  SLACK: 'Slack',
  TELEGRAM: 'Telegram',
  SMTP: 'E-mail (SMTP)',
  RESEND: 'E-mail (Resend)',
  WHATSAPP: 'WhatsApp',
  NOTION: 'Notion',
};

/** Where reports go unless a tenant says otherwise: places that people read at leisure. */
export const getsReportsByDefault = (kind: ChannelKind): boolean =>
  kind === 'NOTION' || kind === 'SLACK' || kind === 'SMTP' || kind === 'RESEND';

const listed = (text: string | undefined): string[] | undefined =>
  text
    ?.split(',')
    .map((one) => one.trim())
    .filter(Boolean);

/** What the environment says about a kind of channel; null when a part that it needs is missing (spec n.1: both or none). */
export function sharedParts(environment: ChannelEnvironment, kind: SharedKind): ChannelParts | null {
  const given = givenParts(environment)[kind];
  const isWhole = FIELDS[kind].every(({ name, isRequired }) => !isRequired || given[name] !== undefined);
  if (!isWhole) return null;
  const parts: ChannelParts = { settings: {}, secrets: {} };
  for (const { name, isSecret } of FIELDS[kind]) {
    const value = given[name];
    if (value === undefined) continue;
    if (isSecret) parts.secrets[name] = String(value);
    else parts.settings[name] = value;
  }
  return parts;
}

function givenParts(
  e: ChannelEnvironment,
): Record<SharedKind, Record<string, string | string[] | undefined>> {
  const to = listed(e.receivingEmail);
  const [template, language] = e.whatsappTemplate?.split(':') ?? [];
  return {
    SLACK: { url: e.slackWebhookUrl },
    TELEGRAM: { botToken: e.telegramBotToken, chatId: e.telegramChatId },
    SMTP: { url: e.smtpUrl, to, from: e.sendingEmail ?? to?.[0] },
    // Resend's own address may write to the account's owner without a domain.
    RESEND: { apiKey: e.resendApiKey, to, from: e.sendingEmail ?? 'Revenue engine <onboarding@resend.dev>' },
    WHATSAPP: {
      ...{ token: e.whatsappToken, appSecret: e.whatsappAppSecret, verifyToken: e.whatsappVerifyToken },
      ...{ phoneNumberId: e.whatsappPhoneId, to: e.whatsappRecipient, template, language },
    },
    NOTION: { token: e.notionToken, databaseId: e.notionDatabaseId },
  };
}
