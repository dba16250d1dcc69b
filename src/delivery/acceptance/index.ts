export { type Answer, acceptOffer } from './accept-offer.ts';
export { type Cancellation, cancelOffer } from './cancel-offer.ts';
export { createOfferLink, type OfferLink } from './create-link.ts';
export { type CustomerView, customerView, VIEW_STATES, type ViewState } from './customer-view.ts';
export { declineOffer } from './decline-offer.ts';
export { type LinkClaims, readLink, signLink } from './link.ts';
