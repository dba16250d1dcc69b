import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolConfig } from 'pg';
import { testDatabase } from '../tests/kit/database.ts';
import { Crowd } from './fanout/crowd.ts';
import { type Message, TOKEN } from './fanout/server.ts';
import { startChild } from './kit/child.ts';

const SUBSCRIBERS = 1_000;
const ROUNDS = 9;
const EVENTS = 40;

const query = (name: string) => `subscription ${name} {
  engineEvents { __typename seq at ... on PhaseStartedEvent { cycleId phase } }
}`;

interface Variant {
  name: string;
  to: 'ws' | 'sse' | number;
  crowd: Crowd;
}

interface Ports {
  product: number;
  ws: number;
  sse: number;
}

interface Round {
  perSecond: number;
  cpuUs: number;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number;
const quantile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] as number;

/** One event to 1,000 subscribers over each transport, beside bare broadcasts, in alternating rounds. */
export async function run(): Promise<{ name: string; figures: Record<string, string>; goal: string }> {
  const db = await testDatabase(process.env.DATABASE_URL);
  const child = startChild(new URL('./fanout/server.ts', import.meta.url));
  const ask = <Reply>(message: Message) => child.ask<Reply>(message);
  let variants: Variant[] = [];
  try {
    const connection = db.connection as PoolConfig;
    const ports = await ask<Ports>({ do: 'start', connection, tenants: 4 });
    variants = await gather(ports);
    for (;;) {
      const seen = await ask<{ product: number; ws: number; sse: number }>({ do: 'subscribers' });
      if (seen.product === 4 * SUBSCRIBERS && seen.ws + seen.sse === 2 * SUBSCRIBERS) break;
      await sleep(50);
    }
    const rounds = new Map(variants.map(({ name }) => [name, [] as Round[]]));
    for (const variant of variants) await round(variant, ask); // warm up
    for (let i = 0; i < ROUNDS; i++) {
      for (const variant of variants) rounds.get(variant.name)?.push(await round(variant, ask));
    }
    const latencies = new Map<string, number[]>();
    for (const { name, to, crowd } of variants) {
      crowd.latencies.length = 0;
      const all = crowd.expect(20 * SUBSCRIBERS);
      await ask({ do: 'publish', to, events: 20, everyMs: 60 });
      await all;
      latencies.set(name, [...crowd.latencies]);
    }
    return report(variants, rounds, latencies);
  } finally {
    for (const { crowd } of variants) crowd.close();
    await child.stop();
    await db.close();
  }
}

async function gather(ports: Ports): Promise<Variant[]> {
  const bareWs = { name: 'bare ws, a string to all', to: 'ws' as const, crowd: new Crowd() };
  const bareSse = { name: 'bare SSE', to: 'sse' as const, crowd: new Crowd() };
  const ours = [
    'graphql-ws, one document, ids differ',
    'graphql-ws, one document, same id',
    'SSE, one document',
    'graphql-ws, 1,000 documents',
  ].map((name, to) => ({ name, to, crowd: new Crowd() }));
  const [distinct, same, sse, documents] = ours as [Variant, Variant, Variant, Variant];
  for (let i = 0; i < SUBSCRIBERS; i++) {
    const params = (tenant: number) => ({ authorization: `Bearer ${TOKEN}`, tenant: `fan-${tenant}` });
    const id = `${i}-0190a1b2-7000-8000-00000000`;
    await Promise.all([
      bareWs.crowd.ws(i, ports.ws),
      bareSse.crowd.sse(i, ports.sse, {}, ''),
      distinct.crowd.ws(i, ports.product, { id, query: query('One'), headers: params(0) }),
      same.crowd.ws(i, ports.product, { id: '1', query: query('One'), headers: params(1) }),
      sse.crowd.sse(
        i,
        ports.product,
        {
          ...{ accept: 'text/event-stream', 'content-type': 'application/json' },
          ...{ authorization: `Bearer ${TOKEN}`, 'x-tenant': 'fan-2' },
        },
        JSON.stringify({ query: query('One') }),
      ),
      documents.crowd.ws(i, ports.product, { id: '1', query: query(`Document${i}`), headers: params(3) }),
    ]);
  }
  return [bareWs, bareSse, ...ours];
}

async function round(
  { to, crowd }: Variant,
  ask: <Reply>(message: Message) => Promise<Reply>,
): Promise<Round> {
  const all = crowd.expect(EVENTS * SUBSCRIBERS);
  const started = performance.now();
  const { cpuUs } = await ask<{ cpuUs: number }>({ do: 'publish', to, events: EVENTS, everyMs: 0 });
  await all;
  const seconds = (performance.now() - started) / 1_000;
  return { perSecond: (EVENTS * SUBSCRIBERS) / seconds, cpuUs: cpuUs / (EVENTS * SUBSCRIBERS) };
}

function report(
  variants: Variant[],
  rounds: Map<string, Round[]>,
  latencies: Map<string, number[]>,
): { name: string; figures: Record<string, string>; goal: string } {
  const base = rounds.get('bare ws, a string to all') as Round[];
  const bareSse = rounds.get('bare SSE') as Round[];
  const figures: Record<string, string> = {};
  for (const { name } of variants) {
    const mine = rounds.get(name) as Round[];
    const to = (other: Round[]) =>
      median(mine.map(({ perSecond }, i) => perSecond / (other[i] as Round).perSecond)).toFixed(2);
    const cpu = (median(base.map((one) => one.cpuUs)) / median(mine.map((one) => one.cpuUs))).toFixed(2);
    const late = latencies.get(name) as number[];
    figures[name] =
      `${to(base)} of bare ws (by CPU ${cpu})${name.startsWith('SSE') ? `, ${to(bareSse)} of bare SSE` : ''}: ` +
      `${Math.round(median(mine.map((one) => one.perSecond)) / 1_000)}k/s, ` +
      `${median(mine.map((one) => one.cpuUs)).toFixed(1)} µs CPU each, ` +
      `paced p50 ${quantile(late, 0.5).toFixed(0)} ms, p99 ${quantile(late, 0.99).toFixed(0)} ms`;
  }
  return {
    name: `fan-out: one event to ${SUBSCRIBERS} subscribers; ${ROUNDS} alternating rounds of ${EVENTS} events`,
    figures,
    goal: 'one document ≥ 0.8 of bare ws, SSE ≥ 0.5 of bare SSE, 1,000 documents ≥ 0.3 of bare ws',
  };
}
