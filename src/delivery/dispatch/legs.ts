import type { Point } from '../../kernel/geo.ts';
import { MINUTE_MS } from '../../kernel/time.ts';
import type { RouteLeg } from '../routing/index.ts';

export const LEG_STATES = ['PENDING', 'ACTIVE', 'DONE', 'FAILED'] as const;

/** What a leg is made from: a leg of a route with the points of its ends. */
export type PlannedLeg = Pick<
  RouteLeg,
  'kind' | 'from' | 'to' | 'fromPoint' | 'toPoint' | 'distanceKm' | 'minutes' | 'hubId' | 'siteId'
>;

/** One stretch of a delivery with its own state; instants are ISO text because legs are stored as JSON. */
export interface DeliveryLeg extends PlannedLeg {
  readonly state: (typeof LEG_STATES)[number];
  /** Since when it is the leg under way. */
  readonly waitingSince: string | null;
  /** When the package was taken over. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** The flight that carries a DRONE leg. */
  readonly flightId: string | null;
  readonly droneId: string | null;
  /** Somebody reports this leg by recordLeg, so the built-in carrier leaves the delivery alone. */
  readonly isReported: boolean;
}

const FRESH = {
  state: 'PENDING',
  waitingSince: null,
  startedAt: null,
  endedAt: null,
  flightId: null,
  droneId: null,
  isReported: false,
} as const;

/** Legs to come; the first one waits from the given instant on. */
export function freshLegs(planned: readonly PlannedLeg[], now: Date): DeliveryLeg[] {
  return planned.map((leg, i) => ({ ...leg, ...FRESH, waitingSince: i === 0 ? now.toISOString() : null }));
}

/** The legs with one of them changed. */
export function withLeg(
  legs: readonly DeliveryLeg[],
  index: number,
  change: Partial<DeliveryLeg>,
): DeliveryLeg[] {
  return legs.map((leg, i) => (i === index ? { ...leg, ...change } : leg));
}

/** The same leg before anybody took it, from where the package is now. */
export function againFrom(leg: DeliveryLeg, fromPoint: Point, now: Date): DeliveryLeg {
  const { isReported } = leg;
  return { ...leg, ...FRESH, isReported, fromPoint, waitingSince: now.toISOString() };
}

/** When the built-in carrier reaches the end of a leg it took over at `startedAt`; its time runs `speed` times faster. */
export function carriedUntil(leg: DeliveryLeg, speed: number): Date {
  const started = new Date(leg.startedAt ?? Number.NaN).getTime();
  return new Date(started + (leg.minutes * MINUTE_MS) / speed);
}

/** Hubs that the package still has to pass: where it waits and everything ahead. */
export function hubsAhead(
  legs: readonly DeliveryLeg[],
  legIndex: number,
  path: readonly string[],
): Set<string> {
  const isHub = new Set(path);
  const ahead = new Set<string>();
  for (const leg of legs.slice(legIndex)) {
    if (leg.state === 'PENDING' && isHub.has(leg.from)) ahead.add(leg.from);
    if (isHub.has(leg.to)) ahead.add(leg.to);
    if (leg.state === 'PENDING' && leg.kind === 'DRONE') ahead.add(leg.hubId);
  }
  return ahead;
}

/** Hubs that the package has reached or was on its way to: those whose record its end belongs to. */
export function hubsInvolved(
  legs: readonly DeliveryLeg[],
  legIndex: number,
  path: readonly string[],
): string[] {
  const touched = new Set<string>();
  for (const leg of legs.slice(0, legIndex + 1)) {
    if (leg.state === 'PENDING') continue;
    for (const id of [leg.from, leg.to, leg.hubId]) touched.add(id);
  }
  return path.filter((id) => touched.has(id));
}
