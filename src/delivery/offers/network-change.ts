import { canonicalJson } from '../../kernel/canonical.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import { reopenNotFlyable } from '../opportunities/index.ts';
import type { Network } from '../routing/index.ts';
import type { Reach } from './find-way.ts';
import { swapFingerprint } from './store.ts';

/**
 * Looks again at packages that could not travel when something was added to the network or changed since the last run.
 * Load and weather do not count: they refuse for now, never for good. One statement, two when something changed.
 */
export async function reopenOnChange(tx: Tx, tenantId: string, reach: Reach, since: Date): Promise<number> {
  const isChanged = await swapFingerprint(tx, tenantId, fingerprintOf(reach));
  return isChanged ? reopenNotFlyable(tx, tenantId, since) : 0;
}

/** What decides for good whether a package can travel. */
function fingerprintOf({ network, groundFallback }: Reach): string {
  const hubs = network.hubs.map(({ nodeId, region, lat, lon, coverageKm, countries, connected, enabled }) => [
    ...[nodeId, region, lat, lon, coverageKm, countries, connected, enabled],
  ]);
  const sites = network.sites.map((site: Network['sites'][number]) => [
    ...[site.id, site.hubId, site.lat, site.lon, site.enabled, site.classes.toSorted()],
  ]);
  return sha256Hex(canonicalJson({ hubs, sites, groundFallback }));
}
