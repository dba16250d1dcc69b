import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { confirmHubs, releaseHubs, reserveHubs } from '../capacity/index.ts';
import type { Network } from '../routing/index.ts';

/** Hubs on which these opportunities have slots, by opportunity. */
export async function slotsOf(
  sql: Sql,
  tenantId: string,
  opportunityIds: readonly string[],
): Promise<Map<string, Set<string>>> {
  const rows = await sql.rows<{ opportunityId: string; hubId: string }>(
    `SELECT opportunity_id AS "opportunityId", hub_id AS "hubId" FROM hub_reservation
     WHERE tenant_id = $1 AND opportunity_id = ANY($2) AND state IN ('HELD', 'CONFIRMED')`,
    [tenantId, opportunityIds],
    'slots_of',
  );
  const slots = new Map<string, Set<string>>();
  for (const { opportunityId, hubId } of rows) {
    slots.set(opportunityId, (slots.get(opportunityId) ?? new Set()).add(hubId));
  }
  return slots;
}

/** The network as somebody sees it who has slots on these hubs: they are free to him. */
export function withOwnSlots(network: Network, own: ReadonlySet<string>): Network {
  const hubs = network.hubs.map((hub) =>
    own.has(hub.nodeId) ? { ...hub, reserved: Math.max(0, hub.reserved - 1) } : hub,
  );
  return { ...network, hubs };
}

/** Only these hubs and their launch sites. */
export function onlyHubs(network: Network, ids: ReadonlySet<string>): Network {
  return {
    ...network,
    hubs: network.hubs.filter(({ nodeId }) => ids.has(nodeId)),
    sites: network.sites.filter(({ hubId }) => ids.has(hubId)),
  };
}

/**
 * Confirmed slots on exactly these hubs. CAPACITY_EXHAUSTED when one is full: the transaction must be rolled back
 * then. Call it before any event is appended.
 */
export async function secureSlots(
  scope: Scope,
  tx: Tx,
  opportunityId: string,
  path: readonly string[],
): Promise<void> {
  const own = (await slotsOf(tx, scope.tenantId, [opportunityId])).get(opportunityId) ?? new Set();
  const wanted = path.filter((id) => !own.has(id));
  if (wanted.length > 0) {
    await reserveHubs(scope, tx, { opportunityId, hubIds: [...wanted].sort() });
    await confirmHubs(scope, tx, opportunityId);
  }
  const spare = [...own].filter((id) => !path.includes(id)).sort();
  if (spare.length > 0) await releaseHubs(scope, tx, opportunityId, spare);
}
