import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { applyChange } from './apply-change.ts';
import type { FlagChange } from './change.ts';
import type { Flag } from './flag-row.ts';
import { readFlagSet } from './flag-set.ts';
import { STABILISE_FLAG } from './keys.ts';
import { lockFlags, selectFlags } from './store.ts';

/** What a runbook did, or would do, about a flag. */
export interface DisabledFlag {
  readonly key: string;
  readonly action: 'KILLED' | 'SWITCHED_OFF' | 'OVERRIDE_REMOVED';
  readonly changedAt: Date;
  readonly changedBy: string;
}

interface Candidate extends DisabledFlag {
  readonly flag: Flag;
  readonly change: FlagChange;
}

/**
 * Switches off the flag that a person has switched on or changed last, within 24 h: the likeliest cause of a fresh
 * incident. A flag of the tenant's own is killed, its value for a flag of the installation becomes false (or goes away,
 * when it is not BOOLEAN). What is off already, STABILIZE_MODE and `except` are left alone. Null when there is none; with
 * `isDryRun` nothing is changed. Ask the gate first.
 */
export async function disableNewestFlag(
  scope: Scope,
  tx: Tx,
  {
    reason,
    isDryRun,
    except = [],
  }: { readonly reason: string; readonly isDryRun: boolean; readonly except?: readonly string[] },
): Promise<DisabledFlag | null> {
  await lockFlags(tx, scope.tenantId);
  const flags = await selectFlags(tx, scope.tenantId, {});
  const set = await readFlagSet(scope, tx);
  const since = addMs(scope.now, -DAY_MS);
  const [newest] = flags
    .flatMap((flag) => candidateOf(flag, scope.tenantId) ?? [])
    .filter(({ key }) => !except.includes(key))
    .filter(({ changedAt, changedBy }) => changedAt >= since && !changedBy.startsWith('system'))
    .filter(({ flag }) => flag.type !== 'BOOLEAN' || mayBeOn(flag, set.isOn(flag.key)))
    .sort((a, b) => b.changedAt.getTime() - a.changedAt.getTime());
  if (!newest) return null;
  const { flag, change, ...done } = newest;
  if (!isDryRun) await applyChange(scope, tx, flag, change, reason);
  return done;
}

/** On for the tenant as a whole, or for some of those that rules look at. */
const mayBeOn = (flag: Flag, isOn: boolean): boolean =>
  isOn || (flag.isEnabled && !flag.override && flag.rules.some(({ value }) => value === true));

function candidateOf(flag: Flag, tenantId: string): Candidate | null {
  const { key, type, override } = flag;
  if (key === STABILISE_FLAG || flag.killSwitch) return null;
  if (flag.tenantId === tenantId) {
    const changed = { changedAt: flag.updatedAt, changedBy: flag.updatedBy };
    return { flag, key, action: 'KILLED', change: { kind: 'KILL' }, ...changed };
  }
  if (!override) return null;
  const changed = { changedAt: override.updatedAt, changedBy: override.updatedBy };
  return type === 'BOOLEAN'
    ? { flag, key, action: 'SWITCHED_OFF', change: { kind: 'SET', value: false }, ...changed }
    : { flag, key, action: 'OVERRIDE_REMOVED', change: { kind: 'REMOVE_OVERRIDE' }, ...changed };
}
