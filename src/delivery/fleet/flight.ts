import type { FlightPlan } from './plan.ts';

export type FlightStatus = 'ACTIVE' | 'RETURNING' | 'COMPLETED' | 'ABORTED';

/** One drone's try at one drone leg. */
export interface Flight {
  readonly id: string;
  readonly deliveryId: string;
  readonly droneId: string;
  readonly status: FlightStatus;
  readonly plan: FlightPlan & { readonly simulationSpeed: number };
  readonly startedAt: Date;
  readonly pickedUpAt: Date | null;
  readonly droppedAt: Date | null;
  readonly endedAt: Date | null;
  readonly reason: string | null;
}

/** A drone about to be taken for a delivery. */
export interface Claim {
  readonly droneId: string;
  readonly deliveryId: string;
  readonly plan: FlightPlan;
  /** Times real time, 1..3600. */
  readonly simulationSpeed: number;
}

/** What a flight has got to since it was last looked at. */
export interface FlightStep {
  readonly deliveryId: string;
  readonly droneId: string;
  readonly step: 'PICKED_UP' | 'DROPPED' | 'RETURNED' | 'ABORTED';
  readonly at: Date;
  readonly lat: number;
  readonly lon: number;
  readonly reason?: string;
}
