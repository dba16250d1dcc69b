export { abortFlight } from './abort-flight.ts';
export type { FleetAdapter } from './adapter.ts';
export { advanceFleet } from './advance-fleet.ts';
export type { DronePosition } from './announce.ts';
export { type Assignment, assignJobs } from './assign.ts';
export {
  type AssignmentInputs,
  type AssignmentOutput,
  assignmentFormula,
  assignmentInputs,
} from './assignment-formula.ts';
export { claimDrone, claimDrones } from './claim-drones.ts';
export {
  CHARGE_PCT_PER_MIN,
  CHARGED_SOC,
  CRITICAL_SOC,
  DRONE_ADAPTERS,
  DRONE_STATES,
  type Drone,
  type DroneAdapter,
  type DroneInput,
  type DroneState,
  LINK_LOSS_SEC,
  MAX_DRONES,
  REPLACEMENT_SOC,
} from './drone.ts';
export type { Claim, Flight, FlightStatus, FlightStep } from './flight.ts';
export { flightsFor } from './flight-store.ts';
export { type FlightPhase, type FlightPosition, flightAt } from './fly.ts';
export type { Matrix } from './greedy.ts';
export type { FreeDrone, Job } from './job.ts';
export { type FlightPlan, type FlownPlan, planFlight, planNeed, type Waypoint } from './plan.ts';
export { createTelemetry, type Telemetry } from './positions.ts';
export { type DroneFilter, dronesById, listDrones } from './read.ts';
export { MAX_SAMPLES, recordTelemetry, type SampleResult } from './record-telemetry.ts';
export { seedTenantFleet } from './seed-tenant.ts';
export { MAX_OPTIMAL, solve } from './solve.ts';
export { fleetIsAvailable, fleetIsBusy, freeDrones } from './store.ts';
export { type LostDrone, sweepSilent } from './sweep-silent.ts';
export { REPORTED_STATES, type ReportedState, type TelemetrySample } from './telemetry.ts';
export { fleetIsWell, tellOfFleet } from './tell.ts';
export type { FleetTelemetry } from './tenant-positions.ts';
export { setDroneMaintenance, upsertDrone } from './upsert-drone.ts';
