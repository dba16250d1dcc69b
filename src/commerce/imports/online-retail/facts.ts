import { uuidFrom } from '../../../kernel/ids.ts';
import type { CustomerFact } from '../../customers/index.ts';
import type { Candidate, Link, ReadContext } from '../../ingest/index.ts';
import type { OrderFact } from '../../orders/index.ts';
import type { PaymentFact } from '../../payments/index.ts';
import type { Assumption } from '../types.ts';
import { type Invoice, itemsOf } from './invoice.ts';
import { COUNTRY_OF_NAME, type RuleCounts } from './rules.ts';

const CURRENCY = 'GBP';
/** `--assume`: what a unit of goods weighs. */
const UNIT_GRAMS = 100;
const VERSION = 1n;

/** A first invoice's customer: it signed up then, as far as this file knows. */
export function customerOf(invoice: Invoice, id: string): Candidate<CustomerFact> {
  const fact: CustomerFact = {
    id,
    externalId: invoice.customer,
    version: VERSION,
    email: null,
    name: null,
    country: COUNTRY_OF_NAME.get(invoice.country)?.code ?? null,
    signedUpAt: invoice.placedAt,
    churnedAt: null,
    acceptsMarketing: null,
  };
  return { fact, links: [] };
}

/** The invoice as an order, by the rules of rules.ts; counts which ones applied. */
export function orderOf(
  invoice: Invoice,
  customerId: string | null,
  context: ReadContext,
  assume: Assumption | undefined,
  rules: RuleCounts,
): Candidate<OrderFact> {
  const links = customerId === null ? [] : [customerLink(invoice, context, customerId)];
  const status = statusOf(invoice, rules);
  const country = COUNTRY_OF_NAME.get(invoice.country);
  if (!country) rules.noCountryInvoices++;
  const isPlaced = assume !== undefined && country !== undefined && invoice.units > 0;
  if (isPlaced) rules.assumedPlaces++;
  const fact: OrderFact = {
    id: uuidFrom(context.tenantId, 'order', context.source, invoice.number),
    externalId: invoice.number,
    version: VERSION,
    customerId,
    cartId: null,
    status,
    channel: null,
    currency: CURRENCY,
    totalMinor: BigInt(invoice.totalMinor),
    itemCount: invoice.itemCount,
    items: itemsOf(invoice),
    placedAt: invoice.placedAt,
    paidAt: status === 'PAID' ? invoice.placedAt : null,
    pickupCountry: isPlaced ? assume.country : null,
    pickupLat: isPlaced ? assume.lat : null,
    pickupLon: isPlaced ? assume.lon : null,
    deliveryCountry: country?.code ?? null,
    deliveryLat: isPlaced ? country.lat : null,
    deliveryLon: isPlaced ? country.lon : null,
    weightGrams: isPlaced ? Math.min(invoice.units * UNIT_GRAMS, 2_147_483_647) : null,
    isHazardous: false,
    hasProduct: invoice.units > 0,
  };
  return { fact, links };
}

function statusOf(invoice: Invoice, rules: RuleCounts): OrderFact['status'] {
  rules.netMinor += invoice.totalMinor;
  if (invoice.isSplit) rules.splitInvoices++;
  if (invoice.isTwoMinutes) rules.twoMinuteInvoices++;
  if (invoice.customer === '') rules.blankCustomerInvoices++;
  if (invoice.number.startsWith('C')) {
    rules.cancelled++;
    return 'CANCELLED';
  }
  if (invoice.number.startsWith('A')) {
    rules.badDebt++;
    return 'ADJUSTMENT';
  }
  if (invoice.totalMinor <= 0) {
    rules.notPositive++;
    return 'ADJUSTMENT';
  }
  rules.paid++;
  return 'PAID';
}

/** The captured payment of a PAID invoice, the refund of a cancellation, or nothing. */
export function paymentOf(order: OrderFact, context: ReadContext): Candidate<PaymentFact> | null {
  const isRefund = order.status === 'CANCELLED' && order.totalMinor < 0n;
  if (order.status !== 'PAID' && !isRefund) return null;
  const amountMinor = isRefund ? -order.totalMinor : order.totalMinor;
  const fact: PaymentFact = {
    id: uuidFrom(context.tenantId, 'payment', context.source, order.externalId),
    externalId: order.externalId,
    version: VERSION,
    orderId: order.id,
    customerId: order.customerId,
    status: isRefund ? 'REFUNDED' : 'CAPTURED',
    currency: CURRENCY,
    amountMinor,
    refundedMinor: isRefund ? amountMinor : 0n,
    attempt: 1,
    method: null,
    declineCode: null,
    attemptedAt: order.placedAt,
    capturedAt: isRefund ? null : order.placedAt,
    refundedAt: isRefund ? order.placedAt : null,
  };
  const link: Link = {
    kind: 'order',
    id: order.id,
    field: 'orderExternalId',
    externalId: order.externalId,
    source: context.source,
  };
  return { fact, links: [link] };
}

function customerLink(invoice: Invoice, context: ReadContext, customerId: string): Link {
  return {
    kind: 'customer',
    id: customerId,
    field: 'CustomerID',
    externalId: invoice.customer,
    source: context.source,
  };
}
