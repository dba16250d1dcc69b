import { writeAudit } from '../../control/audit/index.ts';
import { NotFoundError, ValidationError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Scope } from '../../platform/scope.ts';
import { lockOffer } from '../offers/index.ts';
import type { Delivery } from './delivery.ts';
import { endUnhappily } from './end-delivery.ts';
import { lockSituation } from './facts.ts';
import { readDelivery } from './store.ts';

const MAX_REASON = 500;

/**
 * Calls a delivery off, wherever it is: its drone turns around, its slots are free, its money goes back. Audited.
 * InvalidTransition when it has ended.
 */
export async function cancelDelivery(
  scope: Scope,
  { id, reason }: { readonly id: string; readonly reason?: string | null | undefined },
): Promise<Delivery> {
  const why = reason?.trim() || 'CANCELLED_BY_OPERATOR';
  if (why.length > MAX_REASON)
    throw new ValidationError('reason', `A reason has at most ${MAX_REASON} characters.`);
  return scope.db.tx(async (tx) => {
    const found = isUuid(id) ? await readDelivery(tx, scope.tenantId, id) : undefined;
    if (!found) throw new NotFoundError('delivery', id);
    const offer = await lockOffer(tx, scope.tenantId, found.offerId);
    const { delivery } = (await lockSituation(tx, scope.tenantId, id)) ?? { delivery: found };
    await writeAudit(scope, tx, {
      ...{ action: 'delivery.cancel', subject: id, reason: why },
      before: { status: delivery.status },
      after: { status: 'CANCELLED', reason: why },
    });
    return endUnhappily(scope, tx, offer, delivery, { status: 'CANCELLED', reason: why });
  });
}
