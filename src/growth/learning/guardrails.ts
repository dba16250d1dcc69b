import { formatMoney, money } from '../../kernel/money.ts';
import type { Reason } from '../../kernel/reason.ts';

/** Limits of spec d.4. A rate counts once at least three cases make it up: fewer are chance. */
const MAX_COMPLAINTS = 0.02;
const MAX_REFUNDS = 0.05;
const MIN_MARGIN = 1.3;
const MIN_CASES = 3;

interface Watched {
  readonly priceMinor: string;
  readonly offers: number;
  readonly conversions: number;
  readonly refunds: number;
  readonly complaints: number;
}

/**
 * Why an arm must stop at once, or null (spec d.4): complaints above 2 % of its offers or refunds above 5 % of its
 * conversions, three of them at least; or a price below 1.3 × the cost floor (minor units; the mean over all arms,
 * because an arm's own offers were chosen by its margin), which needs no minimum.
 */
export function guardrailOf(arm: Watched, costFloor: number, currency: string): Reason | null {
  const { offers, conversions, refunds, complaints, priceMinor } = arm;
  const pct = (part: number, whole: number): string => `${((part / whole) * 100).toFixed(1)} %`;
  if (complaints >= MIN_CASES && complaints > MAX_COMPLAINTS * offers) {
    const text = `${complaints} complaints about ${offers} offers (${pct(complaints, offers)}): more than 2 %.`;
    return { code: 'COMPLAINTS', text };
  }
  if (refunds >= MIN_CASES && refunds > MAX_REFUNDS * conversions) {
    const text = `${refunds} refunds of ${conversions} purchases (${pct(refunds, conversions)}): more than 5 %.`;
    return { code: 'REFUNDS', text };
  }
  if (Number(priceMinor) < MIN_MARGIN * costFloor) {
    const show = (minor: number): string => formatMoney(money(BigInt(Math.round(minor)), currency), 'en');
    const text = `${show(Number(priceMinor))} is less than 1.3 times the mean delivery cost of ${show(costFloor)}.`;
    return { code: 'MARGIN', text };
  }
  return null;
}
