export { COST_CATEGORIES, type Cost, type CostCategory } from './fact.ts';
export { type LedgerView, profitabilityLedger } from './ledger-view.ts';
export { type Payout, payConversions } from './pay-conversions.ts';
export { type Figure, profitability } from './profitability.ts';
export {
  costTotals,
  type DailyCost,
  dailyCosts,
  hasFacts,
  revenueTotals,
  unpaidConversions,
} from './read.ts';
export { recordConversions, recordCosts } from './record-facts.ts';
