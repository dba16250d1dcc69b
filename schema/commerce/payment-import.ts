import { importPayments, PAYMENT_STATUSES } from '../../src/commerce/payments/index.ts';
import { builder } from '../builder.ts';
import { INSTANT, ITEM_ID, ITEM_UPDATED_AT, ITEM_VERSION, importMutation } from './import-items.ts';

const ImportPaymentItem = builder.inputType('ImportPaymentItem', {
  description: 'One attempt to take money, or a credit note.',
  fields: (t) => ({
    externalId: t.string({ description: ITEM_ID }),
    version: t.field({ type: 'LooseNumber', description: ITEM_VERSION }),
    updatedAt: t.string({ description: ITEM_UPDATED_AT }),
    orderExternalId: t.string({ description: 'An order that is stored already.' }),
    orderSource: t.string({ description: 'The order’s source; default: the batch’s.' }),
    customerExternalId: t.string({ description: 'A customer that is stored already.' }),
    customerSource: t.string({ description: 'The customer’s source; default: the batch’s.' }),
    status: t.string({ description: `${PAYMENT_STATUSES.join(', ')}; must be there.` }),
    currency: t.string({ description: 'ISO 4217; must be there.' }),
    amountMinor: t.field({
      type: 'LooseNumber',
      description: 'Minor units ≥ 0; this or amount must be there.',
    }),
    amount: t.field({ type: 'LooseNumber', description: 'The same as a decimal, e.g. "12.50".' }),
    refundedMinor: t.field({
      type: 'LooseNumber',
      description: 'Minor units; default: all when REFUNDED, else 0.',
    }),
    refunded: t.field({ type: 'LooseNumber', description: 'The same as a decimal, e.g. "12.50".' }),
    attempt: t.field({
      type: 'LooseNumber',
      description: 'Which try it was for the order, 1–1,000; default 1.',
    }),
    method: t.string({ description: 'E.g. "card", up to 100 characters.' }),
    declineCode: t.string({ description: 'Why it failed, up to 100 characters.' }),
    attemptedAt: t.string({ description: `Must be there. ${INSTANT}` }),
    capturedAt: t.string({ description: `Default: attemptedAt when CAPTURED or REFUNDED. ${INSTANT}` }),
    refundedAt: t.string({ description: `Must be there when money was given back. ${INSTANT}` }),
    isCreditNote: t.boolean({
      description: 'Money was given back that no payment here ever took; needs the status REFUNDED.',
    }),
  }),
});

importMutation(
  'importPayments',
  'Adds and updates up to 1,000 payments. Import orders before the payments that name them.',
  ImportPaymentItem,
  'Payment',
  importPayments,
);
