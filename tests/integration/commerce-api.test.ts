import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  CartsDocument,
  CreateApiKeyDocument,
  CustomerDocument,
  CustomersDocument,
  ImportCartsDocument,
  ImportCustomersDocument,
  ImportErrorEventsDocument,
  type ImportOrderItem,
  ImportOrdersDocument,
  ImportPaymentsDocument,
  OrderDocument,
  OrdersDocument,
  PaymentsDocument,
} from '../../operations/generated/graphql.ts';
import { type Client, startServer, type TestServer } from '../kit/server.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const source = 'shop';
let server: TestServer;
let api: Client;
let other: Client;

beforeAll(async () => {
  server = await startServer({ clock: () => NOW });
  await server.createTenant({ slug: 'shop' });
  await server.createTenant({ slug: 'other' });
  api = server.client(undefined, 'shop');
  other = server.client(undefined, 'other');
  await send(ImportCustomersDocument, [customer('ada', { name: 'Ada', country: 'DE' }), customer('bob')]);
});
afterAll(() => server?.stop());

const customer = (externalId: string, more: object = {}) => ({
  externalId,
  signedUpAt: '2026-01-01T00:00:00Z',
  ...more,
});
const order = (externalId: string, more: ImportOrderItem = {}): ImportOrderItem => ({
  externalId,
  status: 'PAID',
  currency: 'EUR',
  items: [{ sku: 'L1', name: 'Lamp', quantity: 2, unitPriceMinor: 1500 }],
  placedAt: '2026-11-19T08:15:00Z',
  ...more,
});

type ImportDocument =
  | typeof ImportCartsDocument
  | typeof ImportCustomersDocument
  | typeof ImportErrorEventsDocument
  | typeof ImportOrdersDocument
  | typeof ImportPaymentsDocument;

/** The payload of an import; a refusal of the whole call fails the test. */
async function send(document: ImportDocument, items: object[], client = api, more: object = {}) {
  const answer = await client.run(document as typeof ImportOrdersDocument, {
    input: { source, items, ...more },
  });
  const [payload] = Object.values(answer);
  if (payload?.__typename !== 'ImportPayload') throw new Error(JSON.stringify(payload));
  return payload;
}

const textOf = (query: unknown): string =>
  typeof query === 'string' ? query : String((query as { text?: string }).text);

describe('one batch with every bad input', () => {
  const utf8 = 'x'.repeat(200_000);
  const bad: [string, ImportOrderItem, field: string, code: string][] = [
    ['unknown currency', { currency: 'EUX' }, 'currency', 'UNKNOWN_CURRENCY'],
    ['no currency', { currency: null }, 'currency', 'REQUIRED'],
    ['unknown country', { delivery: { country: 'XX' } }, 'delivery.country', 'UNKNOWN_COUNTRY'],
    ['negative weight', { weightGrams: -1 }, 'weightGrams', 'OUT_OF_RANGE'],
    ['half a gram', { weightGrams: 0.5 }, 'weightGrams', 'INVALID'],
    ['beyond the pole', { pickup: { lat: 91, lon: 0 } }, 'pickup.lat', 'OUT_OF_RANGE'],
    ['beyond the date line', { delivery: { lat: 1, lon: -180.1 } }, 'delivery.lon', 'OUT_OF_RANGE'],
    ['null island', { pickup: { lat: 0, lon: 0 } }, 'pickup.lat', 'SUSPECT_COORDINATES'],
    ['NaN as text', { pickup: { lat: 'NaN', lon: 1 } }, 'pickup.lat', 'INVALID'],
    // JSON has no NaN: what serializers make of it is null.
    ['NaN as null', { pickup: { lat: null, lon: 1 } }, 'pickup.lat', 'REQUIRED'],
    ['infinite', { weightGrams: '1e999' }, 'weightGrams', 'INVALID'],
    ['200 kB name', { items: [{ name: utf8, quantity: 1, unitPriceMinor: 1 }] }, 'items.0.name', 'TOO_LONG'],
    ['year 9999', { placedAt: '9999-12-31T00:00:00Z' }, 'placedAt', 'OUT_OF_RANGE'],
    ['30 February', { placedAt: '2026-02-30' }, 'placedAt', 'INVALID'],
    ['unknown status', { status: 'SHIPPED' }, 'status', 'INVALID'],
    [
      'nothing sold',
      { items: [{ name: 'Lamp', quantity: 0, unitPriceMinor: 1 }] },
      'items.0.quantity',
      'OUT_OF_RANGE',
    ],
    ['too much money', { totalMinor: '9999999999999999999' }, 'totalMinor', 'OUT_OF_RANGE'],
    ['somebody else’s customer', { customerExternalId: 'eve' }, 'customerExternalId', 'NOT_FOUND'],
    ['paid before it was placed', { paidAt: '2026-11-18T00:00:00Z' }, 'paidAt', 'CONFLICT'],
  ];

  test('each bad item is refused with its field, the rest is stored', async () => {
    await send(ImportCustomersDocument, [customer('eve')], other);
    const items = [
      order('good 1', { customerExternalId: 'ada' }),
      ...bad.map(([name, fault]) => order(name, fault)),
      order('good 1'),
      order('', {}),
      order('good 2'),
    ];
    const { results, counts } = await send(ImportOrdersDocument, items);
    expect(results.map(({ index }) => index)).toEqual(items.map((_, index) => index));
    const faults = results.filter(({ outcome }) => outcome === 'REJECTED');
    expect(faults.map(({ externalId, id, error }) => [externalId, id, error?.field, error?.code])).toEqual([
      ...bad.map(([name, , field, code]) => [name, null, field, code]),
      ['good 1', null, 'externalId', 'DUPLICATE'],
      ['', null, 'externalId', 'REQUIRED'],
    ]);
    for (const { error } of faults) expect(error?.message.length).toBeLessThan(250);
    expect(counts).toEqual({
      created: 2,
      updated: 0,
      unchanged: 0,
      ignoredOlder: 0,
      rejected: bad.length + 2,
    });
    const stored = (await api.run(OrdersDocument)).orders.edges.map(({ node }) => node.externalId);
    expect(stored.sort()).toEqual(['good 1', 'good 2']);
  });
});

describe('a batch sent again', () => {
  test('changes nothing, and an older version is ignored', async () => {
    const items = [order('v', { version: 5, channel: 'web' })];
    const first = await send(ImportOrdersDocument, items);
    const again = await send(ImportOrdersDocument, items);
    expect(again.results).toEqual([{ ...first.results[0], outcome: 'UNCHANGED' }]);
    const older = await send(ImportOrdersDocument, [order('v', { version: '4', channel: 'till' })]);
    expect(older.results).toEqual([{ ...first.results[0], outcome: 'IGNORED_OLDER' }]);
    expect(older.counts).toMatchObject({ ignoredOlder: 1, created: 0, rejected: 0 });
    const newer = await send(ImportOrdersDocument, [order('v', { version: 6, channel: 'app' })]);
    expect(newer.results).toEqual([{ ...first.results[0], outcome: 'UPDATED' }]);
    const { order: stored } = await api.run(OrderDocument, { id: first.results[0]?.id as string });
    expect(stored).toMatchObject({ externalId: 'v', version: '6', channel: 'app' });
  });
});

describe('a call as a whole', () => {
  const input = (more: object) => ({ input: { source, items: [order('x')], ...more } });

  test.each([
    ['1,001 items', { items: Array.from({ length: 1_001 }, (_, n) => ({ externalId: `${n}` })) }, ['items']],
    ['no source', { source: ' ' }, ['source']],
    ['a watermark in the year 9999', { completeTo: '9999-01-01T00:00:00Z' }, ['completeTo']],
  ])('%s is InvalidInput', async (_name, more, path) => {
    const { importOrders } = await api.run(ImportOrdersDocument, input(more));
    expect(importOrders).toMatchObject({ __typename: 'InvalidInput', code: 'VALIDATION_ERROR', path });
  });

  test('needs the scope INGEST, which reads nothing', async () => {
    const key = async (scopes: ('INGEST' | 'OPERATOR')[]) => {
      const { createApiKey } = await api.run(CreateApiKeyDocument, {
        input: { name: scopes.join(), scopes },
      });
      return server.client((createApiKey as { value: string }).value);
    };
    const operator = await key(['OPERATOR']);
    const refused = await operator.ask(ImportOrdersDocument, input({}));
    expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    const ingest = await key(['INGEST']);
    const { counts } = await send(ImportOrdersDocument, [order('by key')], ingest);
    expect(counts.created).toBe(1);
    const blind = await ingest.ask(OrdersDocument);
    expect(blind.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect(
      (await operator.run(OrdersDocument, { filter: { externalId: 'by key' } })).orders.edges,
    ).toHaveLength(1);
  });
});

describe('what was imported is looked at', () => {
  beforeAll(async () => {
    const lamp = { name: 'Lamp', quantity: 1, unitPriceMinor: '1999' };
    await send(ImportCartsDocument, [
      {
        externalId: 'cart 1',
        currency: 'EUR',
        customerExternalId: 'ada',
        items: [lamp],
        startedAt: '2026-11-01',
      },
    ]);
    const many = Array.from({ length: 60 }, (_, n) =>
      order(`many ${n}`, {
        channel: 'many',
        customerExternalId: n % 2 === 0 ? 'ada' : 'bob',
        cartExternalId: 'cart 1',
        placedAt: `2026-10-01T00:${String(n).padStart(2, '0')}:00Z`,
        items: [lamp, { name: 'Discount', quantity: -1, unitPrice: '5', kind: 'ADJUSTMENT' }],
        delivery: { country: 'FR' },
      }),
    );
    await send(ImportOrdersDocument, many);
    await send(ImportPaymentsDocument, [
      {
        ...{ externalId: 'pay 1', orderExternalId: 'many 3', customerExternalId: 'bob', status: 'CAPTURED' },
        ...{ currency: 'EUR', amount: 14.99, method: 'card', attemptedAt: '2026-10-01T00:03:01Z' },
      },
    ]);
    const reports = [
      { externalId: 'e1', service: 'checkout', message: 'boom', occurredAt: '2026-11-20T10:00:00Z' },
    ];
    const { results } = await send(ImportErrorEventsDocument, reports);
    expect(results).toEqual([{ index: 0, externalId: 'e1', outcome: 'CREATED', id: null, error: null }]);
  });

  test('a page of 50 orders with customers and lines takes as many statements as one of 2', async () => {
    const page = async (first: number, after?: string | null) => {
      const query = vi.spyOn(pg.Client.prototype, 'query');
      const { orders } = await api.run(OrdersDocument, { filter: { channel: 'many' }, first, after });
      const reads = query.mock.calls.filter((call) => /FROM (orders|customer) /.test(textOf(call[0])));
      query.mockRestore();
      return { orders, reads: reads.length };
    };
    const { orders, reads } = await page(50);
    expect([reads, (await page(2)).reads]).toEqual([2, 2]);
    const rest = (await page(50, orders.pageInfo.endCursor)).orders;
    const taken = [...orders.edges, ...rest.edges].map(({ node }) => node.externalId);
    expect(taken).toEqual(Array.from({ length: 60 }, (_, n) => `many ${59 - n}`));
    expect(orders.edges[0]?.node).toMatchObject({
      externalId: 'many 59',
      total: { amountMinor: '1499', currency: 'EUR', formatted: '€14.99' },
      customer: { externalId: 'bob', name: null },
      pickup: null,
      delivery: { country: 'FR', lat: null, lon: null },
      items: [
        { name: 'Lamp', kind: 'PRODUCT', quantity: 1, lineTotal: { amountMinor: '1999', currency: 'EUR' } },
        { name: 'Discount', kind: 'ADJUSTMENT', quantity: -1, lineTotal: { amountMinor: '-500' } },
      ],
    });
  });

  test('customers, carts and payments by filter, and nothing of it for another tenant', async () => {
    const { customers } = await api.run(CustomersDocument, { filter: { country: 'DE' } });
    expect(customers.edges.map(({ node }) => node.name)).toEqual(['Ada']);
    const ada = customers.edges[0]?.node.id as string;
    expect((await api.run(CustomerDocument, { id: ada })).customer).toMatchObject({ externalId: 'ada' });
    const { orders } = await api.run(OrdersDocument, {
      filter: { customerId: ada, channel: 'many' },
      first: 100,
    });
    expect(orders.edges).toHaveLength(30);
    const { carts } = await api.run(CartsDocument, { filter: { status: ['OPEN'] } });
    expect(carts.edges.map(({ node }) => [node.value.formatted, node.customer?.name])).toEqual([
      ['€19.99', 'Ada'],
    ]);
    const { payments } = await api.run(PaymentsDocument, { filter: { method: 'card' } });
    expect(payments.edges.map(({ node }) => node)).toMatchObject([
      { amount: { amountMinor: '1499' }, order: { externalId: 'many 3' }, customer: { externalId: 'bob' } },
    ]);
    expect((await other.run(CustomerDocument, { id: ada })).customer).toBeNull();
    expect((await other.run(OrderDocument, { id: orders.edges[0]?.node.id as string })).order).toBeNull();
    expect((await other.run(OrdersDocument, { filter: { customerId: ada } })).orders.edges).toEqual([]);
    expect((await other.run(PaymentsDocument)).payments.edges).toEqual([]);
    expect((await other.run(CartsDocument)).carts.edges).toEqual([]);
  });

  test('a made-up id names nothing', async () => {
    const id = Buffer.from('Order:nonsense').toString('base64');
    expect((await api.run(OrderDocument, { id })).order).toBeNull();
  });
});
