import Big from 'big.js';

/** A figure of the ledger and how old it is; null when its source has never said anything. */
export interface Figure {
  readonly amountMinor: bigint;
  readonly asOf: Date;
  /** More than 26 h old. */
  readonly isStale: boolean;
}

/** What the view is made of, in one currency, over the last 30 days. */
export interface LedgerFigures {
  readonly revenue: Figure | null;
  readonly openaiCost: Figure | null;
  readonly infraCost: Figure | null;
  /** Sum of unpaid conversions. */
  readonly unpaidConversions: bigint;
}

/** The profitability view of the Phase 6.4 document (spec m.2). Minor units. */
export interface Profitability {
  readonly partnerPayoutsMinor: bigint;
  /** Null when a figure is missing: a missing figure is not zero. */
  readonly totalCostsMinor: bigint | null;
  readonly netMinor: bigint | null;
  /** One decimal place; null when revenue is 0 or not known. */
  readonly marginPct: number | null;
  readonly missing: readonly ('revenue' | 'openaiCost' | 'infraCost')[];
}

/** Partners are owed this share of what they brought. */
export const PAYOUT_SHARE = '0.2';

/** revenue − AI − infrastructure − partner payouts, and the margin (spec m.2). Pure. */
export function profitability(figures: LedgerFigures): Profitability {
  const missing = (['revenue', 'openaiCost', 'infraCost'] as const).filter((name) => figures[name] === null);
  const partnerPayoutsMinor = halfUp(new Big(figures.unpaidConversions).times(PAYOUT_SHARE));
  const { revenue, openaiCost, infraCost } = figures;
  const totalCostsMinor =
    openaiCost && infraCost ? openaiCost.amountMinor + infraCost.amountMinor + partnerPayoutsMinor : null;
  const netMinor = revenue && totalCostsMinor !== null ? revenue.amountMinor - totalCostsMinor : null;
  const marginPct =
    revenue && netMinor !== null && revenue.amountMinor !== 0n
      ? new Big(netMinor).div(revenue.amountMinor).times(100).round(1, Big.roundHalfUp).toNumber()
      : null;
  return { partnerPayoutsMinor, totalCostsMinor, netMinor, marginPct, missing };
}

const halfUp = (value: Big): bigint => BigInt(value.round(0, Big.roundHalfUp).toFixed());
