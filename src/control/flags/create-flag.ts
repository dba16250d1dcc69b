import type { Json } from '../../kernel/canonical.ts';
import { DomainError, ValidationError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { tell } from './apply-change.ts';
import { type FlagPatch, withChange } from './change.ts';
import { checkKey, readValue } from './check.ts';
import type { FlagType } from './flag.ts';
import type { Flag } from './flag-row.ts';
import { readFlagSet } from './flag-set.ts';
import { lockFlags, saveFlag, selectFlags } from './store.ts';

export type NewFlag = Omit<FlagPatch, 'defaultValue'> & {
  readonly key: string;
  readonly type: FlagType;
  readonly defaultValue: Json;
};

/** Flags of one tenant's own. */
const MAX_FLAGS = 1_000;

/** Makes a flag: the tenant's own, or everybody's when the platform tenant makes it. Audited. */
export function createFlag(scope: Scope, { key, type, defaultValue, ...patch }: NewFlag): Promise<Flag> {
  return scope.db.tx(async (tx) => {
    checkKey(key);
    await lockFlags(tx, scope.tenantId);
    const known = await selectFlags(tx, scope.tenantId, { limit: 2 * MAX_FLAGS });
    if (known.some((flag) => flag.key === key))
      throw new ValidationError('key', `There is a flag ${key} already.`);
    if (known.filter(({ tenantId }) => tenantId === scope.tenantId).length >= MAX_FLAGS) {
      throw new DomainError(
        'LIMIT_EXCEEDED',
        `There are ${MAX_FLAGS} flags already; delete stale ones first.`,
      );
    }
    const bare: Flag = {
      ...{ tenantId: scope.tenantId, key, type, defaultValue: readValue(type, defaultValue, 'defaultValue') },
      ...{
        description: '',
        isEnabled: true,
        killSwitch: false,
        rules: [],
        isSystem: false,
        protection: null,
      },
      ...{ needsApproval: false, owner: null, expiresAt: null, version: 1, lastEvaluatedAt: null },
      ...{ createdAt: scope.now, updatedAt: scope.now, updatedBy: scope.actor.name },
    };
    const flag = withChange(bare, { kind: 'UPDATE', patch }, scope.tenantId) as Flag;
    const stood = await readFlagSet(scope, tx);
    await saveFlag(scope, tx, flag);
    await tell(scope, tx, { before: null, after: flag, told: 'CREATED', reason: null, stood });
    return flag;
  });
}
