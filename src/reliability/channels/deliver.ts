import { subjectOf as subjectLine } from '../../platform/outbound/channels/mail.ts';
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

/** One attempt at one part. Throws our three kinds of failure. */
export async function deliver(scope: Scope, channel: OpenChannel, payload: SendPayload): Promise<void> {
  const { http, channels } = scope.outbound;
  const { settings, secrets } = channel;
  const { timeoutMs, emailTimeoutMs } = channels;
  const isTrusted = channel.isShared || http.allowsPrivate;
  const text = (from: Record<string, string | string[]>, name: string) => String(from[name] ?? '');
  const mail = () => ({
    ...{ id: `${payload.notificationId}.${payload.part}`, from: text(settings, 'from'), text: payload.text },
    ...{ to: [settings.to ?? []].flat(), subject: subjectLine(headline(payload.message)) },
  });
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
    case 'SMTP':
      return sendSmtp({ url: text(secrets, 'url'), isTrusted, timeoutMs: emailTimeoutMs }, mail());
    case 'RESEND':
      return sendResend(
        { apiKey: text(secrets, 'apiKey'), base: channels.resendApiBase, timeoutMs: emailTimeoutMs },
        mail(),
      );
    case 'WHATSAPP':
      return deliverWhatsapp(scope, channel, payload);
    case 'WEBHOOK': {
      const target = { url: text(secrets, 'url'), signingSecret: text(secrets, 'signingSecret') };
      await sendWebhook(http, { ...target, isTrusted, timeoutMs }, signed(scope, payload));
      return;
    }
    case 'NOTION':
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
