export {
  type AdaptiveInputs,
  type AdaptivePrice,
  LOAD_MODES,
  type LoadMode,
  PERF_MODES,
  type PerfMode,
} from './adaptive.ts';
export { type ApplyRequest, applyAdaptivePrice } from './apply-price.ts';
export { STALE_AFTER_MS } from './costs.ts';
export { approvePrice, type PriceApproval, rejectPrice } from './decide-price.ts';
export { PRICE_STATUSES, type Price, type PriceStatus } from './price.ts';
export { failPrice, PUBLISH, type Publication, publishPrices, settlePrice } from './publish.ts';
export { type Quote, type QuoteRequest, quoteAdaptivePrice } from './quote.ts';
export { countProposed, getPrice, listPrices, type PriceFilter, priceOf, pricesById } from './read.ts';
