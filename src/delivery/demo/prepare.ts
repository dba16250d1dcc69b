import { updateSettings } from '../../control/tenancy/index.ts';
import { startPriceExperiment } from '../../growth/learning/index.ts';
import type { Scope } from '../../platform/scope.ts';
import { upsertDrone } from '../fleet/index.ts';
import { ACTION_TYPE } from '../offers/index.ts';
import { launchSitesById, upsertLaunchSite } from '../routing/index.ts';
import { DEMO_SITES } from './places.ts';

/** A flight of 20 minutes is seen from start to landing in 20 seconds. */
const SPEED = 60;
const CLASSES = ['PREMIUM', 'BVLOS'] as const;

/** Gives the demo shop launch sites in its larger cities, fast drones and a price experiment; once. */
export async function prepareDemoDelivery(scope: Scope): Promise<void> {
  const known = await launchSitesById(
    scope,
    DEMO_SITES.map(({ id }) => id),
  );
  for (const [i, site] of DEMO_SITES.entries()) {
    if (known[i]) continue;
    await upsertLaunchSite(scope, site);
    for (const name of CLASSES) {
      const title = `${site.name} ${name.toLowerCase()}`;
      await upsertDrone(scope, {
        ...{ id: `${site.id.replace('SITE_', 'DRONE_')}_${name}`, name: title, class: name, siteId: site.id },
      });
    }
  }
  if (known.some(Boolean)) return;
  await updateSettings(scope, { simulationSpeed: SPEED });
  await startPriceExperiment(scope, { actionType: ACTION_TYPE });
}
