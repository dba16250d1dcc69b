import type { Point } from '../../kernel/geo.ts';
import { candidateHub, type Hub, servesCountry } from './hub.ts';

/**
 * Region that would serve a delivery (spec c.2): that of the hub which names the country as its own, else that
 * of the nearest hub whose coverage contains the point; null where nobody does.
 */
export function destinationRegion(hubs: readonly Hub[], point: Point, country: string): string | null {
  const own = hubs.find((hub) => hub.enabled && servesCountry(hub, country));
  return (own ?? candidateHub(hubs, point, country))?.region ?? null;
}
