import { DomainError } from '../../kernel/errors.ts';
import { addMs, MINUTE_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { insertHolds, takeSlot } from './store.ts';

/** How long a slot is held for a customer who pays (spec c.6). */
export const HOLD_MS = 15 * MINUTE_MS;

/**
 * Holds one slot of every hub for the opportunity, or none at all (spec c.6): hubs in ascending order, each by a
 * guarded update. Asking again for what is held changes nothing. CAPACITY_EXHAUSTED {hub} when one is full; the caller
 * rolls back, as every refusal does.
 */
export async function reserveHubs(
  scope: Scope,
  tx: Tx,
  request: { opportunityId: string; hubIds: readonly string[]; ttlMs?: number },
): Promise<void> {
  const { opportunityId, hubIds, ttlMs = HOLD_MS } = request;
  const hold = { opportunityId, hubIds: [...new Set(hubIds)], expiresAt: addMs(scope.now, ttlMs) };
  const held = await insertHolds(tx, scope.tenantId, hold, scope.now);
  for (const hubId of held.sort()) {
    if (!(await takeSlot(tx, scope.tenantId, hubId))) throw await refusal(tx, scope.tenantId, hubId);
  }
}

async function refusal(tx: Tx, tenantId: string, hubId: string): Promise<DomainError> {
  const hub = await tx.row<{ isEnabled: boolean; capacity: number }>(
    'SELECT is_enabled AS "isEnabled", capacity FROM hub WHERE tenant_id = $1 AND id = $2',
    [tenantId, hubId],
  );
  // The hold's foreign key has made sure that there is such a hub.
  if (!hub?.isEnabled) {
    const text = `${hubId} is out of service; ask for the route again.`;
    return new DomainError('NOT_ROUTABLE', text, { hub: hubId, reasons: [{ code: 'HUB_DISABLED', text }] });
  }
  const text = `${hubId} has no free slot: all ${hub.capacity} are taken.`;
  return new DomainError('CAPACITY_EXHAUSTED', text, { hub: hubId });
}
