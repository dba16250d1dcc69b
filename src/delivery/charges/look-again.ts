import { OutboundRefused } from '../../platform/outbound/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { openProvider } from './account.ts';
import { applyState } from './apply-state.ts';
import { type Charge, paymentOf } from './charge.ts';
import { CHARGE_COLUMNS } from './store.ts';

/** Seconds between looks at one charge whose customer is paying. */
const EVERY_SEC = 60;
const MAX_LOOKS = 20;

/** Takes the looks that are due, so that of two instances one looks. Accepted offers are few, and they have an index. */
const DUE = `
  UPDATE charge c SET updated_at = $2 FROM offer f
  WHERE f.tenant_id = $1 AND f.status = 'ACCEPTED' AND c.tenant_id = $1 AND c.offer_id = f.id
    AND c.status = 'REQUIRES_ACTION' AND c.updated_at <= $2::timestamptz - make_interval(secs => ${EVERY_SEC})
    AND c.id IN (SELECT w.id FROM offer o JOIN charge w ON w.tenant_id = $1 AND w.offer_id = o.id
      WHERE o.tenant_id = $1 AND o.status = 'ACCEPTED' AND w.status = 'REQUIRES_ACTION'
        AND w.updated_at <= $2::timestamptz - make_interval(secs => ${EVERY_SEC})
      ORDER BY w.updated_at LIMIT ${MAX_LOOKS})
  RETURNING ${CHARGE_COLUMNS}`;

/**
 * Asks providers about customers who are paying, in case a webhook is late, lost or not set up at all. A look that
 * fails is made again later; it never does anything but look. Returns how many looks were made.
 */
export async function lookAgain(scope: Scope): Promise<number> {
  const due = await scope.db.rows<Charge>(DUE, [scope.tenantId, scope.now], 'charges_to_look_at');
  await Promise.all(due.map((charge) => look(scope, charge)));
  return due.length;
}

async function look(scope: Scope, charge: Charge): Promise<void> {
  try {
    const provider = await openProvider(scope, charge.provider);
    const state = await provider.find(paymentOf(charge));
    if (!state || state.status === 'REQUIRES_ACTION') return;
    if (state.currency !== charge.currency || state.amountMinor !== charge.amountMinor) {
      throw new OutboundRefused('AMOUNT_MISMATCH');
    }
    const origin = { source: 'RECONCILE' as const, sourceId: charge.id };
    await scope.db.tx((tx) => applyState(scope, tx, charge.offerId, { state, origin }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    scope.log.warn(
      { chargeId: charge.id, provider: charge.provider, reason },
      'charge could not be looked at',
    );
  }
}
