import type { PoolConfig } from 'pg';
import { testDatabase } from '../../tests/kit/database.ts';
import { type Child, startChild } from '../kit/child.ts';
import { askOnce, httpRequest, load } from '../kit/load.ts';
import { DOCUMENTS, PAGE } from '../read/jobs.ts';
import { seed } from '../read/seed.ts';
import type { BenchTenant, Message } from '../read/server.ts';

const ROUNDS = 7;
const url = process.env.DATABASE_URL;
if (!url) {
  console.error('Set DATABASE_URL: PostGraphile wants a PostgreSQL server.');
  process.exit(1);
}

const NODE = 'id status tier score isElite destinationRegion itemNames detectedAt valueMinor currency';
const PEER = {
  page: `query Page($tenant: UUID!, $first: Int!) {
    allOpportunities(condition: { tenantId: $tenant }, orderBy: [DETECTED_AT_DESC, ROW_ID_DESC], first: $first) {
      edges { cursor node { ${NODE} orderByTenantIdAndOrderId { id status } } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }`,
  row: `query Row($tenant: UUID!, $id: String!) { opportunityByTenantIdAndRowId(tenantId: $tenant, rowId: $id) { ${NODE} } }`,
};

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

const db = await testDatabase(url);
const children: Child[] = [];
try {
  const product = startChild(new URL('../read/server.ts', import.meta.url));
  children.push(product);
  const ask = <Reply>(message: Message) => product.ask<Reply>(message);
  const connection = db.connection as PoolConfig;
  const { tenants } = await ask<{ tenants: BenchTenant[] }>({ do: 'tenants', connection, count: 1 });
  const { id: tenant, key } = tenants[0] as BenchTenant;
  await seed(connection, [tenant], new Date('2026-11-20T12:00:00Z'));
  const ports = await ask<{ product: number; raw: number }>({ do: 'listen' });
  const peer = startChild(new URL('./server.ts', import.meta.url), {
    NODE_ENV: 'production',
    GRAPHILE_ENV: 'production',
  });
  children.push(peer);
  const { port } = await peer.ask<{ port: number }>({ connectionString: connection.connectionString });

  const ours = (query: string, variables: object) =>
    httpRequest('/graphql', { authorization: `Bearer ${key}` }, JSON.stringify({ query, variables }));
  const theirs = (query: string, variables: object) =>
    httpRequest('/graphql', {}, JSON.stringify({ query, variables: { tenant, ...variables } }));
  const first = JSON.parse(await askOnce(ports.product, ours(DOCUMENTS.page, { first: PAGE, after: null })));
  const id = first.data.opportunities.edges[3].node.id as string;
  const plain = Buffer.from(id, 'base64').toString().split(':')[1];
  const jobs = {
    [`page of ${PAGE} with a relation`]: [
      ours(DOCUMENTS.page, { first: PAGE, after: null }),
      theirs(PEER.page, { first: PAGE }),
    ],
    'row by id': [ours(DOCUMENTS.row, { id }), theirs(PEER.row, { id: plain })],
  };
  for (const [name, [product, peers]] of Object.entries(jobs) as [string, [Buffer, Buffer]][]) {
    const answer = JSON.parse(await askOnce(port, peers));
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    await load(ports.product, [product], { ms: 3_000 });
    await load(port, [peers], { ms: 3_000 });
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const a = await load(ports.product, [product], { ms: 1_500 });
      const b = await load(port, [peers], { ms: 1_500 });
      ratios.push(a.perSecond / b.perSecond);
    }
    const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    console.log(`${name}: ${median(ratios).toFixed(2)} × PostGraphile (${range}); goal ≥ 2`);
  }
} finally {
  for (const child of children) await child.stop();
  await db.close();
}
process.exit(0);
