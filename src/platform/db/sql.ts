import type { Pool, PoolClient, QueryResult } from 'pg';
import type { Binding, BoundPool } from './bound-pool.ts';

/** Typed SQL for one tenant. A `name` makes the statement prepared once per connection: give it to hot ones. */
export interface Sql {
  rows<Row>(text: string, values?: unknown[], name?: string): Promise<Row[]>;
  /** The first row, or undefined. */
  row<Row>(text: string, values?: unknown[], name?: string): Promise<Row | undefined>;
  /** Number of rows written. */
  run(text: string, values?: unknown[], name?: string): Promise<number>;
}

/** Statements of one transaction. On the embedded database nothing else runs until it ends: keep it short. */
export interface Tx extends Sql {
  /** Runs after COMMIT, never after ROLLBACK; must not throw. */
  afterCommit(hook: () => void): void;
}

abstract class Statements implements Sql {
  protected readonly binding: Binding;

  constructor(binding: Binding) {
    this.binding = binding;
  }

  protected abstract send(text: string, values: unknown[], name?: string): Promise<QueryResult>;

  async rows<Row>(text: string, values: unknown[] = [], name?: string): Promise<Row[]> {
    this.binding.statements++;
    return (await this.send(text, values, name)).rows as Row[];
  }

  async row<Row>(text: string, values: unknown[] = [], name?: string): Promise<Row | undefined> {
    return (await this.rows<Row>(text, values, name))[0];
  }

  async run(text: string, values: unknown[] = [], name?: string): Promise<number> {
    this.binding.statements++;
    return (await this.send(text, values, name)).rowCount ?? 0;
  }
}

/** Single statements, each on its own pooled connection. */
export class PooledSql extends Statements {
  private readonly pool: BoundPool;

  constructor(pool: BoundPool, binding: Binding) {
    super(binding);
    this.pool = pool;
  }

  protected async send(text: string, values: unknown[], name?: string): Promise<QueryResult> {
    const client = await this.pool.acquire(this.binding.tenantId);
    try {
      return await client.query({ text, values, ...(name && { name }) });
    } finally {
      client.release();
    }
  }

  /** Runs `work` in one transaction: COMMIT when it resolves, ROLLBACK when it throws. */
  async tx<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const client = await this.pool.acquire(this.binding.tenantId);
    const tx = new TransactionSql(client, this.binding);
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await work(tx);
      await client.query('COMMIT');
      tx.committed();
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => {
        broken = failure;
      });
      throw error;
    } finally {
      tx.end();
      client.release(broken);
    }
  }
}

class TransactionSql extends Statements implements Tx {
  private readonly client: PoolClient;
  private readonly hooks: (() => void)[] = [];
  private isOver = false;

  constructor(client: PoolClient, binding: Binding) {
    super(binding);
    this.client = client;
  }

  afterCommit(hook: () => void): void {
    this.hooks.push(hook);
  }

  committed(): void {
    for (const hook of this.hooks) hook();
  }

  end(): void {
    this.isOver = true;
  }

  protected async send(text: string, values: unknown[], name?: string): Promise<QueryResult> {
    // Work that outlived its transaction (a timeout) must not write on a connection that is somebody else's now.
    if (this.isOver) throw new Error('This transaction has ended.');
    return this.client.query({ text, values, ...(name && { name }) });
  }
}

export type { Pool };
