import { haversineKm, type Point } from '../../kernel/geo.ts';
import type { Reason } from '../../kernel/reason.ts';
import { type DroneClass, energyNeed } from './drone-class.ts';

/** Severity from which nothing flies: storm (spec c.5). */
const STORM = 4;
const FULL_PCT = 100;

/** A trip that somebody would like a drone to make. */
export interface Trip {
  /** Launch → pickup → drop → recovery. */
  readonly distanceKm: number;
  readonly payloadKg: number;
  /** Severity 0..4. */
  readonly weather: number;
  /** State of charge at the start, percent. */
  readonly soc: number;
  readonly isBlocked: boolean;
  readonly class: DroneClass;
}

/** `need` is percent of the pack. Refusals carry ENERGY, PAYLOAD, WEATHER and AIRSPACE, as many as apply. */
export type Flyability =
  | { readonly ok: true; readonly need: number }
  | { readonly ok: false; readonly need: number; readonly reasons: readonly Reason[] };

/** Whether a drone of this class can make the trip and land with its reserve, or everything against it (spec c.5). */
export function flyability(trip: Trip): Flyability {
  const { payloadKg, weather, isBlocked, class: droneClass } = trip;
  const need = energyNeed(trip, droneClass);
  const reasons: Reason[] = [];
  if (trip.soc - need < droneClass.reserveSocPct) reasons.push(outOfEnergy(trip, need));
  if (payloadKg > droneClass.maxPayloadKg) {
    const text = `${payloadKg} kg is more than the ${droneClass.maxPayloadKg} kg of ${droneClass.name}.`;
    reasons.push({ code: 'PAYLOAD', text });
  }
  if (weather >= STORM) reasons.push({ code: 'WEATHER', text: 'Nothing flies in a storm (severity 4).' });
  if (isBlocked)
    reasons.push({ code: 'AIRSPACE', text: 'The way leads through a closed airspace or geofence.' });
  return reasons.length === 0 ? { ok: true, need } : { ok: false, need, reasons };
}

function outOfEnergy({ soc, class: { reserveSocPct } }: Trip, need: number): Reason {
  const wanted = need + reserveSocPct;
  const says = `It takes ${need.toFixed(2)} % of the pack and must land with ${reserveSocPct} %`;
  const text =
    wanted > FULL_PCT
      ? `${says}: more than a full pack holds.`
      : `${says}: it must start with ${wanted.toFixed(2)} %, not ${soc} %.`;
  return { code: 'ENERGY', text };
}

/** The points of a trip in order: a drone returns to where it took off unless the drop has a dock (spec c.5). */
export function tripPoints(launch: Point, stops: readonly Point[], hasDock = false): Point[] {
  return hasDock ? [launch, ...stops] : [launch, ...stops, launch];
}

/** Length in km of the way over these points. */
export function lengthKm(points: readonly Point[]): number {
  let km = 0;
  for (const [i, point] of points.entries()) if (i > 0) km += haversineKm(points[i - 1] as Point, point);
  return km;
}
