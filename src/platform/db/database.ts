import type { PoolConfig } from 'pg';
import type { PrismaClient } from '../../../prisma/generated/client/client.ts';
import type { Binding } from './bound-pool.ts';
import { BoundPool } from './bound-pool.ts';
import { cleanTables } from './housekeeping.ts';
import { createPrisma, type ScopedPrisma, scopedPrisma } from './prisma.ts';
import { PooledSql, type Sql, type Tx } from './sql.ts';

/** The role that the runtime works as; it owns nothing and cannot bypass row-level security. */
export const RUNTIME_ROLE = 'revenue_runtime';

/** Everything one tenant's code may do with the database. */
export interface TenantDb extends Sql {
  readonly tenantId: string;
  /** Statements sent through this handle so far. */
  readonly statements: number;
  /** Prisma, for the shapes GraphQL asks for and for rare single-row writes. */
  readonly prisma: ScopedPrisma;
  /** One transaction. Inside it use only `tx`: the embedded database has a single connection. */
  tx<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** The process's connection to Postgres, embedded or a server. */
export interface Database {
  /** A fresh handle for one request, job or subscription. */
  forTenant(tenantId: string): TenantDb;
  /** Bound to no tenant: sees the platform directory and nothing else. */
  readonly directory: PooledSql;
  readonly prisma: PrismaClient;
  /** For the job engine, whose own schema has no tenants. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  /** One round of vacuum and analyze where they are due, as the owner; only the embedded database needs it. */
  clean(): Promise<number>;
  close(): Promise<void>;
}

class BoundDb extends PooledSql implements TenantDb {
  private readonly base: PrismaClient;
  private scoped?: ScopedPrisma;

  constructor(pool: BoundPool, base: PrismaClient, binding: Binding) {
    super(pool, binding);
    this.base = base;
  }

  get tenantId(): string {
    return this.binding.tenantId;
  }

  get statements(): number {
    return this.binding.statements;
  }

  get prisma(): ScopedPrisma {
    this.scoped ??= scopedPrisma(this.base, this.binding);
    return this.scoped;
  }
}

/** Opens the pool; `onError` hears about idle connections that break (the pool replaces them by itself). */
export function openDatabase(connection: PoolConfig, onError: (error: Error) => void): Database {
  const pool = new BoundPool({ max: 10, connectionTimeoutMillis: 30_000, ...connection }, RUNTIME_ROLE);
  pool.on('error', onError);
  const prisma = createPrisma(pool);
  return {
    prisma,
    directory: new PooledSql(pool, { tenantId: '', statements: 0 }),
    forTenant: (tenantId) => new BoundDb(pool, prisma, { tenantId, statements: 0 }),
    executeSql: async (text, values) => {
      const client = await pool.acquire('');
      let hasFailed = true;
      try {
        const result = await client.query(text, values);
        hasFailed = false;
        return {
          rows: Array.isArray(result)
            ? (result as { rows: unknown[] }[]).flatMap((r) => r.rows)
            : result.rows,
        };
      } finally {
        // The text may have been several statements, and have left a transaction open that nobody ends.
        client.release(hasFailed);
      }
    },
    clean: async () => {
      const client = await pool.acquire('');
      let isOwner = true;
      try {
        const cleaned = await cleanTables(client);
        isOwner = cleaned > 0;
        return cleaned;
      } finally {
        client.release(isOwner);
      }
    },
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
