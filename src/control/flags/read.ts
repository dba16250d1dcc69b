import { type Connection, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Evaluation } from './flag.ts';
import { type Flag, isStale } from './flag-row.ts';
import { createFlagSet, unitOf } from './flag-set.ts';
import { selectFlags } from './store.ts';

/** All flags that the tenant can be served, by key; its own before the installation's of the same key. One statement. */
export async function listFlags(scope: Scope, args: PageArgs): Promise<Connection<Flag>> {
  const page = pageOf(args, 1);
  const query = { after: page.cursor?.[0] ?? null, isForward: page.isForward, limit: page.size + 1 };
  const rows = await selectFlags(scope.db, scope.tenantId, query);
  return toConnection(rows, page, (flag) => [flag.key]);
}

/** Flags by key, in the order asked; null where there is none. */
export async function flagsByKey(scope: Scope, keys: readonly string[]): Promise<(Flag | null)[]> {
  const rows = await selectFlags(scope.db, scope.tenantId, { keys });
  const byKey = new Map(rows.map((flag) => [flag.key, flag]));
  return keys.map((key) => byKey.get(key) ?? null);
}

/** What the tenant as a whole is served now, and why. */
export function effectiveOf(scope: Scope, flag: Flag): Evaluation {
  return createFlagSet([flag], unitOf(scope.tenant)).evaluate(flag.key, null);
}

/** The flags that somebody should take out, by key (spec k.1). */
export async function staleFlags(scope: Scope): Promise<Flag[]> {
  const flags = await selectFlags(scope.db, scope.tenantId, {});
  return flags.filter((flag) => isStale(flag, scope.now, scope.tenantId));
}
