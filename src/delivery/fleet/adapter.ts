import type { Point } from '../../kernel/geo.ts';
import type { Drone } from './drone.ts';
import type { Flight, FlightStep } from './flight.ts';

/** A drone and its flight after a look at them, and what the flight has got to. */
export interface Progress {
  readonly drone: Drone;
  readonly flight: Flight;
  readonly steps: readonly FlightStep[];
  /** Why the drone's state is another than before, where that is not plain. */
  readonly reason?: string;
}

/**
 * How a kind of drone is flown (spec c.8). Pure: what it answers is written by the verbs that ask it, in one
 * transaction for all drones. `listDrones` of the specification is the table of drones, which every kind shares.
 */
export interface FleetAdapter {
  /** The drone that has just been claimed for the flight. */
  assign(drone: Drone, flight: Flight, now: Date): Drone;
  /** The flight is given up: the drone goes to the `refuge`, the nearest site. */
  cancel(drone: Drone, flight: Flight, refuge: Point, reason: string, now: Date): Progress;
  /** What has become of a flight by now. */
  onTelemetry(drone: Drone, flight: Flight, refuge: (from: Point) => Point, now: Date): Progress;
}
