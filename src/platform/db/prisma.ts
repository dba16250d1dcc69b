import { PrismaPg } from '@prisma/adapter-pg';
import { Prisma, PrismaClient } from '../../../prisma/generated/client/client.ts';
import { answered } from './away.ts';
import { type Binding, type BoundPool, currentBinding } from './bound-pool.ts';

/** Models of the platform directory; they have no tenant to be bound to. */
const PLATFORM_MODELS = new Set(['Tenant', 'KeyDirectory']);
const WITH_DATA = new Set(['create', 'upsert']);
const WITHOUT_WHERE = new Set(['create', 'createMany', 'createManyAndReturn']);

/** Prisma on the shared pool; statement names make Postgres plan each shape once per connection. */
export function createPrisma(pool: BoundPool): PrismaClient {
  const names = new Map<string, string>();
  const statementNameGenerator = ({ sql }: { sql: string }) => {
    let name = names.get(sql);
    if (!name) {
      if (names.size >= 500) names.clear();
      name = `prisma_${names.size}_${sql.length}`;
      names.set(sql, name);
    }
    return name;
  };
  return new PrismaClient({ adapter: new PrismaPg(pool, { statementNameGenerator }) });
}

type Args = { where?: Record<string, unknown>; data?: unknown; create?: unknown };

/** `{tenantId_id: {…}}` as plain columns, so that findFirst can take it. */
function flatten(where: Record<string, unknown>): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(where)) {
    if (key.startsWith('tenantId_')) Object.assign(flat, value);
    else flat[key] = value;
  }
  return flat;
}

function bindData(data: unknown, tenantId: string): unknown {
  if (Array.isArray(data)) return data.map((row) => ({ ...row, tenantId }));
  return { ...(data as object), tenantId };
}

/** Prisma's promises are lazy: they must be awaited inside the binding, not only made there. */
function within<T>(binding: Binding, work: () => PromiseLike<T>): Promise<T> {
  return currentBinding.run(binding, () => answered(work()));
}

/**
 * The tenant's Prisma client: adds tenantId to every where and data (first wall) and binds the connection for
 * row-level security (second wall). findUnique runs as findFirst, because Prisma batches findUnique calls of
 * one tick, and two tenants' calls must never share a statement.
 */
export function scopedPrisma(prisma: PrismaClient, binding: Binding) {
  const { tenantId } = binding;
  return prisma.$extends(
    Prisma.defineExtension({
      query: {
        $allModels: {
          $allOperations({ model, operation, args, query }) {
            if (PLATFORM_MODELS.has(model)) return within(binding, () => query(args));
            const scoped = { ...(args as Args) };
            if (!WITHOUT_WHERE.has(operation)) scoped.where = { ...scoped.where, tenantId };
            if (scoped.data && WITHOUT_WHERE.has(operation)) scoped.data = bindData(scoped.data, tenantId);
            if (scoped.create && WITH_DATA.has(operation)) scoped.create = bindData(scoped.create, tenantId);
            if (operation === 'findUnique' || operation === 'findUniqueOrThrow') {
              const first = operation === 'findUnique' ? 'findFirst' : 'findFirstOrThrow';
              const delegate = prisma[(model.charAt(0).toLowerCase() + model.slice(1)) as 'order'];
              const flat = { ...scoped, where: flatten(scoped.where ?? {}) } as never;
              return within(binding, () => delegate[first](flat));
            }
            return within(binding, () => query(scoped as never));
          },
        },
      },
    }),
  );
}

export type ScopedPrisma = ReturnType<typeof scopedPrisma>;
