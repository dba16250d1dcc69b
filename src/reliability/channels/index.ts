export {
  CHANNEL_KINDS,
  type ChannelKind,
  type ChannelView,
  type Message,
  type OutgoingMessage,
  PURPOSES,
  type Purpose,
  type QueuedMessage,
  type Report,
  type ReportPace,
} from './channel.ts';
export {
  listContacts,
  pruneContacts,
  recordWhatsappOptIn,
  recordWhatsappOptOut,
  type WhatsappContact,
} from './contacts.ts';
export { SHARED_KINDS, sharedId } from './environment.ts';
export type { GivenSettings } from './kept.ts';
export { channelsInUse, MAIL_KINDS } from './mail-provider.ts';
export {
  type ChannelPatch,
  createChannel,
  deleteChannel,
  type NewChannel,
  updateChannel,
} from './manage.ts';
export type { NotificationStatus } from './notifications.ts';
export { queueMessages, queueReport } from './queue.ts';
export { type BreakerState, breakerOf, channelsById, channelsOf, listChannels } from './read.ts';
export { drainSends, hasOpenSends, runSends } from './run-sends.ts';
export { inspectMail, type MailTally, mailTally, switchMail } from './switch-mail.ts';
export { answerWhatsapp, takeWhatsapp, WHATSAPP_PREFIX, whatsappWebhookUrl } from './take-whatsapp.ts';
export { type ChannelTest, testChannel } from './test-channel.ts';
