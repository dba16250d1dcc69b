import type { Point } from '../../kernel/geo.ts';
import type { Reason } from '../../kernel/reason.ts';
import { DRONE_CLASSES, type DroneClass, flightMinutes } from './drone-class.ts';
import { type Flyability, flyability, lengthKm, tripPoints } from './flyability.ts';
import type { Hub } from './hub.ts';
import { type LaunchSite, RANGE_KM, sitesInRange } from './launch-site.ts';
import { isBlocked, type Sky, weatherIn } from './sky.ts';

/** What a last mile by drone depends on. */
export interface HopRequest {
  readonly sites: readonly LaunchSite[];
  readonly sky: Sky;
  /** The hub whose sites may launch, and whose region's weather counts. */
  readonly hub: Pick<Hub, 'nodeId' | 'region'>;
  /** Where the drone goes from its site, the drop last. */
  readonly stops: readonly [...Point[], Point];
  readonly weightKg: number;
}

/** A drone's trip from a site over its stops and back, with a full pack. */
export interface Hop {
  readonly site: LaunchSite;
  readonly class: DroneClass;
  readonly tripKm: number;
  readonly energyNeedPct: number;
  readonly flightMin: number;
}

/** The best hop, or why there is none; `site` is the one that the reasons are about. */
export type HopAnswer =
  | { readonly hop: Hop }
  | { readonly hop: null; readonly site: LaunchSite | null; readonly reasons: readonly Reason[] };

type Candidate = Hop & { readonly verdict: Flyability };

const FULL_PACK = 100;

/**
 * The most reliable trip that a drone of the hub could make, then the quickest; whether one is free is for the fleet
 * to say (spec c.7 step 3). Without any, what is against the one that comes nearest.
 */
export function bestHop(request: HopRequest): HopAnswer {
  const { sites, hub, stops } = request;
  const near = sitesInRange(sites, hub.nodeId, stops.at(-1) as Point);
  const candidates = near.flatMap((site) => candidatesOf(site, request));
  const able = candidates.filter(({ verdict }) => verdict.ok).sort(byPreference)[0];
  if (able) return { hop: able };
  const nearest = candidates.sort(byNearness)[0];
  if (nearest) return { hop: null, site: nearest.site, reasons: reasonsOf(nearest, request) };
  return { hop: null, site: near[0] ?? null, reasons: [missing(near[0], hub.nodeId)] };
}

/** The zone that is in the way of a trip from this site, or null. */
export const zoneInTheWay = (site: Point, { sky, stops }: Pick<HopRequest, 'sky' | 'stops'>) =>
  isBlocked(sky, tripPoints(site, stops));

function candidatesOf(site: LaunchSite, request: HopRequest): Candidate[] {
  const { sky, hub, stops, weightKg } = request;
  const { severity, windKmh } = weatherIn(sky, hub.region);
  const tripKm = lengthKm(tripPoints(site, stops));
  const isShut = zoneInTheWay(site, request) !== null;
  return site.classes.map((name) => {
    const droneClass = DRONE_CLASSES[name];
    const trip = { distanceKm: tripKm, payloadKg: weightKg, weather: severity, soc: FULL_PACK };
    const verdict = flyability({ ...trip, isBlocked: isShut, class: droneClass });
    const flightMin = flightMinutes({ distanceKm: tripKm, windKmh }, droneClass);
    return { site, class: droneClass, tripKm, energyNeedPct: verdict.need, flightMin, verdict };
  });
}

function byPreference(a: Candidate, b: Candidate): number {
  return b.class.reliability - a.class.reliability || a.flightMin - b.flightMin || byName(a, b);
}

/** Fewest objections first, then the least energy, then the class that carries most. */
function byNearness(a: Candidate, b: Candidate): number {
  const objections = ({ verdict }: Candidate) => (verdict.ok ? 0 : verdict.reasons.length);
  return (
    objections(a) - objections(b) ||
    a.verdict.need - b.verdict.need ||
    b.class.maxPayloadKg - a.class.maxPayloadKg ||
    byName(a, b)
  );
}

const byName = (a: Hop, b: Hop): number =>
  `${a.site.id} ${a.class.name}` < `${b.site.id} ${b.class.name}` ? -1 : 1;

function reasonsOf({ site, verdict }: Candidate, request: HopRequest): readonly Reason[] {
  const zone = zoneInTheWay(site, request);
  return (verdict.ok ? [] : verdict.reasons).map((reason) =>
    reason.code === 'AIRSPACE' && zone
      ? { ...reason, text: `The way leads through ${zone.name} (${zone.kind}), which is closed.` }
      : reason,
  );
}

function missing(site: LaunchSite | undefined, hubId: string): Reason {
  if (site) return { code: 'NO_DRONES', text: `${site.id} has no drone in service.` };
  const text = `${hubId} has no launch site in service within ${RANGE_KM} km of the delivery point.`;
  return { code: 'NO_LAUNCH_SITE', text };
}
