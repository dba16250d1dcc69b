import type { Point } from '../../kernel/geo.ts';
import { hubFor, hubOfRegion, nearestOwn } from './ends.ts';
import { bestPaths } from './graph.ts';
import { coveringHubs, freeCapacity, type Hub, type Place } from './hub.ts';
import { type HopAnswer, zoneInTheWay } from './last-mile.ts';
import type { LaunchSite } from './launch-site.ts';
import type { Network } from './network.ts';
import { doorHop, lastHop, type RouteRequest } from './route.ts';
import type { NoFlyZone } from './sky.ts';

/**
 * The part of the network that the answer depends on, small enough to be kept with a decision: a dozen hubs, two
 * sites and the zones in their way at most. The request has the same answer on it as on the whole.
 */
export function pruneNetwork(network: Network, request: RouteRequest): Network {
  const { hubs, sites, sky } = network;
  const { pickup, delivery, destinationRegion: region } = request;
  const wanted = new Set<string>([...endHubs(hubs, pickup), ...endHubs(hubs, delivery)]);
  for (const hub of hubs) if (hub.region === region) wanted.add(hub.nodeId);
  const origin = hubFor(hubs, pickup, 'pickup');
  const destination = region ? hubOfRegion(hubs, region, delivery) : hubFor(hubs, delivery, 'delivery');
  if ('ok' in origin || 'ok' in destination) {
    return { hubs: pick(hubs, wanted), sites: [], sky: { weather: {}, restrictions: [] } };
  }
  for (const way of waysOf(hubs, origin, destination)) for (const id of way) wanted.add(id);
  const near = sitesOf(network, destination, request);
  const weather = sky.weather[destination.region];
  return {
    hubs: pick(hubs, wanted),
    sites: sites.filter((site) => near.has(site.id)),
    sky: {
      weather: weather ? { [destination.region]: weather } : {},
      restrictions: zonesOf(network, near, request),
    },
  };
}

function pick(hubs: readonly Hub[], wanted: ReadonlySet<string>): Hub[] {
  const kept = hubs.filter((hub) => wanted.has(hub.nodeId));
  const names = new Set(kept.flatMap((hub) => [hub.nodeId, hub.region]));
  return kept.map((hub) => factsOf(hub, names));
}

/** Only what routing reads, and of the connections only those to hubs that are kept. */
function factsOf(hub: Hub, names: ReadonlySet<string>): Hub {
  const { nodeId, region, lat, lon, coverageKm, capacity, reserved, successPct, avgDeliveryMin } = hub;
  return {
    ...{ nodeId, region, lat, lon, coverageKm, capacity, reserved, successPct, avgDeliveryMin },
    connected: hub.connected.filter((name) => names.has(name)),
    enabled: hub.enabled,
    countries: hub.countries ?? [],
  };
}

/** The first covering hub, the first with a free slot, and the one a refusal would name. */
function endHubs(hubs: readonly Hub[], place: Place): string[] {
  const covering = coveringHubs(hubs, place, place.country);
  const named = [covering[0], covering.find((hub) => freeCapacity(hub) > 0), nearestOwn(hubs, place)];
  return named.flatMap((hub) => hub?.nodeId ?? []);
}

function waysOf(hubs: readonly Hub[], from: Hub, to: Hub): (readonly string[])[] {
  const ways = bestPaths(hubs, from, to);
  const found = ways.length > 0 ? ways : bestPaths(hubs, from, to, { k: 1, ignoreCapacity: true });
  return found.map(({ path }) => path);
}

/** The sites that the two possible trips by drone are, or would be, flown from. */
function sitesOf(network: Network, hub: Hub, request: RouteRequest): Map<string, LaunchSite> {
  const siteOf = (answer: HopAnswer) => (answer.hop ? answer.hop.site : answer.site);
  const found = [siteOf(lastHop(network, hub, request)), siteOf(doorHop(network, hub, request))];
  return new Map(found.flatMap((site) => (site ? [[site.id, site] as const] : [])));
}

/** What is in the way of those sites; without it a trip that is forbidden would look possible. */
function zonesOf(
  { sky }: Network,
  sites: ReadonlyMap<string, LaunchSite>,
  { pickup, delivery }: RouteRequest,
): NoFlyZone[] {
  const trips: [...Point[], Point][] = [[delivery], [pickup, delivery]];
  const found = new Set<string>();
  for (const site of sites.values()) {
    for (const stops of trips) found.add(zoneInTheWay(site, { sky, stops })?.id ?? '');
  }
  return sky.restrictions.filter((zone) => found.has(zone.id));
}
