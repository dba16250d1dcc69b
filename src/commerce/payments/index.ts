import { createImporter } from '../ingest/index.ts';
import { paymentSpec } from './payment.ts';

const importer = createImporter(paymentSpec);

/** Payments of a source, up to 1,000; per-item results. Throws ValidationError for the call as a whole. */
export const importPayments = importer.importBatch;
/** Validated payments inside an open batch (file imports). */
export const writePayments = importer.write;

export { PAYMENT_STATUSES, type PaymentFact, type PaymentStatus, readPayment } from './payment.ts';
export { getPayment, listPayments, type PaymentFilter, type PaymentRow } from './read.ts';
