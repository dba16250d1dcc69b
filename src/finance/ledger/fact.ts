import {
  choice,
  currency,
  FieldError,
  instant,
  optionalMoney,
  type Raw,
  type ReadContext,
  text,
} from '../../commerce/ingest/index.ts';
import { uuidFrom } from '../../kernel/ids.ts';

export const COST_CATEGORIES = ['AI', 'INFRASTRUCTURE', 'OTHER'] as const;
export type CostCategory = (typeof COST_CATEGORIES)[number];

/** What every booked amount has; (source, externalId) names it for ever. */
export interface BookedAmount {
  readonly id: string;
  readonly source: string;
  readonly externalId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly occurredAt: Date;
}

/** Money the tenant has spent. */
export interface Cost extends BookedAmount {
  readonly category: CostCategory;
}

function amountOf(raw: Raw, context: ReadContext, kind: string, min: bigint): BookedAmount {
  const externalId = text(raw, 'externalId', 200);
  const code = currency(raw);
  const amountMinor = optionalMoney(raw, 'amount', code, min);
  if (amountMinor === null) {
    throw new FieldError('amountMinor', 'REQUIRED', 'amountMinor, or amount as a decimal, is required.');
  }
  const { tenantId, source } = context;
  return {
    ...{ id: uuidFrom(tenantId, kind, source, externalId), source, externalId, amountMinor, currency: code },
    occurredAt: instant(raw, 'occurredAt', context.now),
  };
}

/** One cost as sent; a credit note is negative. Throws FieldError. */
export const readCost = (raw: Raw, context: ReadContext): Cost => ({
  ...amountOf(raw, context, 'cost', -(10n ** 15n)),
  category: choice(raw, 'category', COST_CATEGORIES),
});

/** One sale that a partner brought; `source` is the partner. Throws FieldError. */
export const readConversion = (raw: Raw, context: ReadContext): BookedAmount =>
  amountOf(raw, context, 'conversion', 0n);
