import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { confirmHolds, endReservations, giveBack } from './store.ts';

/**
 * Makes what the opportunity holds its own until the delivery ends: its payment is authorised (spec c.6). Answers how
 * many slots; 0 when they are confirmed already or have run out.
 */
export const confirmHubs = (scope: Scope, tx: Tx, opportunityId: string): Promise<number> =>
  confirmHolds(tx, scope.tenantId, opportunityId, scope.now);

/**
 * Gives back the opportunity's slots of these hubs, or of all: the offer or delivery has ended, or goes another way.
 * Answers how many; releasing twice gives back once.
 */
export async function releaseHubs(
  scope: Scope,
  tx: Tx,
  opportunityId: string,
  hubIds?: readonly string[],
): Promise<number> {
  const ended = await endReservations(tx, scope.tenantId, opportunityId, hubIds ?? null, scope.now);
  await giveBack(tx, scope.tenantId, ended);
  return ended.length;
}
