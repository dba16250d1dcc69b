import { raiseAlerts } from '../../src/control/alert-intake/index.ts';
import { addMs, DAY_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { createSilence, sendAlert, upsertRoute } from '../../src/reliability/alerts/index.ts';

/** An alert that was told, one that waits, a route and a silence, all with the tenant's marker. */
export async function tellOperators(scope: Scope, marker: string): Promise<void> {
  await upsertRoute(scope, { name: `${marker} route`, levels: ['info'], channelIds: [] });
  await createSilence(scope, {
    matchers: [{ label: 'component', operator: 'IS', values: [`${marker} part`] }],
    ...{ comment: `${marker} comment`, endsAt: addMs(scope.now, DAY_MS) },
  });
  const labels = { tenant: marker };
  await sendAlert(scope, {
    ...{ level: 'critical', message: `${marker} is down`, title: `${marker} title`, labels },
    ...{ component: `${marker} shop`, type: 'DOWN' },
  });
  const waiting = { type: 'SLOW', component: `${marker} shop`, message: `${marker} is slow`, labels };
  await scope.db.tx((tx) => raiseAlerts(scope, tx, [{ ...waiting, level: 'warning' }]));
}

/** The ids by which a tenant's route and silence can be named. */
export async function alertIdsOf({ db, tenantId }: Scope): Promise<{ route: string; silence: string }> {
  const idIn = async (table: string) => {
    const row = await db.row<{ id: string }>(`SELECT id FROM ${table} WHERE tenant_id = $1`, [tenantId]);
    return row?.id ?? '';
  };
  return { route: await idIn('alert_route'), silence: await idIn('alert_silence') };
}
