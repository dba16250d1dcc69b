import { takeWebhook, WEBHOOK_PREFIX } from '../delivery/charges/index.ts';
import { NotFoundError } from '../kernel/errors.ts';
import type { PlainAnswer, PlainRoute } from '../platform/http/types.ts';
import { WebhookRefused } from '../platform/outbound/payments/types.ts';
import type { Scope } from '../platform/scope.ts';

const MAX_BYTES = 512 * 1024;
const PROVIDERS = { stripe: 'STRIPE', razorpay: 'RAZORPAY' } as const;
/** Real tenants and made-up ones, forged and foreign signatures look alike from outside. */
const REFUSED = answer(400, '{"error":"The webhook was not accepted."}');
const TAKEN = answer(200, '{"received":true}');

function answer(status: number, body: string): PlainAnswer {
  return { status, type: 'application/json; charset=utf-8', body };
}

/**
 * `POST /webhooks/payments/<stripe|razorpay>/<tenant slug>`: what providers tell us. A failure of ours is a 5xx, after
 * which they send it again.
 */
export function paymentWebhookRoute(scopeOf: (slug: string) => Promise<Scope>): PlainRoute {
  return {
    prefix: WEBHOOK_PREFIX,
    maxBytes: MAX_BYTES,
    async handle({ method, rest, body, headers }) {
      if (method !== 'POST') return { ...answer(405, '{"error":"POST only."}'), headers: { allow: 'POST' } };
      const [name = '', slug = '', ...more] = rest.split('/');
      const provider = Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name as keyof typeof PROVIDERS] : null;
      if (!provider || !/^[a-z0-9-]{1,63}$/.test(slug) || more.length > 0) return REFUSED;
      try {
        await takeWebhook(await scopeOf(slug), provider, body, headers);
        return TAKEN;
      } catch (error) {
        if (error instanceof WebhookRefused || error instanceof NotFoundError) return REFUSED;
        throw error;
      }
    },
  };
}
