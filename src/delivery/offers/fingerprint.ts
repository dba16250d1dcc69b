import { canonicalJson } from '../../kernel/canonical.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import type { Reach } from './find-way.ts';

/**
 * What decides for good whether packages can travel: when it differs from what the last run saw, those that could not
 * are looked at again. Load and weather do not count: they refuse for now only.
 */
export function fingerprintOf({ network, groundFallback }: Reach): string {
  const hubs = network.hubs.map(({ nodeId, region, lat, lon, coverageKm, countries, connected, enabled }) => [
    ...[nodeId, region, lat, lon, coverageKm, countries, connected, enabled],
  ]);
  const sites = network.sites.map((site) => [
    ...[site.id, site.hubId, site.lat, site.lon, site.enabled, site.classes.toSorted()],
  ]);
  return sha256Hex(canonicalJson({ hubs, sites, groundFallback }));
}
