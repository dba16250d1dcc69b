import Big from 'big.js';
import { type Money, money } from '../../kernel/money.ts';

export type LegKind = 'LOCAL' | 'GROUND' | 'LINEHAUL' | 'DRONE';

/** What of a leg decides its price. */
export interface LegCost {
  readonly kind: LegKind;
  /** A drone's whole trip: it has to fly home too. */
  readonly distanceKm: number;
}

/** What a leg costs in minor units: a fixed part, a part per km and a part per kg. Decimals as text. */
interface Tariff {
  readonly base: string;
  readonly perKm: string;
  readonly perKg: string;
}

/**
 * Estimated tariffs per currency and kind of leg. Conservative list prices, not quotes: a courier round in town
 * (LOCAL), a courier within the hub's coverage (GROUND), air cargo between hubs (LINEHAUL) and a drone's whole
 * trip from its site and back (DRONE). Amounts are never
 * converted (C10), so a currency without a row has no estimate and no offer.
 */
export const TARIFFS: Readonly<Record<string, Readonly<Record<LegKind, Tariff>>>> = {
  INR: {
    LOCAL: { base: '6000', perKm: '300', perKg: '1000' },
    GROUND: { base: '8000', perKm: '150', perKg: '1500' },
    LINEHAUL: { base: '30000', perKm: '6', perKg: '25000' },
    DRONE: { base: '12000', perKm: '250', perKg: '2000' },
  },
  USD: {
    LOCAL: { base: '150', perKm: '8', perKg: '25' },
    GROUND: { base: '250', perKm: '4', perKg: '40' },
    LINEHAUL: { base: '400', perKm: '0.08', perKg: '320' },
    DRONE: { base: '300', perKm: '10', perKg: '50' },
  },
  EUR: {
    LOCAL: { base: '140', perKm: '8', perKg: '25' },
    GROUND: { base: '230', perKm: '4', perKg: '40' },
    LINEHAUL: { base: '370', perKm: '0.08', perKg: '300' },
    DRONE: { base: '280', perKm: '9', perKg: '45' },
  },
  GBP: {
    LOCAL: { base: '120', perKm: '7', perKg: '20' },
    GROUND: { base: '200', perKm: '3.5', perKg: '35' },
    LINEHAUL: { base: '320', perKm: '0.07', perKg: '260' },
    DRONE: { base: '240', perKm: '8', perKg: '40' },
  },
};

/** Estimated cost of carrying `weightKg` over the legs, rounded once, HALF_UP; null without a tariff. */
export function deliveryCost(legs: readonly LegCost[], weightKg: number, currency: string): Money | null {
  const tariffs = TARIFFS[currency];
  if (!tariffs) return null;
  let sum = new Big(0);
  for (const { kind, distanceKm } of legs) {
    const { base, perKm, perKg } = tariffs[kind];
    sum = sum.plus(base).plus(new Big(perKm).times(distanceKm)).plus(new Big(perKg).times(weightKg));
  }
  return money(BigInt(sum.round(0, Big.roundHalfUp).toFixed()), currency);
}
