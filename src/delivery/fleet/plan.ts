import type { Point } from '../../kernel/geo.ts';

/** The legs of a flight in order; LAND is the recovery site. */
export const WAYPOINTS = ['LAUNCH', 'PICKUP', 'DROP', 'RECOVERY'] as const;
export interface Waypoint extends Point {
  readonly kind: (typeof WAYPOINTS)[number];
}

/** Everything that a position in the air follows from; plain JSON, kept with the flight. */
export interface FlightPlan {
  readonly waypoints: readonly Waypoint[];
  readonly payloadKg: number;
  /** Over ground, wind included (spec c.5). */
  readonly speedKmh: number;
  /** Launch → pickup → drop → recovery. */
  readonly distanceKm: number;
  /** In the air and on the ground at pickup and drop (spec c.5). */
  readonly minutes: number;
  /** Percent of the pack when it starts. */
  readonly startSoc: number;
  /** Percent of the pack for the whole flight, by cause; they sum to energyNeed of spec c.5. */
  readonly energy: { readonly distance: number; readonly payload: number; readonly weather: number };
  /** Varies altitude and gusts a little. */
  readonly seed: number;
}

/** A plan that is being flown: `simulationSpeed` times as fast as real time. */
export interface FlownPlan extends FlightPlan {
  readonly startedAt: Date;
  readonly simulationSpeed: number;
}
