import { PLATFORM_TENANT } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { raiseAlerts, resolveAlerts } from '../alert-intake/index.ts';
import { writeAudit } from '../audit/index.ts';
import { type FlagChange, versionOf, withChange } from './change.ts';
import type { Flag } from './flag-row.ts';
import { FLAG_CACHE, type FlagSet, readFlagSet } from './flag-set.ts';
import { STABILISE_FLAG } from './keys.ts';
import { removeFlagRow, removeOverrideRow, saveFlag, saveOverride, selectFlags } from './store.ts';

/** What FLAG_CHANGED calls a change. */
type Told = 'CREATED' | 'CHANGED' | 'DELETED' | 'OVERRIDDEN' | 'OVERRIDE_REMOVED' | 'KILLED' | 'REVIVED';
const TOLD: Readonly<Record<FlagChange['kind'], (isOwn: boolean) => Told>> = {
  SET: (isOwn) => (isOwn ? 'CHANGED' : 'OVERRIDDEN'),
  UPDATE: () => 'CHANGED',
  REMOVE_OVERRIDE: () => 'OVERRIDE_REMOVED',
  KILL: () => 'KILLED',
  REVIVE: () => 'REVIVED',
  DELETE: () => 'DELETED',
};

/**
 * Carries out a change whose checks are over, under `lockFlags`: row, audit entry, event and, for STABILIZE_MODE, the
 * alert; after the commit every instance hears of it. Answers with the flag as it is now, null when it is gone.
 */
export async function applyChange(
  scope: Scope,
  tx: Tx,
  before: Flag,
  change: FlagChange,
  reason: string | null,
): Promise<Flag | null> {
  const after = withChange(before, change, scope.tenantId);
  const isOwn = before.tenantId === scope.tenantId;
  const stood = await readFlagSet(scope, tx);
  if (!after) await removeFlagRow(tx, scope.tenantId, before.key);
  else if (isOwn) await saveFlag(scope, tx, after);
  else if (after.override) await saveOverride(scope, tx, after);
  else await removeOverrideRow(tx, scope.tenantId, before.key);
  const [saved = null] = await selectFlags(tx, scope.tenantId, { keys: [before.key] });
  await tell(scope, tx, { before, after: saved, told: TOLD[change.kind](isOwn), reason, stood });
  return after && saved;
}

export interface Telling {
  readonly before: Flag | null;
  readonly after: Flag | null;
  readonly told: Told;
  readonly reason: string | null;
  /** The tenant's flags before it. */
  readonly stood: FlagSet;
}

/** Audit entry, events, alerts, and the word to every instance. */
export async function tell(scope: Scope, tx: Tx, telling: Telling): Promise<void> {
  const { before, after, told, reason, stood } = telling;
  const flag = (after ?? before) as Flag;
  const stands = await readFlagSet(scope, tx);
  await writeAudit(scope, tx, {
    action: `flag.${told.toLowerCase().replaceAll('_', '-')}`,
    subject: flag.key,
    before: before && audited(before, scope.tenantId),
    after: after && audited(after, scope.tenantId),
    reason,
  });
  const by = scope.actor.name;
  const changed: NewEvent = {
    type: 'FLAG_CHANGED',
    payload: {
      ...{ key: flag.key, change: told, isInstallations: scope.tenantId === PLATFORM_TENANT, by, reason },
      ...{ version: versionOf(flag, scope.tenantId), value: stands.evaluate(flag.key, null).value },
    },
  };
  const isOn = stands.isStabilised;
  const isFrozenAnew = flag.key === STABILISE_FLAG && isOn !== stood.isStabilised;
  const frozen: NewEvent[] = isFrozenAnew
    ? [{ type: 'STABILISE_CHANGED', payload: { isOn, by, reason } }]
    : [];
  await scope.events.append(tx, scope.tenantId, [changed, ...frozen]);
  if (isFrozenAnew) await alertFreeze(scope, tx, isOn, reason);
  tx.afterCommit(() => scope.cache.invalidate(FLAG_CACHE, scope.tenantId));
}

async function alertFreeze(scope: Scope, tx: Tx, isOn: boolean, reason: string | null): Promise<void> {
  const alert = { type: 'STABILISE_MODE', component: 'automation' };
  const why = reason ? `: ${reason}` : '.';
  if (!isOn) {
    const message = `Automatic changes may happen again, switched by ${scope.actor.name}${why}`;
    return resolveAlerts(scope, tx, [{ ...alert, message }]);
  }
  const message = `All automatic changes are frozen by ${scope.actor.name}${why}`;
  await raiseAlerts(scope, tx, [{ ...alert, level: 'critical', title: 'Stabilise mode is on', message }]);
}

function audited(flag: Flag, tenantId: string): Record<string, unknown> {
  if (flag.tenantId !== tenantId) return { override: flag.override?.value ?? null };
  const { type, description, defaultValue, isEnabled, killSwitch, rules, protection } = flag;
  const { needsApproval, owner, expiresAt, version } = flag;
  return {
    ...{ type, description, defaultValue, isEnabled, killSwitch, rules, protection },
    ...{ needsApproval, owner, expiresAt, version },
  };
}
