export {
  configurePayments,
  type PaymentAccount,
  type PaymentAccountPatch,
  paymentAccount,
  WEBHOOK_PREFIX,
} from './account.ts';
export type {
  Charge,
  ChargeEntry,
  ChargeStatus,
  EntryKind,
  EntrySource,
} from './charge.ts';
export { PAY_PREFIX, type PayView, payView } from './pay-page.ts';
export {
  type ChargeFilter,
  chargesById,
  findCharge,
  findEntries,
  findOfferPaid,
  listCharges,
} from './read.ts';
export { type Refund, refundOffer } from './refund-offer.ts';
export { requestAuthorisation, requestCapture, requestRelease } from './request.ts';
export { hasOpenPayments, runPayments } from './run-payments.ts';
export { chargeOf } from './store.ts';
export { takeWebhook, type WebhookOutcome } from './take-webhook.ts';
export { expireUnpaid } from './unpaid.ts';
