export type { Fault } from './channels/faulty-server.ts';
export { FakeResend, FakeSlack, FakeTelegram, FakeWhatsapp, WebhookReceiver } from './channels/messengers.ts';
export { FakeNotion } from './channels/notion-server.ts';
export { FakeSmtp, SilentSmtp } from './channels/smtp.ts';
