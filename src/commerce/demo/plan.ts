import { addMs, DAY_MS, HOUR_MS } from '../../kernel/time.ts';
import { HISTORY_PAYMENTS, LIVE_PAYMENTS } from './settlement.ts';
import type { Pace } from './visit.ts';

/** The system that demo facts come from. */
export const DEMO_SOURCE = 'demo-shop';
export const DEMO_SEED = 20_261_120;

export const COUNTS = {
  days: 60,
  customers: 3_000,
  orders: 12_000,
  items: 400,
  abandonedCarts: 2_000,
} as const;

/** The story of the sixty days: how demand moves beside its daily and weekly rhythm, and how payments go. */
export interface Plan extends Pace {
  readonly startMs: number;
  readonly endMs: number;
  /** Demand relative to the best moment of the period, 0..1. */
  readonly season: (at: number) => number;
}

/** Demand grows by a fifth over the period … */
const GROWTH = 0.2;
/** … and is slack on the last day, whose evening also sees the card acquirer decline more than it used to. */
const LAST_DAY = 0.85;
const DECLINED = 0.064;
const DECLINED_AT_LAST = 0.1;

/** The season of presents begins thirty days before the end and is on while the demo runs. */
const SEASON_MS = 30 * DAY_MS;
const GIFT_HUNTERS = 0.12;

/** How the running demo goes, day after day. */
export const LIVE_PACE: Pace = { ...LIVE_PAYMENTS, giftHunters: () => GIFT_HUNTERS };

/** The plan of a shop whose known history ends (exclusively) at `endAt`. */
export function planDemo(endAt: Date): Plan {
  const endMs = endAt.getTime();
  const startMs = addMs(endAt, -COUNTS.days * DAY_MS).getTime();
  return {
    ...HISTORY_PAYMENTS,
    startMs,
    endMs,
    season: (at) => {
      const level = 1 - GROWTH + (GROWTH * (at - startMs)) / (endMs - startMs);
      return at >= endMs - DAY_MS ? level * LAST_DAY : level;
    },
    giftHunters: (at) => GIFT_HUNTERS * Math.max(0, 1 - (endMs - at) / SEASON_MS),
    declineRate: (at) => (at >= endMs - 6 * HOUR_MS ? DECLINED_AT_LAST : DECLINED),
  };
}
