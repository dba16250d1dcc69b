import type { Config } from './config.ts';
import type { ChannelEnvironment } from './platform/outbound/channels/types.ts';

/** Paths are put behind it. */
const withoutSlash = (base: string | undefined): string | undefined => base?.replace(/\/+$/, '');

/** The channels of the environment, as the rest of the program knows them (spec n.1, q). */
export const channelEnvironment = (config: Config): ChannelEnvironment => ({
  slackWebhookUrl: config.SLACK_WEBHOOK_URL,
  telegramBotToken: config.TELEGRAM_BOT_TOKEN,
  telegramChatId: config.TELEGRAM_CHAT_ID,
  resendApiKey: config.RESEND_API_KEY,
  receivingEmail: config.RECEIVING_EMAIL,
  sendingEmail: config.SENDING_EMAIL,
  smtpUrl: config.SMTP_URL,
  notionToken: config.NOTION_TOKEN,
  notionDatabaseId: config.NOTION_DATABASE_ID,
  whatsappToken: config.WHATSAPP_TOKEN,
  whatsappPhoneId: config.WHATSAPP_PHONE_ID,
  whatsappAppSecret: config.WHATSAPP_APP_SECRET,
  whatsappVerifyToken: config.WHATSAPP_VERIFY_TOKEN,
  whatsappRecipient: config.WHATSAPP_RECIPIENT,
  whatsappTemplate: config.WHATSAPP_TEMPLATE,
  telegramApiBase: withoutSlash(config.TELEGRAM_API_BASE),
  resendApiBase: withoutSlash(config.RESEND_API_BASE),
  whatsappApiBase: withoutSlash(config.WHATSAPP_API_BASE),
  notionApiBase: withoutSlash(config.NOTION_API_BASE),
});
