import { ValidationError } from '../../kernel/errors.ts';
import { validatePoint } from '../../kernel/geo.ts';
import type { Reason } from '../../kernel/reason.ts';
import { chosen, exhausted, hubFor, hubOfRegion, type Refused, refuse } from './ends.ts';
import { bestPaths, type HubPath, hubPath } from './graph.ts';
import { freeCapacity, type Hub, type Place } from './hub.ts';
import { bestHop, type Hop, type HopAnswer } from './last-mile.ts';
import { directLeg, hubLegs, type RouteLeg, viaSiteLegs } from './legs.ts';
import type { Network } from './network.ts';
import { isWeatherKnown } from './sky.ts';

export interface RouteRequest {
  readonly pickup: Place;
  readonly delivery: Place;
  readonly weightKg: number;
  /** Whether a courier may bring what no drone can. */
  readonly groundFallback: boolean;
  /** Insists on the hub of this region as the last one. */
  readonly destinationRegion?: string | null | undefined;
}

/** A way from door to door. The legs' minutes sum to the unrounded ETA. */
export interface RouteOption {
  readonly legs: readonly RouteLeg[];
  /** Node ids in order of travel. */
  readonly path: readonly string[];
  /** 0..1: the hubs' chances and the drone's. */
  readonly successProbability: number;
  /** Whole minutes. */
  readonly etaMin: number;
}

export type RouteAnswer =
  | (RouteOption & {
      readonly ok: true;
      readonly alternatives: readonly RouteOption[];
      readonly reasons: readonly Reason[];
    })
  | Refused;

/**
 * The likeliest route between two places with its two best alternatives, or why there is none (spec c.7). The last
 * mile is flown if it can be, else driven if the request allows. Pure: nothing is reserved.
 * Throws ValidationError for impossible coordinates or weights.
 */
export function previewRoute(network: Network, request: RouteRequest): RouteAnswer {
  checkRequest(request);
  const { pickup, delivery, destinationRegion: region } = request;
  const origin = hubFor(network.hubs, pickup, 'pickup');
  if ('ok' in origin) return origin;
  const destination = region
    ? hubOfRegion(network.hubs, region, delivery)
    : hubFor(network.hubs, delivery, 'delivery');
  if ('ok' in destination) return destination;
  const ends = [chosen(origin, pickup, 'pickup'), chosen(destination, delivery, 'delivery')];
  return origin.nodeId === destination.nodeId
    ? withinHub(network, request, origin, ends)
    : overHubs(network, request, [origin, destination], ends);
}

/** Throws ValidationError for what cannot be a place or a weight. */
export function checkRequest({ pickup, delivery, weightKg }: RouteRequest): void {
  validatePoint(pickup, 'pickup');
  validatePoint(delivery, 'delivery');
  if (!(weightKg > 0 && weightKg < Number.POSITIVE_INFINITY)) {
    throw new ValidationError('weightKg', `Weight ${weightKg} must be a number of kg above 0.`);
  }
}

/** The drone's trip from the hub's sites to the delivery point. */
export const lastHop = ({ sites, sky }: Network, hub: Hub, { delivery, weightKg }: RouteRequest): HopAnswer =>
  bestHop({ sites, sky, hub, weightKg, stops: [delivery] });

/** The drone's trip that fetches the package too. */
export const doorHop = ({ sites, sky }: Network, hub: Hub, request: RouteRequest): HopAnswer =>
  bestHop({ sites, sky, hub, weightKg: request.weightKg, stops: [request.pickup, request.delivery] });

/** Door to door by drone, else by courier to a site and by drone from there, else by courier. */
function withinHub(network: Network, request: RouteRequest, hub: Hub, ends: Reason[]): RouteAnswer {
  const { pickup, delivery, groundFallback } = request;
  const [direct, last] = [doorHop(network, hub, request), lastHop(network, hub, request)];
  const way = hubPath([hub]);
  const options: RouteOption[] = [];
  if (direct.hop) options.push(option(way, directLeg(hub, pickup, delivery, direct.hop), direct.hop));
  if (last.hop) options.push(option(way, viaSiteLegs(hub, pickup, delivery, last.hop), last.hop));
  if (groundFallback) options.push(option(way, directLeg(hub, pickup, delivery, null), null));
  const [best, ...others] = options;
  if (!best) return notFlyable(last);
  const hop = direct.hop ?? last.hop;
  const reasons = [...ends, SAME_HUB, ...lastMile(network, hub, hop ? { hop } : last)];
  return { ok: true, ...best, alternatives: others, reasons };
}

function overHubs(
  network: Network,
  request: RouteRequest,
  [origin, destination]: readonly [Hub, Hub],
  ends: Reason[],
): RouteAnswer {
  const { pickup, delivery, groundFallback } = request;
  const ways = bestPaths(network.hubs, origin, destination);
  if (ways.length === 0) return noWay(network.hubs, origin, destination);
  const last = lastHop(network, destination, request);
  if (!last.hop && !groundFallback) return notFlyable(last);
  const [best, ...others] = ways.map((way) =>
    option(way, hubLegs(way.hubs, pickup, delivery, last.hop), last.hop),
  );
  const reasons = [...ends, likeliest(ways.length), ...lastMile(network, destination, last)];
  return { ok: true, ...(best as RouteOption), alternatives: others, reasons };
}

function option(way: HubPath, legs: RouteLeg[], hop: Hop | null): RouteOption {
  const successProbability = way.successProbability * (hop?.class.reliability ?? 1);
  return { legs, path: way.path, successProbability, etaMin: Math.round(way.minutes) };
}

const SAME_HUB: Reason = { code: 'SAME_HUB', text: 'One hub covers both ends: no linehaul is needed.' };

const likeliest = (ways: number): Reason => ({
  code: 'BEST_SUCCESS_PROBABILITY',
  text: ways === 1 ? 'It is the only way.' : `It has the best chance of success of ${ways} ways.`,
});

/** How the last mile is travelled, and why. */
function lastMile(network: Network, hub: Hub, answer: HopAnswer): Reason[] {
  if (!answer.hop) {
    return [
      { code: 'GROUND_FALLBACK', text: 'A courier brings it, because no drone can.' },
      ...answer.reasons,
    ];
  }
  const { site, tripKm, energyNeedPct } = answer.hop;
  const text = `A drone of ${site.id} can fly its ${tripKm.toFixed(1)} km with ${energyNeedPct.toFixed(2)} % of its pack.`;
  const flyable: Reason = { code: 'FLYABLE', text };
  if (isWeatherKnown(network.sky, hub.region)) return [flyable];
  const unknown = `Nobody has reported the weather of ${hub.region} in the last 3 h; it is taken to be clear.`;
  return [flyable, { code: 'WEATHER_UNKNOWN', text: unknown }];
}

function notFlyable(answer: HopAnswer): Refused {
  return refuse(
    'NOT_FLYABLE',
    'No drone can bring it, and a courier may not.',
    answer.hop ? [] : answer.reasons,
  );
}

function noWay(hubs: readonly Hub[], origin: Hub, destination: Hub): Refused {
  const [full] = bestPaths(hubs, origin, destination, { k: 1, ignoreCapacity: true });
  const taken = full?.hubs.find((hub) => freeCapacity(hub) === 0);
  if (taken) return exhausted(taken);
  const text = `No connection from ${origin.nodeId} to ${destination.nodeId} over at most one other hub.`;
  return refuse('NO_PATH', text);
}
