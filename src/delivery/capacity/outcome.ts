import type { Tx } from '../../platform/db/sql.ts';
import { lockHubs } from './store.ts';

/** Counts a delivery for every hub it went through, once each: their chance of success follows (spec c.4). */
export async function recordHubOutcome(
  tx: Tx,
  tenantId: string,
  hubIds: readonly string[],
  isDelivered: boolean,
): Promise<void> {
  if (hubIds.length === 0) return;
  await lockHubs(tx, tenantId, hubIds);
  await tx.run(
    `UPDATE hub SET delivered = delivered + $3::int, failed = failed + 1 - $3::int
     WHERE tenant_id = $1 AND id = ANY($2)`,
    [tenantId, hubIds, isDelivered ? 1 : 0],
    'record_hub_outcome',
  );
}
