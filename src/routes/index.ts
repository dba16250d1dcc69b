import { DatabaseAway } from '../platform/db/away.ts';
import type { PlainRoute } from '../platform/http/types.ts';
import { notice } from './html.ts';
import { offerLinkRoute } from './offer-link.ts';
import type { RouteParts } from './parts.ts';
import { payPageRoute } from './pay-page.ts';
import { paymentWebhookRoute } from './payment-webhook.ts';
import { whatsappWebhookRoute } from './whatsapp-webhook.ts';

export { offerPageUrl } from './offer-link.ts';
export type { RouteParts } from './parts.ts';

/** Everything that answers without GraphQL: pages for customers and webhooks of providers. */
export function createRoutes(parts: RouteParts): PlainRoute[] {
  const scopeOf = (slugOrId: string) => parts.scopeOf(slugOrId);
  return [
    pageWhileAway(offerLinkRoute(parts)),
    pageWhileAway(payPageRoute(scopeOf)),
    paymentWebhookRoute(scopeOf),
    whatsappWebhookRoute(scopeOf),
  ];
}

const AWAY = () =>
  notice(503, 'One moment please', 'This page cannot be shown right now. Please load it again in a minute.', {
    'retry-after': '60',
  });

/** People are told in a page what programs are told in JSON. */
const pageWhileAway = (route: PlainRoute): PlainRoute => ({
  ...route,
  async handle(request) {
    try {
      return await route.handle(request);
    } catch (error) {
      if (error instanceof DatabaseAway) return AWAY();
      throw error;
    }
  },
});
