/** What the environment says about channels: those that every tenant has, and where their servers are. */
export interface ChannelEnvironment {
  readonly slackWebhookUrl?: string | undefined;
  readonly telegramBotToken?: string | undefined;
  readonly telegramChatId?: string | undefined;
  readonly resendApiKey?: string | undefined;
  /** Who gets the e-mails of SMTP_URL and RESEND_API_KEY; several are separated by commas. */
  readonly receivingEmail?: string | undefined;
  /** Who they come from. */
  readonly sendingEmail?: string | undefined;
  readonly smtpUrl?: string | undefined;
  readonly notionToken?: string | undefined;
  readonly notionDatabaseId?: string | undefined;
  readonly whatsappToken?: string | undefined;
  readonly whatsappPhoneId?: string | undefined;
  readonly whatsappAppSecret?: string | undefined;
  readonly whatsappVerifyToken?: string | undefined;
  readonly whatsappRecipient?: string | undefined;
  /** `name` or `name:language` of an approved template with one body parameter. */
  readonly whatsappTemplate?: string | undefined;
  readonly telegramApiBase?: string | undefined;
  readonly resendApiBase?: string | undefined;
  readonly whatsappApiBase?: string | undefined;
  readonly notionApiBase?: string | undefined;
  /** Per call, to the last byte. Default 5 s. */
  readonly timeoutMs?: number | undefined;
  /** Per e-mail. Default 10 s. */
  readonly emailTimeoutMs?: number | undefined;
  /** Between two calls to Notion with one token. Default 340 ms: three a second. */
  readonly notionIntervalMs?: number | undefined;
}
