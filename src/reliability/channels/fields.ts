import { ValidationError } from '../../kernel/errors.ts';
import type { ChannelKind } from './channel.ts';

/** What may be given as an address when the channel is checked. */
export interface FieldContext {
  /** Whether plain http and addresses of the inner network are allowed. */
  readonly allowsPrivate: boolean;
}

/** One thing that a kind of channel is told. */
export interface Field {
  readonly name: string;
  readonly isSecret?: boolean;
  readonly isRequired?: boolean;
  readonly isList?: boolean;
  /** A sentence when the value is wrong. */
  wrong(value: string, context: FieldContext): string | null;
  /** What of a secret may be shown; by default its last four characters. */
  hint?(value: string): string;
}

const matching =
  (form: RegExp, says: string): Field['wrong'] =>
  (value) =>
    form.test(value) ? null : says;

const httpUrl: Field['wrong'] = (value, { allowsPrivate }) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isHttp = url?.protocol === 'https:' || (allowsPrivate && url?.protocol === 'http:');
  if (!url || !isHttp) return 'An address begins with https://.';
  return url.username || url.password ? 'An address holds no user and no password.' : null;
};

const smtpUrl: Field['wrong'] = (value) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (!url || !/^smtps?:$/.test(url.protocol) || !url.hostname) {
    return 'An SMTP address looks like smtps://user:password@host:465 or smtp://user:password@host:587.';
  }
  try {
    decodeURIComponent(url.username + url.password);
    return null;
  } catch {
    return 'User and password of an SMTP address are URL-encoded.';
  }
};

const hostOf = (value: string): string => new URL(value).host;
const ADDRESS = /^(?:[^<>@\r\n]{0,80}<)?[^\s<>@,;:"()]{1,64}@[A-Za-z0-9.-]{1,190}>?$/;
const address = matching(ADDRESS, 'An e-mail address looks like ops@example.com or Ops <ops@example.com>.');
const TOKEN = /^[\x21-\x7e]{8,500}$/;
const token = matching(TOKEN, 'A token has 8 to 500 visible characters.');
const phone = matching(
  /^\+?[1-9]\d{6,14}$/,
  'A phone number has its country code and digits only: +4915112345678.',
);

const MAIL: readonly Field[] = [
  { name: 'to', isRequired: true, isList: true, wrong: address },
  { name: 'from', isRequired: true, wrong: address },
];

/** Everything that each kind may and must be told. */
export const FIELDS: Record<ChannelKind, readonly Field[]> = {
  SLACK: [{ name: 'url', isSecret: true, isRequired: true, wrong: httpUrl }],
  TELEGRAM: [
    {
      name: 'botToken',
      isSecret: true,
      isRequired: true,
      wrong: matching(/^\d{5,20}:[\w-]{20,80}$/, 'A bot token looks like 123456789:AA….'),
    },
    {
      name: 'chatId',
      isRequired: true,
      wrong: matching(
        /^(-?\d{1,20}|@\w{4,32})$/,
        'A chat id is a number such as -1001234567890, or @channelname.',
      ),
    },
  ],
  SMTP: [{ name: 'url', isSecret: true, isRequired: true, wrong: smtpUrl, hint: hostOf }, ...MAIL],
  RESEND: [{ name: 'apiKey', isSecret: true, isRequired: true, wrong: token }, ...MAIL],
  WEBHOOK: [
    { name: 'url', isSecret: true, isRequired: true, wrong: httpUrl, hint: hostOf },
    {
      name: 'signingSecret',
      isSecret: true,
      isRequired: true,
      wrong: matching(/^[\x21-\x7e]{16,200}$/, 'A signing secret has 16 to 200 visible characters.'),
    },
  ],
  NOTION: [
    { name: 'token', isSecret: true, isRequired: true, wrong: token },
    {
      name: 'databaseId',
      isRequired: true,
      wrong: matching(
        /^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/,
        'A database id has 32 hex digits.',
      ),
    },
  ],
  WHATSAPP: [
    { name: 'token', isSecret: true, isRequired: true, wrong: token },
    { name: 'appSecret', isSecret: true, wrong: token },
    { name: 'verifyToken', isSecret: true, wrong: token },
    {
      name: 'phoneNumberId',
      isRequired: true,
      wrong: matching(/^\d{5,30}$/, 'A phone number id has digits only.'),
    },
    { name: 'to', isRequired: true, wrong: phone },
    {
      name: 'template',
      wrong: matching(/^[a-z0-9_]{1,512}$/, 'A template’s name has small letters, digits and underscores.'),
    },
    { name: 'language', wrong: matching(/^[a-z]{2,3}(_[A-Z]{2,4})?$/, 'A language looks like en or en_US.') },
  ],
};

/** What is kept of a channel: what may be seen, and what is sealed. */
export interface ChannelParts {
  readonly settings: Record<string, string | string[]>;
  readonly secrets: Record<string, string>;
}

const MAX_LIST = 20;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
export const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * The parts with what was given put in; null takes away. Throws ValidationError naming the field, e.g.
 * `telegram.chatId`, for what is wrong or missing.
 */
export function withGiven(
  kind: ChannelKind,
  before: ChannelParts,
  given: Readonly<Record<string, unknown>>,
  context: FieldContext,
): ChannelParts {
  const settings = { ...before.settings };
  const secrets = { ...before.secrets };
  for (const field of FIELDS[kind]) {
    const path = `${kind.toLowerCase()}.${field.name}`;
    const into: Record<string, string | string[]> = field.isSecret ? secrets : settings;
    const value = given[field.name];
    if (value !== undefined) {
      const checked = value === null ? null : checkedValue(field, path, value, context);
      if (checked === null) delete into[field.name];
      else into[field.name] = checked;
    }
    if (field.isRequired && into[field.name] === undefined) {
      throw new ValidationError(path, `A ${kind} channel needs ${field.name}.`);
    }
  }
  return { settings, secrets };
}

function checkedValue(
  field: Field,
  path: string,
  value: unknown,
  context: FieldContext,
): string | string[] | null {
  const texts = (Array.isArray(value) ? value : [value]).map((text) => String(text).trim()).filter(Boolean);
  if (texts.length === 0) return null;
  if (texts.length > (field.isList ? MAX_LIST : 1)) {
    throw new ValidationError(path, field.isList ? `At most ${MAX_LIST}.` : 'One value only.');
  }
  for (const text of texts) {
    const isPlain = text.length <= 2_000 && text.isWellFormed() && !CONTROL.test(text);
    const says = isPlain
      ? field.wrong(text, context)
      : 'At most 2,000 characters, and no control characters.';
    if (says) throw new ValidationError(path, says);
  }
  return field.isList ? texts : (texts[0] as string);
}

const HINT_FROM = 12;

/** What may be shown of each secret: its last four characters, or where it leads; short ones show nothing. */
export function hintsOf(kind: ChannelKind, secrets: Record<string, string>): Record<string, string> {
  const hints: Record<string, string> = {};
  for (const field of FIELDS[kind]) {
    const secret = secrets[field.name];
    if (!field.isSecret || secret === undefined) continue;
    hints[field.name] = field.hint?.(secret) ?? (secret.length >= HINT_FROM ? `…${secret.slice(-4)}` : '…');
  }
  return hints;
}
