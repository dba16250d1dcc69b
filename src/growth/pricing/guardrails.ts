import Big from 'big.js';
import { exponentOf } from '../../kernel/currencies.ts';
import { formatMoney, type Money } from '../../kernel/money.ts';
import type { Reason } from '../../kernel/reason.ts';
import { BASE } from './adaptive.ts';

/** A price moves by at most this share within 30 days (spec b.1). */
const MAX_STEP = '0.2';
/** No price is above this many times the base. */
const CEILING = '3';
/** Days between telling of an increase and charging it. */
export const NOTICE_DAYS = 30;

/** What a new price is held against. */
export interface PriceCheck {
  readonly price: Money;
  /** 1.3 × the cost that belongs to it. */
  readonly costFloor: Money;
  /** The price that was in force 30 days ago, or the first one since; null when there was none. */
  readonly reference: Money | null;
}

/** What stands against applying a price; empty when nothing does. Quoting a price is never refused (spec b.1). */
export function guardrails({ price, costFloor, reference }: PriceCheck): Reason[] {
  const amount = new Big(price.amountMinor);
  const found: Reason[] = [];
  if (price.amountMinor < costFloor.amountMinor) {
    found.push({ code: 'BELOW_COST_FLOOR', text: `It lies below the cost floor, ${show(costFloor)}.` });
  }
  const ceiling = new Big(BASE).times(CEILING).times(new Big(10).pow(exponentOf(price.currency)));
  if (amount.gt(ceiling)) {
    const most = { amountMinor: BigInt(ceiling.toFixed(0)), currency: price.currency };
    found.push({ code: 'CEILING', text: `It lies above ${CEILING} times the base price, ${show(most)}.` });
  }
  if (reference && isFar(price, reference)) {
    found.push({
      code: 'STEP',
      text: `It differs by more than 20 % from ${show(reference)}, the price of 30 days ago.`,
    });
  }
  return found;
}

function isFar(price: Money, reference: Money): boolean {
  if (price.currency !== reference.currency) return true;
  const before = new Big(reference.amountMinor);
  return new Big(price.amountMinor).minus(before).abs().gt(before.times(MAX_STEP));
}

const show = (amount: Money): string => formatMoney(amount, 'en');
