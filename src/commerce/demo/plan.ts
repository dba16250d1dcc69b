import { addMs, DAY_MS, HOUR_MS } from '../../kernel/time.ts';
import { HISTORY_PACE, type Pace } from './settlement.ts';

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

/** The plan of a shop whose known history ends (exclusively) at `endAt`. */
export function planDemo(endAt: Date): Plan {
  const endMs = endAt.getTime();
  const startMs = addMs(endAt, -COUNTS.days * DAY_MS).getTime();
  return {
    ...HISTORY_PACE,
    startMs,
    endMs,
    season: (at) => {
      const level = 1 - GROWTH + (GROWTH * (at - startMs)) / (endMs - startMs);
      return at >= endMs - DAY_MS ? level * LAST_DAY : level;
    },
    declineRate: (at) => (at >= endMs - 6 * HOUR_MS ? DECLINED_AT_LAST : DECLINED),
  };
}
