import pg, { type PoolConfig } from 'pg';

/** What each step is at its barest: the rows that cannot be left out, guarded the same way, in one transaction. */
export interface RawSteps {
  /** One INSERT … SELECT of as many offers, a second. */
  offers(): Promise<number>;
  /** A guarded UPDATE of the hub, a reservation and the offer's new state, per request. */
  accept(): Promise<number>;
  /** A delivery and the offer's new state, per request. */
  dispatch(): Promise<number>;
  close(): Promise<void>;
}

const COPIES = `
  CREATE SCHEMA bench;
  CREATE TABLE bench.offer (LIKE offer INCLUDING ALL);
  CREATE TABLE bench.hub (LIKE hub INCLUDING ALL);
  CREATE TABLE bench.hub_reservation (LIKE hub_reservation INCLUDING ALL);
  CREATE TABLE bench.delivery (LIKE delivery INCLUDING ALL);
  INSERT INTO bench.hub SELECT * FROM hub;
  UPDATE bench.hub SET reserved = 0;`;

const OFFERS = `
  INSERT INTO bench.offer SELECT (jsonb_populate_record(f,
    '{"status": "OFFERED", "accepted_at": null, "authorized_at": null, "dispatched_at": null}')).* FROM offer f
  WHERE tenant_id = $1`;
const RESERVE = `UPDATE bench.hub SET reserved = reserved + 1
  WHERE tenant_id = $1 AND id = $2 AND reserved < capacity RETURNING reserved`;
const HOLD = `INSERT INTO bench.hub_reservation (tenant_id, id, hub_id, opportunity_id, state, expires_at, created_at,
    updated_at)
  SELECT tenant_id, gen_random_uuid(), $3, opportunity_id, 'CONFIRMED', now(), now(), now() FROM bench.offer
  WHERE tenant_id = $1 AND id = $2`;
const TAKE = `UPDATE bench.offer SET status = $3, version = version + 1
  WHERE tenant_id = $1 AND id = $2 AND status = $4`;
const DELIVER = `INSERT INTO bench.delivery SELECT * FROM delivery WHERE tenant_id = $1 AND offer_id = $2`;

/** The same work over pg on copies of the tables; to be asked after the product has done it. */
export async function createRawSteps(
  connection: PoolConfig,
  tenantId: string,
  hubId: string,
  connections: number,
): Promise<RawSteps> {
  const pool = new pg.Pool({ ...connection, max: connections });
  await pool.query(COPIES);
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM offer WHERE tenant_id = $1', [tenantId]);
  const ids = rows.map(({ id }) => id);

  /** Offers a second when `connections` lanes take one each at a time. */
  async function each(work: (client: pg.PoolClient, id: string) => Promise<unknown>): Promise<number> {
    let next = 0;
    const started = performance.now();
    const lane = async () => {
      const client = await pool.connect();
      for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
        await client.query('BEGIN');
        await work(client, id);
        await client.query('COMMIT');
      }
      client.release();
    };
    await Promise.all(Array.from({ length: connections }, lane));
    return ids.length / ((performance.now() - started) / 1_000);
  }
  const run = (client: pg.PoolClient, name: string, text: string, ...values: unknown[]) =>
    client.query({ name, text, values: [tenantId, ...values] });

  return {
    async offers() {
      const started = performance.now();
      const { rowCount } = await pool.query(OFFERS, [tenantId]);
      return (rowCount ?? 0) / ((performance.now() - started) / 1_000);
    },
    accept: () =>
      each(async (client, id) => {
        await run(client, 'hold', HOLD, id, hubId);
        await run(client, 'take', TAKE, id, 'PAYMENT_AUTHORIZED', 'OFFERED');
        // Last, as everybody wants this row.
        await run(client, 'reserve', RESERVE, hubId);
      }),
    dispatch: () =>
      each(async (client, id) => {
        await run(client, 'deliver', DELIVER, id);
        await run(client, 'take', TAKE, id, 'DISPATCHED', 'PAYMENT_AUTHORIZED');
      }),
    close: () => pool.end(),
  };
}
