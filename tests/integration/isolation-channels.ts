import type { Scope } from '../../src/platform/scope.ts';
import { createChannel, queueMessages, recordWhatsappOptIn } from '../../src/reliability/channels/index.ts';

/** A phone number that belongs to the tenant of this marker. */
export const phoneOf = (marker: string): string =>
  `4915${[...marker].map((letter) => letter.charCodeAt(0) % 10).join('')}0000000`.slice(0, 12);

/** A channel with a secret, a message that waits for it, and a WhatsApp contact, all with the tenant's marker. */
export async function addChannels(scope: Scope, marker: string): Promise<void> {
  const { id } = await createChannel(scope, {
    ...{ name: `${marker} channel`, kind: 'TELEGRAM' },
    settings: { botToken: `123456789:${marker}-bot-token-of-the-tenant`, chatId: `@${marker}_chat` },
  });
  const message = { title: `${marker} title`, text: `${marker} text`, level: null, facts: { marker } };
  await scope.db.tx((tx) =>
    queueMessages(scope, tx, [{ channelId: id, purpose: 'FIRING', message, step: `${marker} step` }]),
  );
  await recordWhatsappOptIn(scope, { phone: phoneOf(marker), source: `${marker} form` });
}
