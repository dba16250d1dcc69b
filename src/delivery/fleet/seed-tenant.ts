import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { DRONE_CLASSES, type DroneClassName } from '../routing/index.ts';
import { putDrones } from './store.ts';

/** Gives a new tenant one simulated drone of each class at every launch site it has. A TenantSeed, after the hubs. */
export async function seedTenantFleet(scope: Scope, tx: Tx): Promise<void> {
  const sites = await tx.rows<{ id: string }>('SELECT id FROM launch_site WHERE tenant_id = $1 ORDER BY id', [
    scope.tenantId,
  ]);
  const classes = Object.keys(DRONE_CLASSES) as DroneClassName[];
  const drones = sites.flatMap(({ id: siteId }) =>
    classes.map((name) => ({
      id: `${siteId.replace(/_SITE$/, '')}_${name}`,
      name: `${name[0]}${name.slice(1).toLowerCase()} drone of ${siteId}`,
      ...{ class: name, siteId, adapter: 'SIMULATOR' as const, state: 'IDLE' as const, soc: 100 },
      reliability: DRONE_CLASSES[name].reliability,
    })),
  );
  await putDrones(tx, scope.tenantId, drones, scope.now);
}
