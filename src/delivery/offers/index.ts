export { cancelOffer, type OfferChange, offerAction } from './change-offer.ts';
export { deliveryCost, TARIFFS } from './delivery-cost.ts';
export { type ExpiryResult, expireOffers } from './expire-offers.ts';
export { type GeneratedActions, generateActions } from './generate-actions.ts';
export { generateNow } from './generate-now.ts';
export { OFFER_STATUSES, type Offer, type OfferStatus } from './offer.ts';
export { ACCEPT_PRIOR, MIN_MARGIN } from './propose.ts';
export { findLiveOffer, listOffers, type OfferFilter, offersById } from './read.ts';
export { liveOfferJoin } from './store.ts';
