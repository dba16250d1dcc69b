export type { Contribution, Counter, Deltas, Sign } from './contribution.ts';
export {
  addCart,
  addCustomer,
  addErrorEvent,
  addOrder,
  addPayment,
  type CartShape,
  type CustomerShape,
  createDeltas,
  type ErrorShape,
  type OrderShape,
  type PaymentShape,
} from './contribution.ts';
export { customerTotals, dailyRevenue, openCheckoutsBetween, sumWindow, watermarks } from './read.ts';
export { recomputeHours } from './recompute.ts';
export { applyDeltas } from './store.ts';
export type {
  CounterTotals,
  CurrencyTotals,
  CustomerTotals,
  DayRevenue,
  HourRow,
  Watermarks,
  WindowTotals,
} from './types.ts';
