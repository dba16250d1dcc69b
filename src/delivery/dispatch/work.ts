import { watchTenant } from '../../control/watch/index.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { fleetIsBusy } from '../fleet/index.ts';
import { LIVE } from './store.ts';

const WORK = `
  SELECT EXISTS (SELECT FROM effect WHERE tenant_id = $1 AND status IN ('PENDING', 'SENDING', 'UNKNOWN'))
    OR EXISTS (SELECT FROM hub_reservation WHERE tenant_id = $1 AND state = 'HELD')
    OR EXISTS (SELECT FROM offer WHERE tenant_id = $1
      AND status IN ('ACCEPTED', 'PAYMENT_AUTHORIZED', 'DISPATCHED'))
    OR EXISTS (SELECT FROM delivery WHERE tenant_id = $1 AND status IN ${LIVE}) AS "hasWork"`;

/** Whether the delivery loop has anything to do for the tenant, now or later. */
export async function hasWork(sql: Sql, tenantId: string): Promise<boolean> {
  const row = await sql.row<{ hasWork: boolean }>(WORK, [tenantId], 'delivery_work');
  return row?.hasWork === true || fleetIsBusy(sql, tenantId);
}

/** Puts a tenant with work on the loop's list, should something have taken it off; the safety net of the list. */
export async function rewatchDeliveries(scope: Scope): Promise<boolean> {
  if (!(await hasWork(scope.db, scope.tenantId))) return false;
  await scope.db.tx((tx) => watchTenant(tx, 'DELIVERIES', scope.tenantId));
  return true;
}
