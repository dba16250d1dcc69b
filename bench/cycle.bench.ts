import { join } from 'node:path';
import pg, { type PoolConfig } from 'pg';
import { importFile } from '../src/commerce/imports/index.ts';
import { importOrders } from '../src/commerce/orders/index.ts';
import { createCycleRunner, PHASES, phasesOf } from '../src/engine/index.ts';
import { median } from '../src/kernel/stats.ts';
import { HOUR_MS } from '../src/kernel/time.ts';
import type { Scope } from '../src/platform/scope.ts';
import { testDatabase } from '../tests/kit/database.ts';
import { testScope } from '../tests/kit/scope.ts';

const FILE = join(import.meta.dirname, '..', '..', 'shared/data/online-retail/online_retail.csv.gz');
const LONDON = { lat: 51.5074, lon: -0.1278, country: 'GB' };
/** The last invoice of the file is from 2011-12-09 12:50. */
const END = new Date('2011-12-09T13:00:00Z');
const CYCLES = 15;
const NEW_ORDERS = 50;

interface Steady {
  ms: number;
  phaseMs: Record<string, number>;
  statements: Record<string, number>;
}

/** Online Retail `times` over in one tenant, its backlog scored, then hourly cycles with 50 new orders each. */
async function steadyState(times: number, url: string | undefined): Promise<Steady> {
  const db = await testDatabase(url);
  try {
    const { scope, at } = await testScope(db.database, {
      now: new Date('2012-06-01T00:00:00Z'),
      reportingCurrency: 'GBP',
    });
    for (let copy = 0; copy < times; copy++) {
      const report = await importFile(scope, {
        ...{ path: FILE, format: 'online-retail', source: `copy-${copy}`, assume: LONDON },
      });
      if (report.status !== 'COMPLETED') throw new Error(report.error ?? 'The import failed.');
    }
    const runner = createCycleRunner({ owner: 'bench', clock: () => new Date(), timeoutMs: 600_000 });
    await runner.execute(scope, { asOf: END, trigger: 'REPLAY' });
    await analyze(db.connection);
    const samples: Steady[] = [];
    for (let n = 1; n <= CYCLES; n++) samples.push(await oneCycle(at(scope.now), runner, n));
    return middle(samples.slice(3));
  } finally {
    await db.close();
  }
}

/** What autovacuum does within a minute. As the owner: for anybody else it does nothing, and says so only in a warning. */
async function analyze(connection: PoolConfig): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    // The embedded database has one session: the role that the product set is ours too.
    await client.query('RESET ROLE');
    await client.query('ANALYZE');
    await client.query('SET ROLE revenue_runtime');
  } finally {
    await client.end();
  }
}

async function oneCycle(
  scope: Scope,
  runner: ReturnType<typeof createCycleRunner>,
  n: number,
): Promise<Steady> {
  const asOf = new Date(END.getTime() + n * HOUR_MS);
  await importOrders(scope, { source: 'live', items: newOrders(n, asOf) } as never);
  const started = performance.now();
  const { cycle } = await runner.execute(scope, { asOf, trigger: 'REPLAY' });
  const ms = performance.now() - started;
  const [phases = []] = await phasesOf(scope, [cycle.id]);
  if (cycle.status !== 'COMPLETED') throw new Error(JSON.stringify(phases.map((phase) => phase.error)));
  return {
    ms,
    phaseMs: Object.fromEntries(phases.map((phase) => [phase.name, tookMs(phase)])),
    statements: Object.fromEntries(phases.map((phase) => [phase.name, phase.statements])),
  };
}

const tookMs = (phase: { startedAt: Date; finishedAt: Date | null }): number =>
  (phase.finishedAt?.getTime() ?? Number.NaN) - phase.startedAt.getTime();

function newOrders(n: number, asOf: Date) {
  return Array.from({ length: NEW_ORDERS }, (_, i) => ({
    externalId: `live-${n}-${i}`,
    status: 'PAID',
    currency: 'GBP',
    placedAt: new Date(asOf.getTime() - (i + 1) * 60_000).toISOString(),
    items: [
      { sku: '85123A', name: 'WHITE HANGING HEART T-LIGHT HOLDER', quantity: 2, unitPriceMinor: '255' },
      {
        sku: `live-${n}-${i % 7}`,
        name: `Rare thing ${n} ${i % 7}`,
        quantity: 1,
        unitPriceMinor: String(1000 + 37 * i),
      },
    ],
    pickup: LONDON,
    delivery: { country: 'DE', lat: 50.11, lon: 8.68 },
    weightGrams: 400,
  }));
}

function middle(samples: Steady[]): Steady {
  const last = samples.at(-1) as Steady;
  const of = (pick: (sample: Steady) => number) => median(samples.map(pick)) ?? Number.NaN;
  const phaseMs = Object.fromEntries(
    Object.keys(last.phaseMs).map((name) => [name, of((sample) => sample.phaseMs[name] ?? Number.NaN)]),
  );
  return { ...last, phaseMs, ms: of((sample) => sample.ms) };
}

/** The cost of a steady-state cycle, and how it grows with ten times the history. */
export async function run(): Promise<{
  name: string;
  figures: Record<string, number | string>;
  goal: string;
}> {
  const url = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
  const once = await steadyState(1, url);
  const ten = await steadyState(10, url);
  const embedded = await steadyState(1, undefined);
  const most = (steady: Steady) => Math.max(...PHASES.map((phase) => steady.statements[phase.name] ?? 0));
  return {
    name: 'cycle: Online Retail, steady state, 50 new orders an hour (median of 12)',
    figures: {
      'Postgres, history ×1, ms': once.ms.toFixed(1),
      'Postgres, history ×10, ms': ten.ms.toFixed(1),
      '×10 / ×1': (ten.ms / once.ms).toFixed(2),
      'embedded, history ×1, ms': embedded.ms.toFixed(1),
      'most SQL statements in a phase': most(ten),
      ...Object.fromEntries(
        PHASES.map(({ name }) => [
          `${name}: statements, ms at ×1, at ×10`,
          `${ten.statements[name]}, ${once.phaseMs[name]}, ${ten.phaseMs[name]}`,
        ]),
      ),
    },
    goal: '≤ 300 ms on Postgres, ×10 ≤ 1.3, ≤ 25 statements a phase',
  };
}
