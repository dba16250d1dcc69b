import { COST_NAMESPACE, getKvMany, type KvEntry } from '../../control/kv/index.ts';
import { STALE_AFTER_MS } from '../../growth/pricing/index.ts';
import { isCurrency } from '../../kernel/currencies.ts';
import { ValidationError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { type Figure, type LedgerFigures, type Profitability, profitability } from './profitability.ts';
import { unpaidConversions } from './read.ts';

/** The 30-day profitability ledger in one currency. */
export interface LedgerView extends Profitability {
  readonly currency: string;
  readonly figures: LedgerFigures;
  /** True when one of the figures is more than 26 h old. */
  readonly isStale: boolean;
}

const KEYS = {
  revenue: 'stripe_revenue_30d',
  openaiCost: 'openai_cost_30d',
  infraCost: 'infra_cost_30d',
} as const;

/**
 * Revenue, costs, payouts and margin of the last 30 days (spec m.2), from the figures that the hourly sync keeps under
 * `cost/…`. A figure that knows nothing in the currency asked for is missing: nothing is converted.
 */
export async function profitabilityLedger(
  scope: Scope,
  currency: string = scope.tenant.reportingCurrency,
): Promise<LedgerView> {
  if (!isCurrency(currency)) {
    throw new ValidationError('currency', `"${currency}" is not an ISO 4217 code such as USD.`);
  }
  const found = await getKvMany(scope.db, scope, COST_NAMESPACE, Object.values(KEYS));
  const figureOf = (key: string) => figure(scope, found.get(key), currency);
  const revenue = figureOf(KEYS.revenue);
  const openaiCost = figureOf(KEYS.openaiCost);
  const infraCost = figureOf(KEYS.infraCost);
  const unpaid = (await unpaidConversions(scope.db, scope)).find((sum) => sum.currency === currency);
  const figures = { revenue, openaiCost, infraCost, unpaidConversions: unpaid?.amountMinor ?? 0n };
  const isStale = [revenue, openaiCost, infraCost].some((one) => one?.isStale === true);
  return { ...profitability(figures), currency, figures, isStale };
}

function figure(scope: Scope, entry: KvEntry | undefined, currency: string): Figure | null {
  const value = entry?.value as SyncedFigure | undefined;
  const sum = value && [value, ...(value.others ?? [])].find((one) => one.currency === currency);
  if (!sum) return null;
  const asOf = new Date(value.asOf);
  const isStale = scope.now.getTime() - asOf.getTime() > STALE_AFTER_MS;
  return { amountMinor: BigInt(sum.amountMinor), asOf, isStale };
}

interface SumIn {
  readonly amountMinor: string;
  readonly currency: string;
}

/** A figure as the sync leaves it: sums in other currencies stand beside that in the reporting currency. */
interface SyncedFigure extends SumIn {
  readonly asOf: string;
  readonly others?: readonly SumIn[];
}
