import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CartsDocument,
  CreateApiKeyDocument,
  CustomerDocument,
  CustomersDocument,
  type ImportCartsDocument,
  ImportCustomersDocument,
  type ImportErrorEventsDocument,
  type ImportOrderItem,
  ImportOrdersDocument,
  type ImportPaymentsDocument,
  ImportRunsDocument,
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
