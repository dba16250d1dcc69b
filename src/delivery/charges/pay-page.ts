import { isUuid } from '../../kernel/ids.ts';
import { type Money, money } from '../../kernel/money.ts';
import type { Scope } from '../../platform/scope.ts';
import { offersById } from '../offers/index.ts';
import type { Charge } from './charge.ts';
import { chargesById } from './read.ts';

/** Path prefix of the page that hands the customer on to a provider whose hosted page takes a form. */
export const PAY_PREFIX = '/pay/';

/** That page's address. The charge's id is not guessable and tells nothing but an amount. */
export const payPage = (scope: Scope, charge: Pick<Charge, 'id'>): string =>
  `${scope.outbound.publicUrl()}${PAY_PREFIX}${scope.tenant.slug}/${charge.id}`;

/** What a customer who has accepted sees on the way to paying. */
export interface PayView {
  readonly title: string;
  readonly price: Money;
  /** Where to send which fields; null when there is nothing (more) to pay here. */
  readonly form: { readonly action: string; readonly fields: Readonly<Record<string, string>> } | null;
  /** The offer's own page. */
  readonly offerUrl: string;
}

const CHECKOUT_PATH = '/v1/checkout/embedded';
const RAZORPAY_API = 'https://api.razorpay.com';

/** The way to pay one charge, or null when there is none with this id. */
export async function payView(scope: Scope, chargeId: string): Promise<PayView | null> {
  const [charge] = isUuid(chargeId) ? await chargesById(scope, [chargeId]) : [];
  const [offer] = charge ? await offersById(scope, [charge.offerId]) : [];
  if (!charge || !offer) return null;
  const { tenantId, outbound } = scope;
  return {
    title: offer.bundleName,
    price: money(charge.amountMinor, charge.currency),
    form: await formOf(scope, charge, offer.bundleName),
    offerUrl: outbound.offerPage({ tenantId, offerId: offer.id, expiresAt: offer.expiresAt }),
  };
}

async function formOf(scope: Scope, charge: Charge, title: string): Promise<PayView['form']> {
  const isPayable = charge.provider === 'RAZORPAY' && charge.status === 'REQUIRES_ACTION';
  if (!isPayable || charge.providerRef === null) return null;
  const account = await scope.db.row<{ keyId: string | null }>(
    'SELECT key_id AS "keyId" FROM payment_account WHERE tenant_id = $1 AND provider = $2',
    [scope.tenantId, 'RAZORPAY'],
  );
  if (!account?.keyId) return null;
  const back = payPage(scope, charge);
  return {
    action: `${scope.outbound.payments.razorpayApiBase ?? RAZORPAY_API}${CHECKOUT_PATH}`,
    fields: {
      key_id: account.keyId,
      order_id: charge.providerRef,
      amount: `${charge.amountMinor}`,
      currency: charge.currency,
      name: scope.tenant.name,
      description: title,
      callback_url: back,
      cancel_url: back,
    },
  };
}
