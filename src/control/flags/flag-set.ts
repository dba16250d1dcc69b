import type { Json } from '../../kernel/canonical.ts';
import { PLATFORM_TENANT } from '../../kernel/ids.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope, TenantInfo } from '../../platform/scope.ts';
import { CompiledFlags, cached, failed } from './evaluate.ts';
import type { Evaluation, FlagContext, FlagFacts } from './flag.ts';
import { STABILISE_FLAG, SYSTEM_FLAGS } from './keys.ts';
import { loadFacts } from './store.ts';
import { usageOf } from './usage.ts';

/** The flags of one tenant as they are now; asking costs no query. */
export interface FlagSet {
  /** The value for a context and why (spec k.1); without a context the tenant itself is the unit. */
  evaluate(key: string, fallback: Json, context?: FlagContext | null): Evaluation;
  /** Whether a BOOLEAN flag is on for the tenant as a whole; false when there is no such flag. */
  isOn(key: string): boolean;
  /** STABILIZE_MODE of the installation or of the tenant: one of them is enough. */
  readonly isStabilised: boolean;
  /** Whether the tenant has its own value for it. */
  isOverridden(key: string): boolean;
  /** What the answers depend on, for evaluators in other processes. */
  readonly facts: readonly FlagFacts[];
  readonly unit: FlagContext;
  /** True while the database is away: everything is what was last known (CACHED). */
  readonly isLastKnown: boolean;
}

/** Name of what the cache keeps; a change forgets it. */
export const FLAG_CACHE = 'flags';

/**
 * The tenant's flags: remembered, at most two seconds behind a change anywhere. While the database is away they are what
 * was last known; before it was ever there, all flags of the product are off (spec k.1). `sql` is the caller's own
 * handle: inside a transaction the transaction, because the embedded database has one connection.
 */
export async function flagSet(scope: Scope, sql: Sql): Promise<FlagSet> {
  try {
    const { value, isStale } = await scope.cache.get(FLAG_CACHE, scope.tenantId, () =>
      loadFlagSet(scope, sql),
    );
    return isStale ? lastKnown(value) : value;
  } catch (error) {
    scope.log.error({ err: error }, 'flags could not be read; all are off until they can');
    return BUILT_IN;
  }
}

/** The flags as `sql` sees them, past every cache; asking these does not count as use. */
export async function readFlagSet(scope: Scope, sql: Sql): Promise<FlagSet> {
  const facts = await loadFacts(sql, scope.tenantId);
  return createFlagSet(facts.map(withoutOwner), unitOf(scope.tenant));
}

async function loadFlagSet(scope: Scope, sql: Sql): Promise<FlagSet> {
  const facts = await loadFacts(sql, scope.tenantId);
  const own = new Set(facts.filter(({ isOwn }) => isOwn).map(({ key }) => key));
  const usage = usageOf(scope.cache);
  return createFlagSet(facts.map(withoutOwner), unitOf(scope.tenant), (key) =>
    usage.note(own.has(key) ? scope.tenantId : PLATFORM_TENANT, key),
  );
}

const withoutOwner = ({ isOwn: _, ...facts }: FlagFacts & { isOwn: boolean }): FlagFacts => facts;

/** What is known of a tenant in every context. */
export const unitOf = ({ id, slug }: TenantInfo): FlagContext => ({
  targetingKey: id,
  tenantId: id,
  tenant: slug,
});

/** A set of flags made ready; pure. */
export function createFlagSet(
  facts: readonly FlagFacts[],
  unit: FlagContext,
  onFirstUse?: (key: string) => void,
): FlagSet {
  const kept = facts.map(withoutMask);
  const flags = new CompiledFlags(kept, unit, onFirstUse);
  return {
    evaluate: (key, fallback, context = null) => flags.evaluate(key, fallback, context),
    isOn: (key) => flags.evaluate(key, false).value === true,
    isStabilised: flags.evaluate(STABILISE_FLAG, false).value === true,
    isOverridden: (key) => flags.find(key)?.override !== undefined,
    facts: kept,
    unit,
    isLastKnown: false,
  };
}

/**
 * A tenant's own "not stabilised" never hides that the installation is: one of them is enough. A value from before the
 * installation made the flag anew with another type does not count either.
 */
function withoutMask({ override, ...facts }: FlagFacts): FlagFacts {
  if (!override || (facts.key === STABILISE_FLAG && override.value === false)) return facts;
  const isFit = facts.type === 'JSON' || typeof override.value === facts.type.toLowerCase();
  return isFit ? { ...facts, override } : facts;
}

const lastKnown = (set: FlagSet): FlagSet => ({
  ...set,
  evaluate: (key, fallback, context = null) => cached(set.evaluate(key, fallback, context)),
  isLastKnown: true,
});

const OFF: ReadonlySet<string> = new Set(SYSTEM_FLAGS);

/** Before anything could be read: what the seeds say. */
const BUILT_IN: FlagSet = {
  evaluate: (key, fallback) => failed(key, OFF.has(key) ? false : fallback, 'PROVIDER_NOT_READY'),
  isOn: () => false,
  isStabilised: false,
  isOverridden: () => false,
  ...{ facts: [], unit: {}, isLastKnown: true },
};
