import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { calibrate, calibration } from '../../src/delivery/rarity/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { detectAll, putOrders, type TestOrder } from './delivery-kit.ts';

const FILE = join(import.meta.dirname, '../../../shared/data/online-retail/online_retail.csv.gz');

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

/** The shop's invoices as orders; a stock code's first three digits stand in for its category. */
async function invoices(): Promise<TestOrder[]> {
  const found = new Map<string, TestOrder & { items: string[]; categories: string[]; totalMinor: number }>();
  const lines = createReadStream(FILE)
    .pipe(createGunzip())
    .pipe(parse({ columns: true, bom: true }));
  for await (const line of lines as AsyncIterable<Record<string, string>>) {
    const { InvoiceNo, StockCode, Quantity, UnitPrice, InvoiceDate } = line as Record<string, string> & {
      InvoiceNo: string;
      StockCode: string;
      InvoiceDate: string;
    };
    if (InvoiceNo.startsWith('C') || Number(Quantity) <= 0 || Number(UnitPrice) <= 0) continue;
    if (!/^\d{5}/.test(StockCode)) continue;
    const order = found.get(InvoiceNo) ?? {
      key: InvoiceNo,
      items: [],
      categories: [],
      totalMinor: 0,
      currency: 'GBP',
      placedAt: instantOf(InvoiceDate),
    };
    if (!order.items.includes(StockCode)) {
      order.items.push(StockCode);
      order.categories.push(StockCode.slice(0, 3));
    }
    order.totalMinor += Math.round(Number(Quantity) * Number(UnitPrice) * 100);
    found.set(InvoiceNo, order);
  }
  return [...found.values()].sort((a, b) => a.placedAt.getTime() - b.placedAt.getTime());
}

/** `12/1/2010 8:26` or ISO, as UTC. */
function instantOf(text: string): Date {
  const parts = /^(\d+)\/(\d+)\/(\d+) (\d+):(\d+)$/.exec(text);
  if (!parts) return new Date(`${text.replace(' ', 'T')}Z`);
  const [month, day, year, hour, minute] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return new Date(Date.UTC(year, month - 1, day, hour, minute));
}

it.skipIf(!existsSync(FILE))(
  'calibrates a year of a real shop by itself: 1 % of packages score 95 or more, 10 % score 85 or more',
  async () => {
    const orders = await invoices();
    expect(orders.length).toBeGreaterThan(19_000);
    const { scope } = await testScope(test.database, { now: new Date('2011-12-10T00:00:00Z') });
    for (let i = 0; i < orders.length; i += 1000) await putOrders(scope, orders.slice(i, i + 1000));

    const started = performance.now();
    const { result, steps, statements } = await detectAll(scope);
    const seconds = (performance.now() - started) / 1000;
    expect(result.scored).toBe(orders.length);
    expect(statements).toBeLessThanOrEqual(25);

    const { scores } = (await scope.db.row<{ scores: Record<string, number> }>(
      'SELECT raw_scores AS scores FROM rarity_corpus WHERE tenant_id = $1',
      [scope.tenantId],
    )) as { scores: Record<string, number> };
    const map = calibration(scores);
    const share = (least: number): number => {
      const hits = Object.entries(scores).filter(
        ([bucket]) => calibrate(Number(bucket) / 100, map).score >= least,
      );
      return (hits.reduce((sum, [, n]) => sum + n, 0) / map.n) * 100;
    };
    process.stdout.write(
      `Online Retail: ${orders.length} invoices in ${steps} steps, ${seconds.toFixed(1)} s, at most ${statements} statements; ` +
        `window of ${map.n}: ${share(95).toFixed(2)} % ≥ 95, ${share(85).toFixed(2)} % ≥ 85; ` +
        `as they came: ${((result.elite / result.scored) * 100).toFixed(2)} % ≥ 95, ${((result.detected / result.scored) * 100).toFixed(2)} % ≥ 85\n`,
    );
    expect(Math.abs(share(95) - 1)).toBeLessThanOrEqual(0.2);
    expect(Math.abs(share(85) - 10)).toBeLessThanOrEqual(1);
    // Scored as they came, each against the past alone, in a shop whose seasons change.
    expect(result.elite / result.scored).toBeGreaterThan(0.005);
    expect(result.elite / result.scored).toBeLessThan(0.02);
  },
  300_000,
);
