import { AsyncLocalStorage } from 'node:async_hooks';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { answered, isSilence } from './away.ts';
import { isTextArray, parseTextArray } from './text-array.ts';

/** Who a statement runs for, and how many statements that work has sent so far. */
export interface Binding {
  tenantId: string;
  statements: number;
}

/** Carries the binding through Prisma, which asks the pool for a connection without saying for whom. */
export const currentBinding = new AsyncLocalStorage<Binding>();

/** Ours alone: int8 as bigint, numeric as text, date as text; Prisma sets its own parsers per query. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: string) {
    if (format !== 'binary') {
      if (oid === pg.types.builtins.INT8) return BigInt;
      if (oid === pg.types.builtins.DATE) return (value: string) => value;
      if (isTextArray(oid)) return parseTextArray;
    }
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

type Connection = pg.PoolClient & { boundTo?: string };

/** What every statement passes through, whoever sends it: its promise rejects with DatabaseAway where that is meant. */
class Client extends pg.Client {
  override query(...args: unknown[]): never {
    const answer: unknown = (super.query as (...a: unknown[]) => unknown)(...args);
    return (answer instanceof Promise ? this.heard(answer) : answer) as never;
  }

  private async heard<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answered(answer);
    } catch (error) {
      if (isSilence(error as Error)) this.close(error as Error);
      throw error;
    }
  }

  /** The driver would keep a silent connection, and send the next statement after the one that is still unanswered. */
  private close(error: Error): void {
    const { connection } = this as unknown as { connection: { stream: Duplex } };
    connection.stream.destroy(error);
  }
}

/**
 * A pool whose connections are bound to a tenant before they are handed out (spec i.2): `app.tenant_id` is sent
 * only when the connection last served somebody else, and every connection works as the non-owner role.
 */
export class BoundPool extends pg.Pool {
  constructor(config: pg.PoolConfig, role: string) {
    super({
      ...config,
      Client,
      types,
      onConnect: async (client: pg.ClientBase) => {
        // A connection that breaks in use fails its statement; without a listener it would end the process too.
        client.on('error', () => {});
        // The embedded database has one session for ever: what an earlier connection left in it is removed here.
        await client.query('DISCARD ALL');
        await client.query(`SET ROLE ${role}`);
      },
    } as pg.PoolConfig);
  }

  /** A connection bound to the tenant; '' binds to none, so that every tenant table is empty. Throws DatabaseAway. */
  async acquire(tenantId: string): Promise<pg.PoolClient> {
    const client = (await answered(super.connect())) as Connection;
    if (client.boundTo !== tenantId) {
      try {
        await client.query({
          name: 'bind_tenant',
          text: "SELECT set_config('app.tenant_id', $1, false)",
          values: [tenantId],
        });
        client.boundTo = tenantId;
      } catch (error) {
        client.release(true);
        throw error;
      }
    }
    return client;
  }

  // The two methods below are what Prisma's driver adapter calls.
  override connect(callback?: unknown): never {
    if (callback) return super.connect(callback as never) as never;
    return this.acquire(currentBinding.getStore()?.tenantId ?? '') as never;
  }

  override async query(...args: unknown[]): Promise<never> {
    const binding = currentBinding.getStore();
    if (binding) binding.statements++;
    const client = await this.acquire(binding?.tenantId ?? '');
    try {
      return (await (client.query as (...a: unknown[]) => Promise<unknown>)(...args)) as never;
    } finally {
      client.release();
    }
  }
}
