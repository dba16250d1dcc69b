import type { PlainRoute } from '../platform/http/types.ts';
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
    offerLinkRoute(parts),
    payPageRoute(scopeOf),
    paymentWebhookRoute(scopeOf),
    whatsappWebhookRoute(scopeOf),
  ];
}
