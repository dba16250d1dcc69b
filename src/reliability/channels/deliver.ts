import { type Mail, subjectOf as subjectLine } from '../../platform/outbound/channels/mail.ts';
import { sendResend } from '../../platform/outbound/channels/resend.ts';
import { sendSlack } from '../../platform/outbound/channels/slack.ts';
import { sendSmtp } from '../../platform/outbound/channels/smtp.ts';
import { sendTelegram } from '../../platform/outbound/channels/telegram.ts';
import { sendWebhook } from '../../platform/outbound/channels/webhook.ts';
import { OutboundRefused } from '../../platform/outbound/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { headline } from './layout.ts';
import type { OpenChannel } from './open-channel.ts';
import type { SendPayload } from './payload.ts';
import { deliverWhatsapp } from './whatsapp.ts';

/**
 * One attempt at one part; gives back what the channel has to say about a part that it took, as a machine code. Throws
 * our three kinds of failure.
 */
export async function deliver(
  scope: Scope,
  channel: OpenChannel,
  payload: SendPayload,
): Promise<string | null> {
  if (channel.kind === 'SMTP') {
    const target = { url: String(channel.secrets.url ?? ''), isTrusted: isTrustedOf(scope, channel) };
    return sendSmtp(
      { ...target, timeoutMs: scope.outbound.channels.emailTimeoutMs },
      mailOf(channel, payload),
    );
  }
  await send(scope, channel, payload);
  return null;
}

const isTrustedOf = (scope: Scope, { isShared }: OpenChannel): boolean =>
  isShared || scope.outbound.http.allowsPrivate;

const mailOf = ({ settings }: OpenChannel, { notificationId, part, text, message }: SendPayload): Mail => ({
  ...{ id: `${notificationId}.${part}`, from: String(settings.from ?? ''), text },
  ...{ to: [settings.to ?? []].flat(), subject: subjectLine(headline(message)) },
});

async function send(scope: Scope, channel: OpenChannel, payload: SendPayload): Promise<void> {
  const { http, channels } = scope.outbound;
  const { settings, secrets } = channel;
  const { timeoutMs, emailTimeoutMs } = channels;
  const isTrusted = isTrustedOf(scope, channel);
  const text = (from: Record<string, string | string[]>, name: string) => String(from[name] ?? '');
  switch (channel.kind) {
    case 'SLACK':
      return sendSlack(http, { url: text(secrets, 'url'), isTrusted, timeoutMs }, payload.text);
    case 'TELEGRAM':
      return sendTelegram(
        http,
        {
          ...{ botToken: text(secrets, 'botToken'), chatId: text(settings, 'chatId'), timeoutMs },
          base: channels.telegramApiBase,
        },
        payload.text,
      );
    case 'RESEND':
      return sendResend(
        { apiKey: text(secrets, 'apiKey'), base: channels.resendApiBase, timeoutMs: emailTimeoutMs },
        mailOf(channel, payload),
      );
    case 'WHATSAPP':
      return deliverWhatsapp(scope, channel, payload);
    case 'WEBHOOK': {
      const target = { url: text(secrets, 'url'), signingSecret: text(secrets, 'signingSecret') };
      await sendWebhook(http, { ...target, isTrusted, timeoutMs }, signed(scope, payload));
      return;
    }
    default:
      throw new OutboundRefused('NOTION_TAKES_PAGES');
  }
}

/** What a webhook is told; documented in docs/alerts.md. */
const signed = (scope: Scope, { notificationId, purpose, message, alertIds, text }: SendPayload) => ({
  id: notificationId,
  at: scope.now,
  body: {
    id: notificationId,
    type: `alert.${purpose.toLowerCase()}`,
    tenant: scope.tenant.slug,
    at: scope.now.toISOString(),
    level: message.level,
    title: message.title,
    text,
    alertIds,
    reportKey: message.reportKey ?? null,
    facts: message.facts,
  },
});
