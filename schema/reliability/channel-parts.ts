import type { BreakerState, ChannelKind, ReportPace } from '../../src/reliability/channels/index.ts';
import { builder } from '../builder.ts';

export const AlertChannelKindEnum = builder.enumType('AlertChannelKind', {
  description: 'How a channel is spoken to.',
  values: {
    SLACK: { description: 'An incoming webhook of Slack, or of anything that speaks like it.' },
    TELEGRAM: { description: 'A Telegram bot that writes to one chat.' },
    SMTP: { description: 'E-mail through an SMTP server.' },
    RESEND: { description: 'E-mail through Resend.' },
    WHATSAPP: { description: 'WhatsApp through Meta’s Cloud API.' },
    WEBHOOK: { description: 'Signed JSON to an address of your own.' },
    NOTION: { description: 'Pages in a Notion database, one per report.' },
  } satisfies Record<ChannelKind, { description: string }>,
});

export const ReportPaceEnum = builder.enumType('ReportPace', {
  description: 'Which reports a channel gets.',
  values: {
    DAILY: { description: 'Those of whole days and longer.' },
    CYCLE: { description: 'Those of single cycles too.' },
  } satisfies Record<ReportPace, { description: string }>,
});

export const BreakerStateEnum = builder.enumType('CircuitBreakerState', {
  description: 'Whether a channel is tried at all.',
  values: {
    CLOSED: { description: 'All is well.' },
    OPEN: { description: 'Five attempts in a row have failed: messages wait until openUntil.' },
    HALF_OPEN: { description: 'The next message is let through to see.' },
  } satisfies Record<BreakerState, { description: string }>,
});

const secret = (of: string) => `${of} Sealed; never shown again.`;

const SlackInput = builder.inputType('SlackChannelInput', {
  description: 'An incoming webhook.',
  fields: (t) => ({ url: t.string({ description: secret('https://hooks.slack.com/services/….') }) }),
});

const TelegramInput = builder.inputType('TelegramChannelInput', {
  description: 'A bot and the chat that it writes to; a new channel needs both.',
  fields: (t) => ({
    botToken: t.string({ description: secret('What @BotFather gave, such as 123456789:AA….') }),
    chatId: t.string({ description: 'A number (negative for groups) or @channelname.' }),
  }),
});

const SmtpInput = builder.inputType('SmtpChannelInput', {
  description: 'An SMTP server.',
  fields: (t) => ({
    url: t.string({
      description: secret(
        'smtps://user:password@host:465, or smtp://…:587 with STARTTLS (required with a user unless ?tls=optional).',
      ),
    }),
    to: t.stringList({ description: 'Who gets the mail; up to 20 addresses.' }),
    from: t.string({ description: 'Who it comes from, e.g. Alerts <alerts@example.com>.' }),
  }),
});

const ResendInput = builder.inputType('ResendChannelInput', {
  description: 'An account at Resend.',
  fields: (t) => ({
    apiKey: t.string({ description: secret('re_….') }),
    to: t.stringList({ description: 'Who gets the mail; up to 20 addresses.' }),
    from: t.string({ description: 'Who it comes from; its domain must be verified at Resend.' }),
  }),
});

const WhatsappInput = builder.inputType('WhatsappChannelInput', {
  description:
    'A business phone number, and who is written to from it. They must have agreed: recordWhatsappOptIn.',
  fields: (t) => ({
    token: t.string({ description: secret('Access token with whatsapp_business_messaging.') }),
    appSecret: t.string({ description: secret('The app’s secret: webhooks are verified with it.') }),
    verifyToken: t.string({ description: secret('What you enter at Meta as the webhook’s verify token.') }),
    phoneNumberId: t.string({ description: 'Id of the sending number.' }),
    to: t.string({ description: 'Who is written to, with country code: +4915112345678.' }),
    template: t.string({
      description: 'Approved template with one body parameter, for messages outside the 24 h window.',
    }),
    language: t.string({ description: 'The template’s language. Default en_US.' }),
  }),
});

const WebhookInput = builder.inputType('WebhookChannelInput', {
  description: 'An address of your own that takes signed JSON; see docs/alerts.md for the verification.',
  fields: (t) => ({
    url: t.string({ description: secret('Where to; https, on installations that tenants share.') }),
    signingSecret: t.string({ description: secret('16 to 200 visible characters.') }),
  }),
});

const NotionInput = builder.inputType('NotionChannelInput', {
  description: 'An internal integration that the database is shared with.',
  fields: (t) => ({
    token: t.string({ description: secret('ntn_….') }),
    databaseId: t.string({ description: '32 hex digits from the database’s link.' }),
  }),
});

export const ChannelSettingsInput = builder.inputType('ChannelSettingsInput', {
  description: 'Exactly one kind. Of a change only what is given counts; null takes an optional part away.',
  isOneOf: true,
  fields: (t) => ({
    slack: t.field({ type: SlackInput, description: 'For SLACK.' }),
    telegram: t.field({ type: TelegramInput, description: 'For TELEGRAM.' }),
    smtp: t.field({ type: SmtpInput, description: 'For SMTP.' }),
    resend: t.field({ type: ResendInput, description: 'For RESEND.' }),
    whatsapp: t.field({ type: WhatsappInput, description: 'For WHATSAPP.' }),
    webhook: t.field({ type: WebhookInput, description: 'For WEBHOOK.' }),
    notion: t.field({ type: NotionInput, description: 'For NOTION.' }),
  }),
});
