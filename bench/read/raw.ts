import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import pg, { type PoolConfig } from 'pg';
import { PAGE } from './jobs.ts';

/** A statement as the product sent it. */
export interface Statement {
  text: string;
  values?: unknown[];
  name?: string;
}

/**
 * The least a server can do for the same bytes: node:http, one prepared statement, JSON.stringify. No
 * authentication, no tenant wall, no validation, one fixed document per path.
 */
export function createRaw(
  connection: PoolConfig,
  tenantId: string,
  recordings: Map<string, Statement[]>,
): Server {
  const pool = new pg.Pool({ ...connection, max: connection.max ?? 10, types: { getTypeParser } });
  // As one role like the product's, so that a write is checked the same way.
  const writers = new pg.Pool({
    ...{ ...connection, max: connection.max ?? 10 },
    onConnect: async (client: pg.ClientBase) => void (await client.query('SET ROLE revenue_runtime')),
  } as pg.PoolConfig);

  const jobs: Record<string, (input: Record<string, unknown>) => Promise<unknown>> = {
    page: (input) => page(pool, tenantId, input as { first: number; after?: string }),
    row: (input) => row(pool, tenantId, String(input.id)),
    mutation: (input) => replay(writers, String(input.tenant), recordings.get(String(input.tenant)) ?? []),
  };

  return createServer(async (request, response) => {
    const job = jobs[(request.url ?? '').slice(1)] as (typeof jobs)[string];
    const body = JSON.stringify(await job(JSON.parse(await read(request))));
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
}

function read(request: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
}

const getTypeParser = ((oid: number, format?: string) =>
  oid === pg.types.builtins.INT8 ? String : pg.types.getTypeParser(oid, format as 'text')) as never;

const NODE = `p.id, p.status, p.tier, p.score, p.is_elite, p.destination_region, p.item_names, p.detected_at,
  p.value_minor, p.currency`;
const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');
const cursorOf = (row: Row) =>
  Buffer.from(JSON.stringify([row.detected_at.toISOString(), row.id])).toString('base64url');

interface Row {
  id: string;
  status: string;
  tier: string;
  score: number;
  is_elite: boolean;
  destination_region: string | null;
  item_names: string[];
  detected_at: Date;
  value_minor: string;
  currency: string;
  offer_id?: string | null;
  offer_status?: string;
  expires_at?: Date;
}

const node = (row: Row) => ({
  id: globalId('Opportunity', row.id),
  status: row.status,
  tier: row.tier,
  score: Math.round(row.score * 100) / 100,
  isElite: row.is_elite,
  destinationRegion: row.destination_region,
  itemNames: row.item_names,
  detectedAt: row.detected_at.toISOString(),
  value: { amountMinor: row.value_minor, currency: row.currency },
});

const pageSql = (isAfter: boolean) => `
  SELECT ${NODE}, f.id AS offer_id, f.status AS offer_status, f.expires_at
  FROM (SELECT * FROM opportunity WHERE tenant_id = $1 ${isAfter ? 'AND (detected_at, id) < ($2, $3)' : ''}
        ORDER BY detected_at DESC, id DESC LIMIT ${PAGE + 1}) p
  LEFT JOIN offer f ON f.tenant_id = p.tenant_id AND f.opportunity_id = p.id AND f.status IN ('PENDING', 'OFFERED')
  ORDER BY p.detected_at DESC, p.id DESC`;
const FIRST_PAGE = pageSql(false);
const NEXT_PAGE = pageSql(true);

async function page(pool: pg.Pool, tenantId: string, { after }: { after?: string }): Promise<unknown> {
  const values: unknown[] = [tenantId];
  if (after) values.push(...JSON.parse(Buffer.from(after, 'base64url').toString()));
  const text = after ? NEXT_PAGE : FIRST_PAGE;
  const { rows } = await pool.query<Row>({ name: after ? 'next' : 'first', text, values });
  const kept = rows.slice(0, PAGE);
  const edges = kept.map((one) => ({
    cursor: cursorOf(one),
    node: {
      ...node(one),
      liveOffer: one.offer_id
        ? {
            id: globalId('Offer', one.offer_id),
            status: one.offer_status,
            expiresAt: one.expires_at?.toISOString(),
          }
        : null,
    },
  }));
  const pageInfo = {
    hasNextPage: rows.length > PAGE,
    hasPreviousPage: after !== undefined && after !== null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
  return { data: { opportunities: { edges, pageInfo } } };
}

const ROW = `SELECT ${NODE} FROM opportunity p WHERE p.tenant_id = $1 AND p.id = $2`;

async function row(pool: pg.Pool, tenantId: string, id: string): Promise<unknown> {
  const plain = Buffer.from(id, 'base64').toString().split(':')[1];
  const { rows } = await pool.query<Row>({ name: 'row', text: ROW, values: [tenantId, plain] });
  return { data: { opportunity: rows[0] ? node(rows[0]) : null } };
}

/** Audit entries, given as one JSON list, under ids that nobody has. */
const withFreshIds = (entries: string): string =>
  JSON.stringify(JSON.parse(entries).map((entry: object) => ({ ...entry, id: randomUUID() })));

/** The very statements of the product's mutation, on a connection bound the same way. */
async function replay(pool: pg.Pool, tenantId: string, statements: Statement[]): Promise<unknown> {
  const client = (await pool.connect()) as pg.PoolClient & { boundTo?: string };
  try {
    if (client.boundTo !== tenantId) {
      const text = "SELECT set_config('app.tenant_id', $1, false)";
      await client.query({ name: 'bind', text, values: [tenantId] });
      client.boundTo = tenantId;
    }
    for (const { text, values, name } of statements) {
      const isAudit = text.includes('INTO audit_entry');
      const fresh = isAudit && values ? values.with(1, withFreshIds(String(values[1]))) : values;
      await client.query({ text, ...(fresh && { values: fresh }), ...(name && { name }) });
    }
  } finally {
    client.release();
  }
  return { data: { upsertRoutingNode: { __typename: 'RoutingNodePayload' } } };
}
