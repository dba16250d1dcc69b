import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { seedHubs } from './seed-hubs.ts';
import { putHubs } from './store.ts';
import { putSites } from './store-sites.ts';

const NAMES: Record<string, string> = {
  NODE_EU_001: 'Frankfurt',
  NODE_US_W_001: 'San Francisco',
  NODE_IN_001: 'Mumbai',
};

/** Gives a new tenant the three hubs of spec c.4, each with a launch site. A TenantSeed for `onTenantCreated`. */
export async function seedTenantHubs(scope: Scope, tx: Tx): Promise<void> {
  const hubs = seedHubs.map((hub) => ({ ...hub, name: NAMES[hub.nodeId] ?? hub.nodeId }));
  const rows = await putHubs(tx, scope.tenantId, hubs, scope.now);
  const sites = hubs.map(({ nodeId, name, lat, lon }) => {
    return { id: `${nodeId}_SITE`, hubId: nodeId, name: `${name} site`, lat, lon, enabled: true };
  });
  await putSites(tx, scope.tenantId, sites, scope.now);
  scope.log.info({ tenantId: scope.tenantId }, `Initialized ${rows.length} worldwide routing nodes`);
}
