import type { OrderRow } from '../../src/commerce/orders/index.ts';
import type { Offer } from '../../src/delivery/offers/index.ts';
import type { Opportunity } from '../../src/delivery/opportunities/index.ts';
import { builder } from '../builder.ts';

/** An opportunity, perhaps read together with what a list joined to it. */
export type OpportunityView = Opportunity & { order?: OrderRow | null; liveOffer?: Offer | null };

// Opportunities and offers name each other, so both names exist before either is described.
export const OpportunityType = builder.objectRef<OpportunityView>('Opportunity');
export const OfferType = builder.objectRef<Offer>('Offer');
