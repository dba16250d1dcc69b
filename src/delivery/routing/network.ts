import type { Sql } from '../../platform/db/sql.ts';
import type { Hub } from './hub.ts';
import type { LaunchSite } from './launch-site.ts';
import type { Sky } from './sky.ts';
import { loadHubs } from './store.ts';
import { loadSites } from './store-sites.ts';
import { loadSky } from './store-sky.ts';

/** All that a route depends on, at one instant. */
export interface Network {
  readonly hubs: readonly Hub[];
  readonly sites: readonly LaunchSite[];
  readonly sky: Sky;
}

/** The tenant's network as it is now. Four statements, however large it is. */
export async function loadNetwork(sql: Sql, tenantId: string, now: Date): Promise<Network> {
  const hubs = await loadHubs(sql, tenantId);
  const sites = await loadSites(sql, tenantId);
  return { hubs, sites, sky: await loadSky(sql, tenantId, now) };
}
