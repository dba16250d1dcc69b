import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ImportRunsDocument, OrdersDocument } from '../../operations/generated/graphql.ts';
import { importCommand } from '../../src/cli/import-command.ts';
import { runGuarded } from '../../src/cli/runtime.ts';
import { startServer, type TestServer } from '../kit/server.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
let server: TestServer;
let cwd: string;

beforeAll(async () => {
  server = await startServer({ clock: () => NOW });
  await server.createTenant({ slug: 'shop' });
});
afterAll(() => server?.stop());
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'import-'));
  return () => rm(cwd, { recursive: true });
});

/** Runs `npm run import -- …` in `cwd`. */
async function run(...args: string[]): Promise<{ code: number; printed: string }> {
  let printed = '';
  const print = (text: string) => {
    printed += text;
  };
  const io = { cwd, print, isTty: false, signal: new AbortController().signal };
  return { code: await runGuarded(importCommand, server.app, args, io), printed };
}

const ORDERS = `Order ID,Status,Placed At,Item name,Quantity,Unit price,Till
1,PAID,2026-11-18T10:00:00Z,Lamp,2,15.00,a
1,PAID,2026-11-18T10:00:00Z,Chair,1,80.00,a
2,PAID,9999-11-18T10:00:00Z,Lamp,1,15.00,a
3,OPEN,2026-11-18T11:00:00Z,Lamp,1,15.00,b
`;
const CSV = ['--tenant', 'shop', '--format', 'csv', '--map', 'Till=channel', '--set', 'currency=EUR'];

test('a csv: tried, imported, refused lines kept, not imported twice', async () => {
  await writeFile(join(cwd, 'orders.csv'), ORDERS);
  const trial = await run(...CSV, '--dry-run', 'orders.csv');
  expect(trial).toMatchObject({ code: 0, printed: expect.stringContaining('Dry run: nothing was written.') });
  const api = server.client(undefined, 'shop');
  expect((await api.run(OrdersDocument)).orders.edges).toEqual([]);

  const { code, printed } = await run(...CSV, 'orders.csv');
  expect(code).toBe(0);
  expect(printed).toMatch(/total +created\n +orders +2 +2\n/);
  expect(printed).toContain('1 refused, with line and reason: orders.csv.rejects.ndjson');
  const { orders } = await api.run(OrdersDocument);
  expect(orders.edges.map(({ node }) => [node.externalId, node.channel, node.total.formatted])).toEqual([
    ['3', 'b', '€15.00'],
    ['1', 'a', '€110.00'],
  ]);
  const reject = JSON.parse(await readFile(join(cwd, 'orders.csv.rejects.ndjson'), 'utf8'));
  expect(reject).toMatchObject({ line: 4, externalId: '2', field: 'placedAt', code: 'OUT_OF_RANGE' });

  expect((await run(...CSV, 'orders.csv')).printed).toContain('nothing was done');
  expect((await run(...CSV, '--again', 'orders.csv')).printed).toMatch(/total +unchanged\n +orders +2 +2\n/);
  const { importRuns } = await api.run(ImportRunsDocument);
  expect(importRuns.edges.map(({ node }) => node)).toMatchObject([
    {
      ...{ format: 'csv', fileName: 'orders.csv', status: 'COMPLETED', rejects: 1, rules: [], error: null },
      outcomes: [{ kind: 'ORDERS', outcome: 'UNCHANGED', count: 2 }],
    },
  ]);
  expect((await readdir(cwd)).sort()).toEqual([
    'orders.csv',
    'orders.csv.dry-run.rejects.ndjson',
    'orders.csv.rejects.ndjson',
  ]);
});

test('a truncated gzip stops with exit code 1 and says how to go on', async () => {
  const lines = Array.from(
    { length: 20_000 },
    (_, n) => `{"externalId":"c${n}","signedUpAt":"2026-01-01"}\n`,
  );
  const whole = gzipSync(lines.join(''));
  await writeFile(join(cwd, 'customers.ndjson.gz'), whole.subarray(0, whole.length - 2_000));
  const args = ['--tenant', 'shop', '--format', 'ndjson', '--kind', 'customers', 'customers.ndjson.gz'];
  const { code, printed } = await run(...args);
  expect(code).toBe(1);
  expect(printed).toContain('The gzip file is truncated');
  expect(printed).toContain('The same command goes on from there');
  await writeFile(join(cwd, 'customers.ndjson.gz'), whole);
  const mended = await run(...args);
  expect(mended.code).toBe(0);
  expect(mended.printed).toMatch(/customers +20,000 +[\d,]+ +[\d,]+\n/);
});

test.each([
  [['--format', 'csv', 'x.csv'], '--tenant is missing.'],
  [['--tenant', 'shop', '--format', 'xml', 'x.csv'], '--format is one of csv, ndjson, online-retail.'],
  [['--tenant', 'shop', '--format', 'csv'], 'Name exactly one FILE.'],
  [['--tenant', 'shop', '--format', 'csv', '--map', 'Till', 'x.csv'], '--map "Till" must look like'],
  [
    ['--tenant', 'shop', '--format', 'online-retail', '--assume', '0,0,GB', 'x.csv'],
    '--assume is LAT,LON,CC',
  ],
  [
    ['--tenant', 'shop', '--format', 'online-retail', '--assume', '51,0,XX', 'x.csv'],
    '--assume is LAT,LON,CC',
  ],
  [['--tenant', 'shop', '--format', 'csv', 'missing.csv'], 'Cannot read'],
  [['--tenant', 'nobody', '--format', 'csv', 'x.csv'], 'No tenant'],
  [['--tenant', 'shop', '--colour', 'x.csv'], '--colour'],
])('a wrong command line %j is explained with exit code 2', async (args, words) => {
  const { code, printed } = await run(...args);
  expect(printed).toContain(words);
  expect(code).toBe(2);
});

test('--help explains', async () => {
  const { code, printed } = await run('--help');
  expect(printed).toContain('Usage: npm run import');
  expect(code).toBe(0);
});
