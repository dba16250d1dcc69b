import { DAY_MS } from '../../kernel/time.ts';
import { sendWhatsapp, WhatsappCapped } from '../../platform/outbound/channels/whatsapp.ts';
import { OutboundRefused } from '../../platform/outbound/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { blockContact, contactOf, digitsOf } from './contacts.ts';
import type { OpenChannel } from './open-channel.ts';
import type { SendPayload } from './payload.ts';

/** Free text may be sent this long after the customer's last message (spec n.3). */
const WINDOW_MS = DAY_MS;

/**
 * One WhatsApp message: to who has agreed only, as free text inside 24 h of their last message, else with the channel's
 * template. Throws OutboundRefused (NOT_OPTED_IN, BLOCKED, NO_TEMPLATE) when none is allowed.
 */
export async function deliverWhatsapp(
  scope: Scope,
  channel: OpenChannel,
  payload: SendPayload,
): Promise<void> {
  const { settings, secrets } = channel;
  const { whatsappApiBase, timeoutMs } = scope.outbound.channels;
  const to = digitsOf(String(settings.to ?? ''));
  const contact = await contactOf(scope.db, scope.tenantId, to);
  if (!contact?.optedInAt) throw new OutboundRefused('WHATSAPP_NOT_OPTED_IN');
  if (contact.blockedUntil && contact.blockedUntil > scope.now) throw new OutboundRefused('WHATSAPP_BLOCKED');
  const isOpen =
    contact.lastInboundAt !== null && scope.now.getTime() - contact.lastInboundAt.getTime() < WINDOW_MS;
  if (!isOpen && settings.template === undefined) throw new OutboundRefused('WHATSAPP_NO_TEMPLATE');
  const content = isOpen
    ? { text: payload.text }
    : {
        template: String(settings.template),
        language: String(settings.language ?? 'en_US'),
        parameter: payload.text,
      };
  const target = { token: secrets.token ?? '', phoneNumberId: String(settings.phoneNumberId ?? '') };
  try {
    const message = { id: payload.notificationId, to, content };
    await sendWhatsapp(scope.outbound.http, { ...target, base: whatsappApiBase, timeoutMs }, message);
  } catch (error) {
    if (error instanceof WhatsappCapped) await blockContact(scope, scope.db, to);
    throw error;
  }
}
