import { expect, test } from 'vitest';
import { FieldError, type Raw } from '../ingest/index.ts';
import { readOrder } from './order.ts';

const context = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  source: 'shop',
  now: new Date('2026-11-20T12:00:00Z'),
};
const good: Raw = {
  externalId: 'o1',
  status: 'PAID',
  currency: 'EUR',
  placedAt: '2026-11-20T08:00:00Z',
  items: [{ name: 'Lamp', quantity: 2, unitPriceMinor: 1500 }],
};

function outcome(change: Raw): unknown {
  try {
    return readOrder({ ...good, ...change }, context).fact;
  } catch (error) {
    if (error instanceof FieldError) return `${error.field} ${error.code}`;
    throw error;
  }
}

test.each<[string, Raw, unknown]>([
  [
    'paid when placed, total of its lines',
    {},
    { paidAt: new Date('2026-11-20T08:00:00Z'), totalMinor: 3000n, itemCount: 1, hasProduct: true },
  ],
  ['a total of the source wins (postage, tax, discounts)', { totalMinor: 3490 }, { totalMinor: 3490n }],
  ['lines or a total', { items: [] }, 'items REQUIRED'],
  ['a total is enough', { items: [], total: '9.99' }, { totalMinor: 999n, hasProduct: false }],
  ['an open order that was paid', { status: 'OPEN', paidAt: '2026-11-20T09:00:00Z' }, 'paidAt CONFLICT'],
  ['open', { status: 'open' }, { status: 'OPEN', paidAt: null }],
  ['paid before placed', { paidAt: '2026-11-19' }, 'paidAt CONFLICT'],
  ['an unknown status', { status: 'SHIPPED' }, 'status INVALID'],
  ['a negative weight', { weightGrams: -1 }, 'weightGrams OUT_OF_RANGE'],
  ['a zero weight', { weightGrams: 0 }, 'weightGrams OUT_OF_RANGE'],
  [
    'only a fee',
    { items: [{ name: 'Post', kind: 'FEE', quantity: 1, unitPriceMinor: 5 }] },
    { hasProduct: false },
  ],
  [
    'goods given back',
    { items: [{ name: 'Lamp', quantity: -1, unitPriceMinor: 5 }] },
    { hasProduct: false, totalMinor: -5n },
  ],
  ['without a customer', {}, { customerId: null, cartId: null }],
])('%s', (_, change, expected) => {
  if (typeof expected === 'string') expect(outcome(change)).toBe(expected);
  else expect(outcome(change)).toMatchObject(expected as object);
});

test('links carry the source that names the fact', () => {
  const { links, fact } = readOrder({ ...good, customerExternalId: 'c1', customerSource: 'crm' }, context);
  expect(links).toMatchObject([
    { kind: 'customer', externalId: 'c1', source: 'crm', field: 'customerExternalId' },
  ]);
  expect(fact.customerId).toBe(links[0]?.id);
  const own = readOrder({ ...good, customerExternalId: 'c1' }, context);
  expect(own.fact.customerId).not.toBe(fact.customerId);
});
