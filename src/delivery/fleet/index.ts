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
export type { Assignment, FreeDrone, Job } from './job.ts';
export type { FlightPlan, FlownPlan, Waypoint } from './plan.ts';
