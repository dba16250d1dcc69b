import type { IncomingHttpHeaders } from 'node:http';
import { isUuid } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import { OutboundRefused } from '../../platform/outbound/errors.ts';
import {
  type PaymentNotice,
  type PaymentProviderName,
  WebhookRefused,
} from '../../platform/outbound/payments/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { lockOffer } from '../offers/index.ts';
import { openProvider } from './account.ts';
import { applyState } from './apply-state.ts';
import type { Charge } from './charge.ts';
import { CHARGE_COLUMNS } from './store.ts';

/** APPLIED: booked, or known already. IGNORED: says nothing about money. UNMATCHED: not about a charge of ours. */
export type WebhookOutcome = 'APPLIED' | 'IGNORED' | 'UNMATCHED' | 'DUPLICATE';

/**
 * Takes a provider's webhook: verified over the bytes as sent, counted once per event id, in any order. Throws
 * WebhookRefused for one that this tenant's provider did not sign.
 */
export async function takeWebhook(
  scope: Scope,
  provider: PaymentProviderName,
  body: Buffer,
  headers: IncomingHttpHeaders,
): Promise<{ outcome: WebhookOutcome }> {
  const notice = await verify(scope, provider, body, headers);
  const outcome = await scope.db.tx((tx) => book(scope, tx, provider, notice));
  scope.log.info({ provider, eventId: notice.eventId, type: notice.type, outcome }, 'payment webhook');
  return { outcome };
}

async function verify(
  scope: Scope,
  name: PaymentProviderName,
  body: Buffer,
  headers: IncomingHttpHeaders,
): Promise<PaymentNotice> {
  try {
    return (await openProvider(scope, name)).parseWebhook(body, headers);
  } catch (error) {
    // Somebody else's tenant, another provider: the same answer as a forged signature.
    if (error instanceof OutboundRefused) throw new WebhookRefused();
    throw error;
  }
}

async function book(
  scope: Scope,
  tx: Tx,
  provider: PaymentProviderName,
  notice: PaymentNotice,
): Promise<WebhookOutcome> {
  const charge = notice.state && (await match(tx, scope.tenantId, provider, notice));
  const outcome = notice.state === null ? 'IGNORED' : charge ? 'APPLIED' : 'UNMATCHED';
  if (charge) await lockOffer(tx, scope.tenantId, charge.offerId);
  const isNew = await tx.run(
    `INSERT INTO payment_webhook (tenant_id, provider, event_id, type, outcome, charge_id, received_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
    [
      ...[scope.tenantId, provider, notice.eventId, notice.type.slice(0, 100), outcome],
      ...[charge?.id ?? null, scope.now],
    ],
    'insert_payment_webhook',
  );
  if (isNew === 0) return 'DUPLICATE';
  if (!charge || !notice.state) return outcome;
  const origin = { source: 'WEBHOOK' as const, sourceId: notice.eventId };
  await applyState(scope, tx, charge.offerId, { state: notice.state, origin });
  return outcome;
}

/** The charge by our own reference, else by the provider's; only with the amount and currency that we asked for. */
async function match(
  tx: Tx,
  tenantId: string,
  provider: PaymentProviderName,
  { reference, state }: PaymentNotice,
): Promise<Charge | null> {
  const charge = await tx.row<Charge>(
    `SELECT ${CHARGE_COLUMNS} FROM charge c WHERE c.tenant_id = $1 AND c.provider = $2
       AND (c.id = $3::uuid OR ($3::uuid IS NULL AND c.provider_ref = $4))`,
    [tenantId, provider, reference && isUuid(reference) ? reference : null, state?.ref ?? null],
    'match_charge',
  );
  const isOurs = charge?.currency === state?.currency && charge?.amountMinor === state?.amountMinor;
  return charge && isOurs ? charge : null;
}
