/** How a KPI stands. SUPPRESSED: there is too little to judge by. */
export const ALERT_STATES = ['OK', 'OFF_TARGET', 'ALERT', 'SUPPRESSED', 'INFORMATIONAL'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

export const KPI_KEYS = [
  'DETECTION_RATE',
  'ELITE_SHARE',
  'UPSELL_CONVERSION',
  'CROSS_BORDER_SUCCESS',
  'REVENUE_CAPTURED',
  'CAPACITY_REMAINING',
] as const;
export type DroneKpiKey = (typeof KPI_KEYS)[number];

/** One of the six KPIs of spec c.9. */
export interface DroneKpi {
  readonly key: DroneKpiKey;
  /** Per hour or per cent, two decimals; null when nothing can be divided. */
  readonly value: number | null;
  readonly unit: 'PER_HOUR' | 'PERCENT' | 'MONEY';
  /** What it should be, and when it is an alert, in words. */
  readonly target: string;
  readonly alertWhen: string | null;
  readonly state: AlertState;
  /** Why it is SUPPRESSED or which hubs are short; null when the numbers say it all. */
  readonly reason: string | null;
  /** How many things it was judged by: orders, opportunities, offers, deliveries, captures, slots. */
  readonly n: number;
}

/** A hub's slots. */
export interface HubSlots {
  readonly hubId: string;
  readonly capacity: number;
  readonly free: number;
}

/** What the KPIs are computed from: counts of one window, and the slots of now. */
export interface KpiFacts {
  readonly windowMs: number;
  readonly eligibleOrders: number;
  readonly detected: number;
  readonly elite: number;
  readonly offered: number;
  readonly accepted: number;
  /** Cross-border deliveries that have ended; those in the air are neither success nor failure yet. */
  readonly crossBorderEnded: number;
  readonly crossBorderDelivered: number;
  readonly captures: number;
  readonly hubs: readonly HubSlots[];
}

/** Fewer eligible orders, offers or cross-border deliveries say nothing (spec c.9, C12). */
export const MIN_ORDERS = 20;
export const MIN_OFFERS = 20;
export const MIN_DELIVERIES = 10;

const HOUR_MS = 3_600_000;
const round2 = (value: number): number => Math.round(value * 100) / 100;
const percent = (part: number, whole: number): number | null =>
  whole === 0 ? null : round2((part / whole) * 100);
/** Compares a share with a limit in per cent in whole numbers, so that an edge is an edge. */
const isBelow = (part: number, whole: number, limit: number): boolean => part * 100 < limit * whole;
const isAbove = (part: number, whole: number, limit: number): boolean => part * 100 > limit * whole;

type Judged = Pick<DroneKpi, 'state' | 'reason'>;
const judged = (isAlert: boolean, isOff: boolean): Judged => ({
  state: isAlert ? 'ALERT' : isOff ? 'OFF_TARGET' : 'OK',
  reason: null,
});
const suppressed = (reason: string): Judged => ({ state: 'SUPPRESSED', reason });
const tooFew = (n: number, min: number, what: string): Judged =>
  suppressed(`${n} ${what} in the window; judged from ${min} on.`);

/** The six KPIs with their targets and alerts (spec c.9). Pure. */
export function judgeKpis(facts: KpiFacts): DroneKpi[] {
  return [
    detectionRate(facts),
    eliteShare(facts),
    conversion(facts),
    crossBorderSuccess(facts),
    {
      ...{ key: 'REVENUE_CAPTURED', value: null, unit: 'MONEY', n: facts.captures, reason: null },
      ...{ target: 'measured, never promised', alertWhen: null, state: 'INFORMATIONAL' },
    },
    capacityRemaining(facts),
  ];
}

/** Opportunities per 1,000 orders that could have been one; null below 20 of them (C12). */
export function perThousandOrders(found: number, eligibleOrders: number): number | null {
  return eligibleOrders < MIN_ORDERS ? null : round2((found / eligibleOrders) * 1_000);
}

function detectionRate({ detected, eligibleOrders: n, windowMs }: KpiFacts): DroneKpi {
  const isSlowerThan = (perHour: number) => detected * HOUR_MS < perHour * windowMs;
  return {
    ...{ key: 'DETECTION_RATE', unit: 'PER_HOUR', n, value: round2((detected * HOUR_MS) / windowMs) },
    ...{ target: '≥ 2 per hour', alertWhen: '< 1 per hour' },
    ...(n < MIN_ORDERS ? tooFew(n, MIN_ORDERS, 'eligible orders') : judged(isSlowerThan(1), isSlowerThan(2))),
  };
}

function eliteShare({ detected: n, elite }: KpiFacts): DroneKpi {
  const isOff = isBelow(elite, n, 5) || isAbove(elite, n, 15);
  return {
    ...{ key: 'ELITE_SHARE', unit: 'PERCENT', n, value: percent(elite, n) },
    ...{ target: '5–15 %', alertWhen: '> 30 %' },
    ...(n === 0 ? suppressed('Nothing was detected in the window.') : judged(isAbove(elite, n, 30), isOff)),
  };
}

function conversion({ offered: n, accepted }: KpiFacts): DroneKpi {
  const isAlert = isBelow(accepted, n, 5) || isAbove(accepted, n, 60);
  const isOff = isBelow(accepted, n, 20) || isAbove(accepted, n, 40);
  return {
    ...{ key: 'UPSELL_CONVERSION', unit: 'PERCENT', n, value: percent(accepted, n) },
    ...{ target: '20–40 %', alertWhen: '< 5 % or > 60 %' },
    ...(n < MIN_OFFERS ? tooFew(n, MIN_OFFERS, 'offers') : judged(isAlert, isOff)),
  };
}

function crossBorderSuccess({ crossBorderEnded: n, crossBorderDelivered: delivered }: KpiFacts): DroneKpi {
  return {
    ...{ key: 'CROSS_BORDER_SUCCESS', unit: 'PERCENT', n, value: percent(delivered, n) },
    ...{ target: '≥ 90 %', alertWhen: '< 80 %' },
    ...(n < MIN_DELIVERIES
      ? tooFew(n, MIN_DELIVERIES, 'finished cross-border deliveries')
      : judged(isBelow(delivered, n, 80), isBelow(delivered, n, 90))),
  };
}

function capacityRemaining({ hubs }: KpiFacts): DroneKpi {
  const n = hubs.reduce((sum, { capacity }) => sum + capacity, 0);
  const free = hubs.reduce((sum, hub) => sum + hub.free, 0);
  const short = hubs.filter(({ capacity, free: slots }) => isBelow(slots, capacity, 20));
  const isAlert = short.length > 0 || isBelow(free, n, 20);
  const names = short.map(({ hubId, free: slots, capacity }) => `${hubId} (${slots} of ${capacity})`);
  return {
    ...{ key: 'CAPACITY_REMAINING', unit: 'PERCENT', n, value: percent(free, n) },
    ...{ target: '> 50 % of all slots', alertWhen: '< 20 %, in all or at one hub' },
    ...(n === 0 ? suppressed('There is no hub with a slot.') : judged(isAlert, !isAbove(free, n, 50))),
    ...(short.length > 0 && { reason: `Short of slots: ${names.join(', ')}.` }),
  };
}
