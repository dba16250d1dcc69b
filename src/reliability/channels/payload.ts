import type { Message, Purpose } from './channel.ts';

/** What an effect carries: one part of one message. */
export interface SendPayload {
  readonly notificationId: string;
  readonly channelId: string;
  readonly purpose: Purpose;
  readonly message: Message;
  readonly alertIds: readonly string[];
  /** Of the message as this kind takes it; from 0. */
  readonly part: number;
  readonly parts: number;
  readonly text: string;
}
