export { type OfferChange, offerAction } from './change-offer.ts';
export { deliveryCost, TARIFFS } from './delivery-cost.ts';
export { type ExpiryResult, expireOffers } from './expire-offers.ts';
export { legCostOf, routeRequestOf } from './find-way.ts';
export { type GeneratedActions, generateActions } from './generate-actions.ts';
export { generateNow } from './generate-now.ts';
export { moveOffer, type OfferMove } from './move-offer.ts';
export {
  ACTION_TYPE,
  checkTransition,
  LIVE_STATUSES,
  OFFER_STATUSES,
  type Offer,
  type OfferStatus,
} from './offer.ts';
export { MIN_MARGIN } from './offer-rule.ts';
export { findLiveOffer, findOfferDecision, listOffers, type OfferFilter, offersById } from './read.ts';
export { type RouteNow, requireFlag, requireRoute } from './require.ts';
export { liveOfferJoin, lockDesk, lockOffer, OFFER_COLUMNS } from './store.ts';
