import { OutboundAmbiguous, OutboundDelayed, OutboundRefused } from '../errors.ts';
import type { OutboundHttp } from '../http.ts';
import { failureOf, isOk, objectIn } from './codes.ts';

export interface WhatsappTarget {
  readonly token: string;
  readonly phoneNumberId: string;
  readonly base?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Free text, or an approved template with the text as its one body parameter. */
export type WhatsappContent =
  | { readonly text: string }
  | { readonly template: string; readonly language: string; readonly parameter: string };

/** The customer has had enough messages for now (error 131049): nothing may be sent for 24 h. */
export class WhatsappCapped extends OutboundRefused {}

const CAPPED = 131_049;
/** Asked to slow down, whatever the status says. */
const SLOW_DOWN = new Set([4, 80_007, 130_429, 131_048, 131_056]);
const TEXT_CHARACTERS = 4_096;
const PARAMETER_CHARACTERS = 1_024;

/** Cuts without splitting a character. */
const cut = (text: string, size: number): string => {
  const characters = [...text];
  return characters.length <= size ? text : `${characters.slice(0, size - 1).join('')}…`;
};

/** Sends one message; `id` comes back with its delivery webhooks. The Cloud API knows no idempotency. */
export async function sendWhatsapp(
  http: OutboundHttp,
  target: WhatsappTarget,
  { id, to, content }: { id: string; to: string; content: WhatsappContent },
): Promise<void> {
  const { token, phoneNumberId, base = 'https://graph.facebook.com/v23.0', timeoutMs } = target;
  const answer = await http.call(`${base}/${encodeURIComponent(phoneNumberId)}/messages`, {
    ...{ method: 'POST', timeoutMs, isTrusted: true },
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({
      ...{ messaging_product: 'whatsapp', recipient_type: 'individual', to, biz_opaque_callback_data: id },
      ...bodyOf(content),
    }),
  });
  const said = objectIn(answer.body);
  if (isOk(answer.status)) {
    if (Array.isArray(said.messages) && said.messages.length > 0) return;
    throw new OutboundAmbiguous('WHATSAPP_UNREADABLE');
  }
  const code = (said.error as { code?: unknown } | undefined)?.code;
  if (code === CAPPED) throw new WhatsappCapped(`WHATSAPP_${CAPPED}`);
  if (typeof code === 'number' && SLOW_DOWN.has(code)) throw new OutboundDelayed(`WHATSAPP_${code}`);
  throw failureOf('WHATSAPP', answer, typeof code === 'number' ? String(code) : undefined);
}

function bodyOf(content: WhatsappContent): object {
  if ('text' in content) {
    return { type: 'text', text: { preview_url: false, body: cut(content.text, TEXT_CHARACTERS) } };
  }
  // Parameters may hold no line breaks, tabs or runs of spaces.
  const text = cut(content.parameter.replace(/\s+/g, ' ').trim(), PARAMETER_CHARACTERS);
  const components = [{ type: 'body', parameters: [{ type: 'text', text }] }];
  return {
    type: 'template',
    template: { name: content.template, language: { code: content.language }, components },
  };
}
