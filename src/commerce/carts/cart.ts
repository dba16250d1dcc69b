import { uuidFrom } from '../../kernel/ids.ts';
import { optionalEmail } from '../customers/index.ts';
import {
  type Candidate,
  choice,
  currency,
  type Fact,
  FieldError,
  instant,
  type KindSpec,
  linkTo,
  optionalInstant,
  optionalMoney,
  orderLines,
  type Raw,
  type ReadContext,
  sumOfLines,
  text,
  version,
} from '../ingest/index.ts';
import { addCart } from '../rollups/index.ts';

export const CART_STATUSES = ['OPEN', 'ORDERED', 'CLOSED'] as const;
export type CartStatus = (typeof CART_STATUSES)[number];

/** A checkout in the making; `items` is already JSON text. */
export interface CartFact extends Fact {
  customerId: string | null;
  email: string | null;
  status: CartStatus;
  currency: string;
  valueMinor: bigint;
  items: string;
  startedAt: Date;
  lastActivityAt: Date;
}

/** One cart as sent; throws FieldError. The value of the source wins over the sum of its lines. */
export function readCart(raw: Raw, context: ReadContext): Candidate<CartFact> {
  const externalId = text(raw, 'externalId', 200);
  const code = currency(raw);
  const items = orderLines(raw, code);
  const customer = linkTo(raw, 'customer', context);
  const startedAt = instant(raw, 'startedAt', context.now);
  const lastActivityAt = optionalInstant(raw, 'lastActivityAt', context.now) ?? startedAt;
  if (lastActivityAt < startedAt) {
    throw new FieldError('lastActivityAt', 'CONFLICT', 'lastActivityAt must not be before startedAt.');
  }
  const fact: CartFact = {
    id: uuidFrom(context.tenantId, 'cart', context.source, externalId),
    externalId,
    version: version(raw, context.now),
    customerId: customer?.id ?? null,
    email: optionalEmail(raw),
    status: choice(raw, 'status', CART_STATUSES, 'OPEN'),
    currency: code,
    valueMinor: optionalMoney(raw, 'value', code, 0n) ?? sumOfLines(items),
    items: JSON.stringify(items),
    startedAt,
    lastActivityAt,
  };
  return { fact, links: customer ? [customer] : [] };
}

export const cartSpec: KindSpec<CartFact> = {
  kind: 'cart',
  table: 'cart',
  columns: {
    externalId: 'text',
    version: 'int8',
    customerId: 'uuid',
    email: 'text',
    status: 'text',
    currency: 'text',
    valueMinor: 'int8',
    items: 'jsonb',
    startedAt: 'timestamptz',
    lastActivityAt: 'timestamptz',
  },
  read: readCart,
  contribute: addCart,
  latest: ({ lastActivityAt }) => lastActivityAt,
};
