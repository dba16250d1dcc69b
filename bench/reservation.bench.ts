import { reserveHubs } from '../src/delivery/capacity/index.ts';
import { type Random, seeded } from '../src/kernel/random.ts';
import type { Scope } from '../src/platform/scope.ts';
import { testDatabase } from '../tests/kit/database.ts';
import { bareOpportunities } from '../tests/kit/opportunities.ts';
import { testScope } from '../tests/kit/scope.ts';

const SERVER = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432';
/** BENCH_REQUESTS makes a short run. */
const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 2_000);
/** Three of four find room on all hubs. */
const CAPACITY = Math.floor(REQUESTS * 0.75);
const ROUNDS = 5;
const HUBS = ['NODE_EU_001', 'NODE_IN_001', 'NODE_US_W_001'];

interface Round {
  seconds: number;
  ok: number;
  exhausted: number;
  others: string[];
}

/** All requests at once, each for a slot of all three hubs named in any order, beside the bare guarded updates. */
export async function run(): Promise<{
  name: string;
  figures: Record<string, number | string>;
  goal: string;
}> {
  const { database, close } = await testDatabase(SERVER);
  try {
    const { scope } = await testScope(database);
    const ids = await bareOpportunities(scope, REQUESTS);
    const random = seeded(20261121);
    const [ours, bare]: [Round[], Round[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      await reset(scope);
      ours.push(await race(ids, (id) => reserve(scope, id, random)));
      await check(scope, 'hub_reservation', ours.at(-1) as Round);
      await reset(scope);
      bare.push(await race(ids, () => update(scope)));
      await check(scope, 'hub', bare.at(-1) as Round);
    }
    return report(ours, bare);
  } finally {
    await close();
  }
}

function report(ours: readonly Round[], bare: readonly Round[]) {
  const perSecond = (rounds: readonly Round[]): number =>
    Math.round(
      REQUESTS /
        (rounds.map(({ seconds }) => seconds).toSorted((a, b) => a - b)[rounds.length >> 1] as number),
    );
  const figures = {
    reservationsPerSecond: perSecond(ours),
    bareUpdatesPerSecond: perSecond(bare),
    share: Number((perSecond(ours) / perSecond(bare)).toFixed(2)),
    granted: ours.map(({ ok }) => ok).join(' '),
    refusedForCapacity: ours.map(({ exhausted }) => exhausted).join(' '),
    deadlocksAndOtherErrors: [...ours, ...bare].flatMap(({ others }) => others).join(', ') || 'none',
  };
  return {
    name: `reservation: ${REQUESTS} concurrent requests for 3 hubs of ${CAPACITY} slots on Postgres; median of ${ROUNDS}`,
    figures,
    goal: `exactly ${CAPACITY} granted each time, no deadlock; share of the bare updates, which hold nothing, ≥ 0.4`,
  };
}

/** As the product does it: a hold and a slot per hub in one transaction. */
function reserve(scope: Scope, opportunityId: string, random: Random): Promise<void> {
  const hubIds = HUBS.toSorted(() => random.next() - 0.5);
  return scope.db.tx((tx) => reserveHubs(scope, tx, { opportunityId, hubIds }));
}

/** The least that could work: a guarded update per hub, already in order, and nothing to undo it by later. */
function update(scope: Scope): Promise<void> {
  return scope.db.tx(async (tx) => {
    for (const id of HUBS) {
      const taken = await tx.run(
        'UPDATE hub SET reserved = reserved + 1 WHERE tenant_id = $1 AND id = $2 AND reserved < capacity',
        [scope.tenantId, id],
        'bare_update',
      );
      if (taken === 0) throw Object.assign(new Error('full'), { code: 'CAPACITY_EXHAUSTED' });
    }
  });
}

async function race(ids: readonly string[], ask: (id: string) => Promise<void>): Promise<Round> {
  const start = performance.now();
  const answers = await Promise.allSettled(ids.map(ask));
  const seconds = (performance.now() - start) / 1_000;
  const codes = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [String(answer.reason.code ?? answer.reason.message)] : [],
  );
  const others = codes.filter((code) => code !== 'CAPACITY_EXHAUSTED');
  return { seconds, ok: ids.length - codes.length, exhausted: codes.length - others.length, others };
}

async function reset(scope: Scope): Promise<void> {
  await scope.db.run('DELETE FROM hub_reservation WHERE tenant_id = $1', [scope.tenantId]);
  await scope.db.run('UPDATE hub SET reserved = 0, capacity = $2 WHERE tenant_id = $1', [
    scope.tenantId,
    CAPACITY,
  ]);
}

/** Every hub is exactly full, by its own count and by the holds. */
async function check(scope: Scope, table: 'hub' | 'hub_reservation', { others }: Round): Promise<void> {
  // A machine too busy to serve them all in time says nothing about exactness.
  if (others.length > 0)
    throw new Error(`${others.length} requests failed: ${[...new Set(others)].join(', ')}`);
  const text =
    table === 'hub'
      ? 'SELECT id, reserved::int AS n FROM hub WHERE tenant_id = $1'
      : `SELECT h.id, CASE WHEN h.reserved = count(r.id) THEN h.reserved ELSE -1 END AS n FROM hub AS h
         LEFT JOIN hub_reservation AS r ON r.tenant_id = h.tenant_id AND r.hub_id = h.id AND r.state = 'HELD'
         WHERE h.tenant_id = $1 GROUP BY h.id, h.reserved`;
  const rows = await scope.db.rows<{ id: string; n: number }>(text, [scope.tenantId]);
  const wrong = rows.filter(({ n }) => n !== CAPACITY);
  if (wrong.length > 0) throw new Error(`not exact: ${JSON.stringify(wrong)}`);
}
