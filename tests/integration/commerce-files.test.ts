import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { importCustomers } from '../../src/commerce/customers/index.ts';
import { type FileOptions, importFile, listImportRuns } from '../../src/commerce/imports/index.ts';
import { countPending, listOrders } from '../../src/commerce/orders/index.ts';
import { listPayments } from '../../src/commerce/payments/index.ts';
import { sumWindow } from '../../src/commerce/rollups/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { expectExactRollups } from './commerce-invariant.ts';

const RETAIL = join(import.meta.dirname, '../../../shared/data/online-retail/online_retail.csv.gz');
const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

let db: OpenTestDatabase;
let scope: Scope;
let folder: string;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  ({ scope } = await testScope(db.database, { reportingCurrency: 'GBP' }));
  folder = mkdtempSync(join(tmpdir(), 'commerce-files-'));
  return () => rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const rejectsOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const totals = () =>
  scope.db.row<object>(
    `SELECT count(*)::int AS orders, count(*) FILTER (WHERE status = 'CANCELLED')::int AS cancelled,
       count(*) FILTER (WHERE status = 'PAID')::int AS paid, sum(total_minor)::int8 AS net,
       sum(item_count)::int AS lines, count(delivery_lat)::int AS placed
     FROM orders WHERE tenant_id = $1`,
    [scope.tenantId],
  );

/** `invoices` invoices of two lines; every fifth a cancellation. */
function retail(invoices: number): string {
  const lines = Array.from({ length: invoices }, (_, i) => {
    const isCancelled = i % 5 === 4;
    const head = isCancelled ? `C${10_000 + i}` : String(10_000 + i);
    const when = `2011-0${(i % 9) + 1}-1${i % 7} 10:0${i % 10}:00`;
    const line = (code: string, price: string) =>
      `${head},${code},THING ${code},${isCancelled ? -2 : 3},${when},${price},${i % 3 ? 12_000 + (i % 50) : ''},France`;
    return `${line('85123A', '2.55')}\n${line('POST', '0.455')}`;
  });
  return `${HEADER}\n${lines.join('\n')}\n`;
}

describe.skipIf(!existsSync(RETAIL))('Online Retail, the whole file (needs ../shared/data)', () => {
  test('gives the known figures, exact rollups, and nothing new the second time', async () => {
    const options: FileOptions = {
      path: RETAIL,
      format: 'online-retail',
      rejectsPath: join(folder, 'r.ndjson'),
    };
    const seen: number[] = [];
    const report = await importFile(scope, options, ({ lines }) => seen.push(lines));
    expect(report).toMatchObject({ status: 'COMPLETED', wasComplete: false, resumedAt: 0, error: null });
    expect(report.counters).toEqual({
      lines: 541_910,
      outcomes: { customers: { CREATED: 4_372 }, orders: { CREATED: 25_900 }, payments: { CREATED: 23_795 } },
      rejects: 0,
      rejectsBytes: 0,
      rules: {
        paid: 19_959,
        cancelled: 3_836,
        badDebt: 3,
        notPositive: 2_102,
        customers: 4_372,
        blankCustomerLines: 135_080,
        blankCustomerInvoices: 3_710,
        zeroPriceLines: 2_515,
        negativeQuantityLines: 1_336,
        thousandthsLines: 4,
        noDescriptionLines: report.counters.rules.noDescriptionLines,
        feeLines: 2_330,
        adjustmentLines: 715,
        splitInvoices: 1,
        twoMinuteInvoices: 43,
        noCountryInvoices: 51,
        assumedPlaces: 0,
        netMinor: 974_774_793,
      },
    });
    expect(existsSync(join(folder, 'r.ndjson'))).toBe(false);
    expect(new Set(seen).size).toBeGreaterThan(10);
    const expected = {
      orders: 25_900,
      cancelled: 3_836,
      paid: 19_959,
      net: 974_774_793n,
      lines: 541_909,
      placed: 0,
    };
    expect(await totals()).toEqual(expected);
    await expectExactRollups(scope);

    const all = await sumWindow(
      scope.db,
      scope.tenantId,
      new Date('2010-12-01T08:00:01Z'),
      new Date('2012-01-01'),
    );
    const [gbp] = all.currencies;
    expect(gbp).toMatchObject({ revenueMinor: 1_065_562_248n, captures: 19_959, refundsMinor: 89_681_249n });
    // Net of the file = revenue − refunds − the one bad-debt invoice that is left of the three.
    expect(1_065_562_248n - 89_681_249n - 1_106_206n).toBe(974_774_793n);
    expect(all).toMatchObject({ ordersPaid: 19_959, checkouts: 19_959, customersGained: 4_372 });

    expect(await importFile(scope, options)).toMatchObject({ wasComplete: true, status: 'COMPLETED' });
    const again = await importFile(scope, { ...options, again: true });
    expect(again.counters.outcomes).toEqual({
      customers: { UNCHANGED: 4_372 },
      orders: { UNCHANGED: 25_900 },
      payments: { UNCHANGED: 23_795 },
    });
    expect(await totals()).toEqual(expected);
    await expectExactRollups(scope);
  }, 300_000);
});

describe('online-retail', () => {
  const big = () => file('big.csv', retail(12_000));

  test('goes on after an abort and after a crash, without doubles', async () => {
    const path = big();
    const stop = new AbortController();
    const first = await importFile(
      scope,
      { path, format: 'online-retail' },
      ({ lines }) => lines > 0 && stop.abort(new Error('Ctrl-C')),
      stop.signal,
    );
    expect(first).toMatchObject({
      status: 'FAILED',
      error: 'Interrupted; run the same command again to go on.',
    });
    await expectExactRollups(scope);
    // kill -9 leaves RUNNING behind, with the position of the last commit.
    await scope.db.run(`UPDATE import_run SET status = 'RUNNING', error = NULL WHERE tenant_id = $1`, [
      scope.tenantId,
    ]);
    const second = await importFile(scope, { path, format: 'online-retail' });
    expect(second.status).toBe('COMPLETED');
    expect(second.resumedAt).toBe(first.counters.lines);
    expect(second.counters.outcomes.orders).toEqual({ CREATED: 12_000 });
    expect(second.counters.lines).toBe(24_001);
    await expectExactRollups(scope);

    const { scope: other } = await testScope(db.database);
    const whole = await importFile(other, { path, format: 'online-retail' });
    expect(second.counters).toEqual(whole.counters);
  });

  test('a truncated gzip fails with what is committed kept; the whole file then adds the rest', async () => {
    const zipped = gzipSync(retail(12_000));
    const path = file('cut.csv.gz', zipped.subarray(0, Math.floor(zipped.length * 0.8)));
    const cut = await importFile(scope, { path, format: 'online-retail' });
    expect(cut).toMatchObject({ status: 'FAILED', error: expect.stringContaining('truncated') });
    const kept = cut.counters.outcomes.orders?.CREATED ?? 0;
    expect(kept).toBeGreaterThan(0);
    expect(await totals()).toMatchObject({ orders: kept });
    await expectExactRollups(scope);

    writeFileSync(path, zipped);
    const whole = await importFile(scope, { path, format: 'online-retail' });
    expect(whole.counters.outcomes.orders).toEqual({ UNCHANGED: kept, CREATED: 12_000 - kept });
    await expectExactRollups(scope);
    const runs = await listImportRuns(scope, {}, {});
    expect(runs.edges.map(({ node }) => node.status).sort()).toEqual(['COMPLETED', 'FAILED']);
  });

  test('refuses broken and impossible lines with number and reason, keeps the others', async () => {
    const path = file(
      'bad.csv',
      [
        HEADER,
        '1,A,ok,1,2011-01-04 10:00:00,1.00,7,France',
        '1,A,too few,1',
        '1,A,half,1.5,2011-01-04 10:00:00,1.00,7,France',
        '1,A,zero,0,2011-01-04 10:00:00,1.00,7,France',
        '2,A,no price,1,2011-01-04 10:00:00,abc,7,France',
        '3,A,late,1,9999-01-04 10:00:00,1.00,7,France',
        '4,A,when,1,2011-02-30 10:00:00,1.00,7,France',
        '1,A,"quoted, ok",2,2011-01-04 10:01:00,0.001,7,France',
        '5\u0001,A,control,1,2011-01-04 10:00:00,1.00,7,France',
      ].join('\n'),
    );
    const rejectsPath = join(folder, 'bad.rejects.ndjson');
    const report = await importFile(scope, { path, format: 'online-retail', rejectsPath });
    expect(report.counters).toMatchObject({ rejects: 7, outcomes: { orders: { CREATED: 1 } } });
    expect(rejectsOf(rejectsPath).map(({ line, field, code }) => [line, field, code])).toEqual([
      [3, 'line', 'BROKEN_LINE'],
      [4, 'Quantity', 'INVALID'],
      [5, 'Quantity', 'INVALID'],
      [6, 'UnitPrice', 'INVALID'],
      [7, 'InvoiceDate', 'OUT_OF_RANGE'],
      [8, 'InvoiceDate', 'INVALID'],
      [10, 'InvoiceNo', 'INVALID'],
    ]);
    const [edge] = (await listOrders(scope, {}, {})).edges;
    expect(edge?.node).toMatchObject({
      externalId: '1',
      totalMinor: 100n,
      itemCount: 2,
      deliveryCountry: 'FR',
    });
    expect(edge?.node.items[1]).toEqual({
      sku: 'A',
      name: 'quoted, ok',
      quantity: 2,
      unitPriceMinor: 0,
      kind: 'PRODUCT',
    });
  });

  test('lines that come again far away are refused, not lost and not doubled', async () => {
    const path = file('far.csv', `${retail(3_000)}10000,85123A,AGAIN,1,2011-01-10 10:00:00,1.00,,France\n`);
    const rejectsPath = join(folder, 'far.rejects.ndjson');
    const report = await importFile(scope, { path, format: 'online-retail', rejectsPath });
    expect(report.counters.outcomes.orders).toEqual({ CREATED: 3_000 });
    expect(rejectsOf(rejectsPath)).toMatchObject([{ line: 6_002, externalId: '10000', code: 'LATE_LINE' }]);
  });

  test('--assume gives places and weights; a dry run writes nothing', async () => {
    const path = file('few.csv', retail(10));
    const assume = { lat: 51.5, lon: -0.12, country: 'GB' };
    const dry = await importFile(scope, { path, format: 'online-retail', assume, isDryRun: true });
    expect(dry).toMatchObject({ runId: null, status: 'COMPLETED' });
    expect(dry.counters).toMatchObject({
      outcomes: { orders: { CREATED: 10 } },
      rules: { assumedPlaces: 8 },
    });
    expect(await totals()).toMatchObject({ orders: 0 });
    await importFile(scope, { path, format: 'online-retail', assume });
    const [newest] = (await listOrders(scope, { status: ['PAID'] }, { first: 1 })).edges;
    expect(newest?.node).toMatchObject({
      pickupCountry: 'GB',
      pickupLat: 51.5,
      deliveryCountry: 'FR',
      deliveryLat: 48.8566,
      weightGrams: 300,
    });
    const [run] = (await listImportRuns(scope, {}, {})).edges;
    expect(run?.node.options).toMatchObject({ format: 'online-retail', assume });
    expect(await countPending(scope.db, scope.tenantId, scope.now)).toBe(8);
  });

  test('refuses another file, a missing file and options that do not fit', async () => {
    const path = file('other.csv', 'id,total\n1,2\n');
    await expect(importFile(scope, { path: join(folder, 'none'), format: 'csv' })).rejects.toMatchObject({
      field: 'file',
    });
    await expect(
      importFile(scope, { path, format: 'csv', assume: { lat: 1, lon: 1, country: 'GB' } }),
    ).rejects.toMatchObject({ field: 'assume' });
    const report = await importFile(scope, { path, format: 'online-retail' });
    expect(report).toMatchObject({ status: 'FAILED', error: expect.stringContaining('InvoiceNo,StockCode') });
  });
});

describe('csv and ndjson', () => {
  test('csv orders: rows with one id are its lines, columns are mapped, amounts may be decimal', async () => {
    await importCustomers(scope, { source: 'file', items: [{ externalId: 'c1', signedUpAt: '2026-01-01' }] });
    const path = file(
      'orders.csv',
      [
        '\ufeffOrder ID,Customer ID,State,placed_at,item_name,Quantity,Unit Price,delivery.country,Ignored',
        'o1,c1,PAID,2026-11-19T10:00:00Z,"Lamp, red",2,19.99,DE,x',
        'o1,c1,PAID,2026-11-19T10:00:00Z,Bulb,1,1.50,DE,x',
        'o2,nobody,PAID,2026-11-19T11:00:00Z,Lamp,1,19.99,DE,x',
        'o3,,PAID,2026-11-19T11:00:00Z,Lamp,1,19.99,UK,x',
        'o4,,PAID,2026-11-19T11:00:00Z',
        'o5,,OPEN,2026-11-19T12:00:00Z,Lamp,1,19.99,FR,x',
      ].join('\r\n'),
    );
    const rejectsPath = join(folder, 'o.ndjson');
    const report = await importFile(scope, {
      ...{ path, format: 'csv', kind: 'orders', rejectsPath },
      map: { State: 'status' },
      set: { currency: 'EUR' },
    });
    expect(report.counters.outcomes.orders).toEqual({ CREATED: 2, REJECTED: 1 });
    expect(rejectsOf(rejectsPath).map(({ line, field, code }) => [line, field, code])).toEqual([
      [4, 'customerExternalId', 'NOT_FOUND'],
      [5, 'delivery.country', 'UNKNOWN_COUNTRY'],
      [6, 'line', 'BROKEN_LINE'],
    ]);
    const orders = (await listOrders(scope, {}, {})).edges.map(({ node }) => [
      node.externalId,
      node.totalMinor,
      node.itemCount,
    ]);
    expect(orders).toEqual([
      ['o5', 1999n, 1],
      ['o1', 4148n, 2],
    ]);
    await expectExactRollups(scope);
  });

  test('csv without an id, with an unknown column or field says what would be right', async () => {
    const path = file('c.csv', 'name,signed_up_at\nA,2026-01-01\n');
    const report = await importFile(scope, { path, format: 'csv', kind: 'customers' });
    expect(report).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('--map column=externalId'),
    });
    const wrong = await importFile(scope, {
      path,
      format: 'csv',
      kind: 'customers',
      map: { nme: 'externalId' },
    });
    expect(wrong.error).toContain('There is no column "nme"');
    const field = await importFile(scope, { path, format: 'csv', kind: 'customers', map: { name: 'title' } });
    expect(field.error).toContain('no field "title"');
  });

  test('ndjson: a later line of one id wins by version, broken lines are refused, resuming keeps the rejects file', async () => {
    const payment = (id: number, more: object = {}) =>
      JSON.stringify({
        ...{ externalId: `p${id}`, status: 'CAPTURED', currency: 'USD', amountMinor: 100 + id },
        ...{ attemptedAt: '2026-11-19T10:00:00Z', ...more },
      });
    const lines = Array.from({ length: 3_500 }, (_, i) => (i % 700 === 350 ? '{"broken": ' : payment(i)));
    lines.push(payment(1, { version: 9, amountMinor: 5 }), payment(1, { version: 3 }), '[1]');
    const path = file('payments.ndjson', lines.join('\n'));
    const rejectsPath = join(folder, 'p.ndjson');
    const options: FileOptions = { path, format: 'ndjson', kind: 'payments', rejectsPath };
    const stop = new AbortController();
    const stopped = await importFile(
      scope,
      options,
      ({ lines: n }) => n > 0 && stop.abort(new Error('x')),
      stop.signal,
    );
    expect(stopped.status).toBe('FAILED');
    // What a crash may leave beyond the committed length.
    appendFileSync(rejectsPath, '{"line": 99999, "half');
    const report = await importFile(scope, options);
    expect(report.status).toBe('COMPLETED');
    expect(report.counters.outcomes.payments).toEqual({ CREATED: 3_495, UPDATED: 1, IGNORED_OLDER: 1 });
    expect(rejectsOf(rejectsPath).map(({ line }) => line)).toEqual([351, 1_051, 1_751, 2_451, 3_151, 3_503]);
    const found = await listPayments(scope, { externalId: 'p1' }, {});
    expect(found.edges[0]?.node).toMatchObject({ version: 9n, amountMinor: 5n });
    await expectExactRollups(scope);
  });

  test('two processes on one file: one finishes, the other stops, nothing is doubled', async () => {
    const path = file('same.csv', retail(6_000));
    const reports = await Promise.all([1, 2].map(() => importFile(scope, { path, format: 'online-retail' })));
    expect(reports.map(({ status }) => status)).toContain('COMPLETED');
    expect(await totals()).toMatchObject({ orders: 6_000 });
    await expectExactRollups(scope);
  });
});
