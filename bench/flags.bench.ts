import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from '../src/app.ts';
import { createFlagSet, type FlagFacts, flagSet, setFlag } from '../src/control/flags/index.ts';
import { createTenant } from '../src/control/tenancy/index.ts';
import { createLogger } from '../src/platform/log/logger.ts';
import { testDatabase } from '../tests/kit/database.ts';

const EVALUATIONS = 2_000_000;
const FLAGS = 200;
const CHANGES = 200;
const log = createLogger('silent', false);

const facts = (key: string, more: Partial<FlagFacts> = {}): FlagFacts => ({
  ...{ key, type: 'BOOLEAN', defaultValue: false, isEnabled: true, killSwitch: false, rules: [], version: 1 },
  ...more,
});
const europe = { attribute: 'country', operator: 'IN', values: ['DE', 'FR', 'IT', 'ES', 'PL'] } as const;

/** Evaluations per second, the best of three runs. */
function perSecond(work: (i: number) => unknown): number {
  let best = 0;
  let kept: unknown;
  for (let run = 0; run < 3; run++) {
    const started = performance.now();
    for (let i = 0; i < EVALUATIONS; i++) kept = work(i);
    best = Math.max(best, EVALUATIONS / ((performance.now() - started) / 1000));
  }
  if (kept === Symbol.iterator) throw new Error('never');
  return Math.round(best);
}

function inProcess(): Record<string, number> {
  const keys = Array.from({ length: FLAGS }, (_, i) => `FLAG_${i}`);
  const set = createFlagSet(
    [
      ...keys.map((key) => facts(key)),
      facts('TARGETED', { rules: [{ id: 'eu', conditions: [europe], value: true }] }),
      facts('SPLIT', { rules: [{ id: 'part', conditions: [europe], percentage: 50, value: true }] }),
    ],
    { targetingKey: 'tenant' },
  );
  const map = new Map(keys.map((key) => [key, { value: false }]));
  const contexts = Array.from({ length: 1_000 }, (_, i) => ({
    ...{ targetingKey: `customer-${i}`, country: i % 2 === 0 ? 'DE' : 'US' },
  }));
  const bare = perSecond((i) => map.get(keys[i % FLAGS] as string)?.value);
  const fixed = perSecond((i) => set.evaluate(keys[i % FLAGS] as string, false));
  const targeted = perSecond((i) => set.evaluate('TARGETED', false, contexts[i % 1_000]));
  const split = perSecond((i) => set.evaluate('SPLIT', false, contexts[i % 1_000]));
  return {
    'bare Map look-ups/s (baseline)': bare,
    'evaluations/s, no rules': fixed,
    'evaluations/s, one rule of five countries': targeted,
    'evaluations/s, that rule with a percentage': split,
    'times slower than the Map, no rules': Math.round((bare / fixed) * 10) / 10,
  };
}

/** From the commit on one instance to the first evaluation on the other that serves the new value, in ms. */
async function propagation(connectionUrl: string, redisUrl: string | undefined): Promise<number[]> {
  const db = await testDatabase(connectionUrl);
  const options = {
    ...{ connection: db.connection, redisUrl, log, isWorker: false },
    ...{ adminToken: 'bench-admin-token-0123456789abcdefghijkl', keyPepper: 'bench-pepper-0123456789' },
  };
  const [here, there] = [createApp(options), createApp(options)];
  await createTenant(here.platform(), { slug: 'bench', name: 'bench' });
  await sleep(300);
  const [writer, reader] = [await here.tenantScope('bench'), await there.tenantScope('bench')];
  const times: number[] = [];
  const count = redisUrl ? CHANGES : 10;
  for (let i = 0; i < count; i++) {
    const value = i % 2 === 0;
    await flagSet(reader, reader.db);
    await setFlag(writer, { key: 'AUTOSCALE_ENABLED', value });
    const started = performance.now();
    while ((await flagSet(reader, reader.db)).isOn('AUTOSCALE_ENABLED') !== value) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    times.push(performance.now() - started);
  }
  await here.stop(0);
  await there.stop(0);
  await db.close();
  return times.sort((a, b) => a - b);
}

const at = (sorted: readonly number[], share: number): number =>
  Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number) * 10) / 10;

/** Evaluations in the process beside a bare Map, and how long a change takes to another instance. */
export async function run() {
  const figures: Record<string, number | string> = inProcess();
  const { DATABASE_URL, REDIS_URL } = process.env;
  if (DATABASE_URL && REDIS_URL) {
    const heard = await propagation(DATABASE_URL, REDIS_URL);
    figures[`propagation over Redis, p50 ms (${CHANGES} changes)`] = at(heard, 0.5);
    figures['propagation over Redis, p99 ms'] = at(heard, 0.99);
    const polled = await propagation(DATABASE_URL, undefined);
    figures['propagation without Redis, worst of 10, ms (baseline)'] = at(polled, 1);
  } else {
    figures.propagation = 'needs DATABASE_URL and REDIS_URL';
  }
  return {
    ...{ name: 'flags: evaluation and propagation', figures },
    goal: '≥ 1,000,000 evaluations/s; a change on every instance ≤ 2,000 ms',
  };
}
