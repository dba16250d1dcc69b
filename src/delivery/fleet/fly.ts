import { EARTH_RADIUS_KM, haversineKm, type Point } from '../../kernel/geo.ts';
import { MINUTE_MS } from '../../kernel/time.ts';
import { CRITICAL_SOC } from './drone.ts';
import type { FlightPlan, FlownPlan, Waypoint } from './plan.ts';

/** Height of the level flight in metres, below the 120 m that most rules of the air allow; and time to climb. */
const CRUISE_M = 100;
const CLIMB_MIN = 0.5;
/** What rounding may leave of a minute: 2.5 min are 150 s and not a millisecond more. */
const CRUMB_MIN = 1e-7;

/** EN_ROUTE until the parcel is on board, DELIVERING until it is dropped, LANDED when it is all over. */
export type FlightPhase = 'EN_ROUTE' | 'DELIVERING' | 'RETURNING' | 'LANDED';

export interface FlightPosition extends Point {
  readonly altitudeM: number;
  readonly speedKmh: number;
  /** Percent; never rises in flight. */
  readonly soc: number;
  readonly phase: FlightPhase;
}

/** A stretch of flight and the stand behind it; minutes of flight since the start. */
interface Stage {
  readonly from: Waypoint;
  readonly to: Waypoint;
  readonly km: number;
  readonly startMin: number;
  readonly arriveMin: number;
  readonly leaveMin: number;
}

/** Where a flight is, how full its pack and what it does: a pure function of plan and instant. */
export function flightAt(plan: FlownPlan, now: Date): FlightPosition {
  const elapsed = Math.max(0, now.getTime() - plan.startedAt.getTime()) / MINUTE_MS;
  return positionAt(plan, Math.min(plan.minutes, elapsed * plan.simulationSpeed));
}

/** When the plan's parcel is on board, when it is dropped and when the drone is back; null where it has none. */
export function milestones(plan: FlownPlan): { pickedUp: Date | null; dropped: Date | null; landed: Date } {
  const stages = stagesOf(plan);
  const leaving = (kind: Waypoint['kind']): Date | null => {
    const stage = stages.find(({ to }) => to.kind === kind);
    return stage ? instantOf(plan, stage.leaveMin) : null;
  };
  return { pickedUp: leaving('PICKUP'), dropped: leaving('DROP'), landed: instantOf(plan, plan.minutes) };
}

/** When the pack falls below the critical charge before the parcel is dropped; null when it does not. */
export function criticalAt(plan: FlownPlan): Date | null {
  const end = stagesOf(plan).find(({ to }) => to.kind === 'DROP')?.leaveMin;
  if (end === undefined || positionAt(plan, end).soc >= CRITICAL_SOC) return null;
  let [low, high] = [0, end];
  if (positionAt(plan, 0).soc < CRITICAL_SOC) return plan.startedAt;
  // The charge only falls, so halving finds the moment; 40 times is below a millisecond of any flight.
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (positionAt(plan, middle).soc < CRITICAL_SOC) high = middle;
    else low = middle;
  }
  return instantOf(plan, high);
}

const instantOf = (plan: FlownPlan, minutes: number): Date =>
  new Date(plan.startedAt.getTime() + Math.ceil(((minutes - CRUMB_MIN) / plan.simulationSpeed) * MINUTE_MS));

function positionAt(plan: FlightPlan, minutes: number): FlightPosition {
  const stages = stagesOf(plan);
  const isOver = minutes >= plan.minutes - CRUMB_MIN;
  const under = isOver ? undefined : stages.find(({ leaveMin }) => minutes < leaveMin - CRUMB_MIN);
  const stage = under ?? (stages.at(-1) as Stage);
  const flying = stage.arriveMin - stage.startMin;
  const share = flying > 0 ? Math.min(1, (minutes - stage.startMin) / flying) : 1;
  const flown = stages.reduce((km, { km: whole, leaveMin }) => (leaveMin <= minutes ? km + whole : km), 0);
  const isMoving = !isOver && share < 1;
  return {
    ...(isOver ? pointOf(stage.to) : between(stage, share)),
    altitudeM: isMoving ? altitude(plan, minutes - stage.startMin, stage.arriveMin - minutes) : 0,
    speedKmh: isMoving ? plan.speedKmh * (1 + 0.03 * wave(plan.seed, minutes)) : 0,
    soc: charge(plan, stages, minutes, isOver ? plan.distanceKm : flown + stage.km * share),
    phase: isOver ? 'LANDED' : phaseOf(stage),
  };
}

/** Time on the ground is shared evenly by pickup and drop; energy for the parcel is spent while it is on board. */
function stagesOf({ waypoints, minutes, distanceKm, speedKmh }: FlightPlan): Stage[] {
  const stops = waypoints.filter(({ kind }) => kind === 'PICKUP' || kind === 'DROP').length;
  const stand = stops > 0 ? Math.max(0, minutes - (distanceKm / speedKmh) * 60) / stops : 0;
  let clock = 0;
  return waypoints.slice(1).map((to, i) => {
    const from = waypoints[i] as Waypoint;
    const km = haversineKm(from, to);
    const startMin = clock;
    const arriveMin = startMin + (km / speedKmh) * 60;
    clock = to.kind === 'RECOVERY' ? minutes : arriveMin + stand;
    return { from, to, km, startMin, arriveMin, leaveMin: clock };
  });
}

function charge(plan: FlightPlan, stages: readonly Stage[], minutes: number, km: number): number {
  const { energy, distanceKm } = plan;
  const carrying = stages.find(({ to }) => to.kind === 'DROP');
  const aboard = carrying
    ? clamp((minutes - carrying.startMin) / (carrying.leaveMin - carrying.startMin || 1))
    : 1;
  const spent =
    energy.distance * (distanceKm > 0 ? clamp(km / distanceKm) : 1) +
    energy.payload * aboard +
    energy.weather * (plan.minutes > 0 ? clamp(minutes / plan.minutes) : 1);
  return Math.max(0, plan.startSoc - spent);
}

const phaseOf = ({ to }: Stage): FlightPhase =>
  to.kind === 'PICKUP' ? 'EN_ROUTE' : to.kind === 'DROP' ? 'DELIVERING' : 'RETURNING';

/** Climbs, holds its height within 5 m, and descends. */
function altitude({ seed }: FlightPlan, sinceStart: number, untilEnd: number): number {
  const level = CRUISE_M + 5 * wave(seed, sinceStart);
  return level * Math.min(1, sinceStart / CLIMB_MIN, untilEnd / CLIMB_MIN);
}

/** A gentle up and down, −1..1, different for every seed. */
const wave = (seed: number, minutes: number): number => Math.sin((seed % 1_000) + minutes * 2.1);

const clamp = (share: number): number => Math.min(1, Math.max(0, share));
const pointOf = ({ lat, lon }: Point): Point => ({ lat, lon });

const RADIANS = Math.PI / 180;

/** The point at `share` of the great circle; safe at the poles and across the antimeridian. */
function between({ from, to, km }: Stage, share: number): Point {
  if (share <= 0 || km === 0) return pointOf(from);
  if (share >= 1) return pointOf(to);
  const [a, b] = [vector(from), vector(to)];
  const angle = km / EARTH_RADIUS_KM;
  const weightA = Math.sin((1 - share) * angle) / Math.sin(angle);
  const weightB = Math.sin(share * angle) / Math.sin(angle);
  const [x = 0, y = 0, z = 0] = a.map((value, i) => weightA * value + weightB * (b[i] as number));
  return { lat: Math.atan2(z, Math.hypot(x, y)) / RADIANS, lon: Math.atan2(y, x) / RADIANS };
}

function vector({ lat, lon }: Point): number[] {
  const [phi, lambda] = [lat * RADIANS, lon * RADIANS];
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}
