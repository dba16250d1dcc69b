import type { PoolConfig } from 'pg';
import { testDatabase } from '../tests/kit/database.ts';
import { startChild } from './kit/child.ts';
import { askOnce, httpRequest, load } from './kit/load.ts';
import { DOCUMENTS, hubInput, PAGE } from './read/jobs.ts';
import { ROWS, seed } from './read/seed.ts';
import type { BenchTenant, Message } from './read/server.ts';

const ROUNDS = 7;
const WRITERS = 8;

interface Job {
  name: string;
  product: Buffer[];
  raw: Buffer[];
  connections?: number;
}

const toProduct = (query: string, variables: object, key: string) =>
  httpRequest('/graphql', { authorization: `Bearer ${key}` }, JSON.stringify({ query, variables }));
const toRaw = (path: string, input: object) => httpRequest(`/${path}`, {}, JSON.stringify(input));

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

/** Requests per second of the product beside raw node:http + pg that returns the same bytes, in alternating runs. */
export async function run(): Promise<{ name: string; figures: Record<string, string>; goal: string }> {
  const figures: Record<string, string> = {};
  const url = process.env.DATABASE_URL;
  if (url) Object.assign(figures, await measure('Postgres', url));
  Object.assign(figures, await measure('embedded', undefined));
  return {
    name: `read: page of ${PAGE} with a relation, ${ROWS} rows × 10 tenants; median of ${ROUNDS} alternating rounds`,
    figures,
    goal: 'page and row ≥ 0.6 of raw, mutation with event ≥ 0.4 of the same statements sent raw',
  };
}

async function measure(where: string, url: string | undefined): Promise<Record<string, string>> {
  const db = await testDatabase(url);
  const child = startChild(new URL('./read/server.ts', import.meta.url));
  const ask = <Reply>(message: Message) => child.ask<Reply>(message);
  try {
    const connection = db.connection as PoolConfig;
    const { tenants } = await ask<{ tenants: BenchTenant[] }>({ do: 'tenants', connection, count: WRITERS });
    await seed(connection, [(tenants[0] as BenchTenant).id], new Date('2026-11-20T12:00:00Z'));
    const ports = await ask<{ product: number; raw: number }>({ do: 'listen' });
    const jobs = await prepare(ports.product, tenants, ask);
    const figures: Record<string, string> = {};
    for (const job of jobs) {
      const a = await askOnce(ports.product, job.product[0] as Buffer);
      const b = await askOnce(ports.raw, job.raw[0] as Buffer);
      if (a !== b) throw new Error(`${job.name}: not the same bytes\n${a.slice(0, 900)}\n${b.slice(0, 900)}`);
      figures[`${where}: ${job.name}`] = await compare(ports, job);
    }
    return figures;
  } finally {
    await child.stop();
    await db.close();
  }
}

async function prepare(
  port: number,
  tenants: BenchTenant[],
  ask: <Reply>(message: Message) => Promise<Reply>,
): Promise<Job[]> {
  const { key } = tenants[0] as BenchTenant;
  const pageAfter = async (after: string | null) => {
    const answer = JSON.parse(await askOnce(port, toProduct(DOCUMENTS.page, { first: PAGE, after }, key)));
    return answer.data.opportunities as {
      edges: { cursor: string; node: { id: string } }[];
      pageInfo: { endCursor: string };
    };
  };
  let deep: string | null = null;
  const ids: string[] = [];
  for (let i = 0; i < ROWS / 2 / PAGE; i++) {
    const page = await pageAfter(deep);
    deep = page.pageInfo.endCursor;
    ids.push((page.edges[0] as { node: { id: string } }).node.id);
  }
  for (const tenant of tenants) {
    const mutation = toProduct(DOCUMENTS.mutation, { input: hubInput(10) }, tenant.key);
    const made = await askOnce(port, mutation); // creates the hub
    if (!made.includes('RoutingNodePayload')) throw new Error(made);
    await ask({ do: 'record', tenant: tenant.id });
    await askOnce(port, mutation);
    const { count } = await ask<{ count: number }>({ do: 'recorded' });
    if (count < 5) throw new Error(`Only ${count} statements were recorded.`);
  }
  return [
    {
      name: `first page of ${PAGE} with its offers`,
      product: [toProduct(DOCUMENTS.page, { first: PAGE, after: null }, key)],
      raw: [toRaw('page', { first: PAGE })],
    },
    {
      name: `page after row ${ROWS / 2}`,
      product: [toProduct(DOCUMENTS.page, { first: PAGE, after: deep }, key)],
      raw: [toRaw('page', { first: PAGE, after: deep })],
    },
    {
      name: 'row by id',
      product: ids.map((id) => toProduct(DOCUMENTS.row, { id }, key)),
      raw: ids.map((id) => toRaw('row', { id })),
    },
    {
      name: 'mutation with event and audit entry',
      product: tenants.map(({ key: own }, i) =>
        toProduct(DOCUMENTS.mutation, { input: hubInput(11 + i) }, own),
      ),
      raw: tenants.map(({ id }) => toRaw('mutation', { tenant: id })),
      connections: WRITERS,
    },
  ];
}

async function compare(ports: { product: number; raw: number }, job: Job): Promise<string> {
  const options = { connections: job.connections ?? 24, ms: 1_500 };
  await load(ports.product, job.product, { ...options, ms: 3_000 });
  await load(ports.raw, job.raw, options);
  const ratios: number[] = [];
  const product: number[] = [];
  const raw: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const ours = await load(ports.product, job.product, options);
    const theirs = await load(ports.raw, job.raw, options);
    ratios.push(ours.perSecond / theirs.perSecond);
    product.push(ours.perSecond);
    raw.push(theirs.perSecond);
  }
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  return (
    `${median(ratios).toFixed(2)} of raw (${low.toFixed(2)}–${high.toFixed(2)}): ` +
    `${Math.round(median(product))} / ${Math.round(median(raw))} per s`
  );
}
