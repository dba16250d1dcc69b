import { NotFoundError } from '../kernel/errors.ts';
import type { PlainAnswer, PlainRoute } from '../platform/http/types.ts';
import { WebhookRefused } from '../platform/outbound/payments/types.ts';
import type { Scope } from '../platform/scope.ts';
import { answerWhatsapp, takeWhatsapp, WHATSAPP_PREFIX } from '../reliability/channels/index.ts';

const MAX_BYTES = 3 * 1024 * 1024;
const TEXT = 'text/plain; charset=utf-8';
/** Real tenants and made-up ones, forged and foreign signatures look alike from outside. */
const REFUSED: PlainAnswer = { status: 403, type: TEXT, body: 'The webhook was not accepted.' };
const TAKEN: PlainAnswer = { status: 200, type: TEXT, body: 'OK' };
const NOT_ALLOWED: PlainAnswer = {
  status: 405,
  type: TEXT,
  body: 'GET or POST.',
  headers: { allow: 'GET, POST' },
};

/**
 * `/webhooks/whatsapp/<tenant slug>`: GET answers Meta's verification, POST takes messages and statuses. A failure of
 * ours is a 5xx, after which Meta sends it again.
 */
export function whatsappWebhookRoute(scopeOf: (slug: string) => Promise<Scope>): PlainRoute {
  return {
    prefix: WHATSAPP_PREFIX,
    maxBytes: MAX_BYTES,
    async handle({ method, rest, query, body, headers }) {
      if (method !== 'GET' && method !== 'POST') return NOT_ALLOWED;
      if (!/^[a-z0-9-]{1,63}$/.test(rest)) return REFUSED;
      try {
        const scope = await scopeOf(rest);
        if (method === 'GET') return { ...TAKEN, body: await answerWhatsapp(scope, query) };
        await takeWhatsapp(scope, body, [headers['x-hub-signature-256']].flat()[0]);
        return TAKEN;
      } catch (error) {
        if (error instanceof WebhookRefused || error instanceof NotFoundError) return REFUSED;
        throw error;
      }
    },
  };
}
