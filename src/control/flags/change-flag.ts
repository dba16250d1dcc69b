import type { Json } from '../../kernel/canonical.ts';
import { DomainError, NotFoundError, VersionConflictError } from '../../kernel/errors.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { principalsOf } from '../access/index.ts';
import { applyChange } from './apply-change.ts';
import { type FlagChange, type FlagPatch, requireReason, versionOf, withChange } from './change.ts';
import type { Flag } from './flag-row.ts';
import { STABILISE_FLAG } from './keys.ts';
import { countWaiting, type FlagRequest, insertRequest } from './request-store.ts';
import { lockFlags, selectFlags } from './store.ts';
import { tellRequest } from './tell-request.ts';

/** Which flag, and what its author says and has seen. */
export interface FlagTarget {
  readonly key: string;
  /** Needed where the flag is protected. */
  readonly reason?: string | null | undefined;
  /** The version that was seen: of the tenant's own flag, or of its override (0: it had none). */
  readonly expectedVersion?: number | null | undefined;
}

export type SetFlag = FlagTarget & { readonly value: Json };
export type UpdateFlag = FlagTarget & { readonly patch: FlagPatch };

/** How a change ended: done, or waiting for a second person. */
export interface Changed {
  /** As it is now; null when it was deleted. */
  readonly flag: Flag | null;
  readonly request: FlagRequest | null;
}

const MAX_WAITING = 100;

/**
 * Sets a value, the simple way of the seed documents: a tenant's override of a flag of the installation, the default of a
 * flag of its own; the platform tenant sets everybody's default. Throws InvalidFlagValue, NotFound, VersionConflict, and
 * ValidationError where a protected value has no reason.
 */
export const setFlag = (scope: Scope, { value, ...target }: SetFlag): Promise<Changed> =>
  scope.db.tx((tx) => changeFlag(scope, tx, target, { kind: 'SET', value }));

/** Changes a flag of one's own: rules, default, enabled, owner, expiry, protection. */
export const updateFlag = (scope: Scope, { patch, ...target }: UpdateFlag): Promise<Changed> =>
  scope.db.tx((tx) => changeFlag(scope, tx, target, { kind: 'UPDATE', patch }));

/** Takes the tenant's own value away: the installation's counts again. */
export const removeOverride = (scope: Scope, target: FlagTarget): Promise<Changed> =>
  scope.db.tx((tx) => changeFlag(scope, tx, target, { kind: 'REMOVE_OVERRIDE' }));

/** Switches a flag of one's own off, whatever rules and overrides say; never waits for a second person. */
export const killFlag = (scope: Scope, target: FlagTarget): Promise<Changed> =>
  scope.db.tx((tx) => changeFlag(scope, tx, target, { kind: 'KILL' }));

/** Ends a kill: rules, overrides and default count again. */
export const reviveFlag = (scope: Scope, target: FlagTarget): Promise<Changed> =>
  scope.db.tx((tx) => changeFlag(scope, tx, target, { kind: 'REVIVE' }));

/** Deletes a flag of one's own; not one of the product's. */
export const deleteFlag = (scope: Scope, target: FlagTarget): Promise<Changed> =>
  scope.db.tx((tx) => changeFlag(scope, tx, target, { kind: 'DELETE' }));

/** Checks a change and carries it out, or lets it wait for a second person where the flag wants one. */
export async function changeFlag(
  scope: Scope,
  tx: Tx,
  target: FlagTarget,
  change: FlagChange,
): Promise<Changed> {
  const { reason = null } = target;
  const flag = await checkedFlag(scope, tx, target, change);
  if (scope.actor.kind === 'SYSTEM' || !needsSecond(flag, change)) {
    return { flag: await applyChange(scope, tx, flag, change, reason), request: null };
  }
  const waiting = {
    kind: 'APPROVAL',
    change,
    dueAt: null,
    basedOn: versionOf(flag, scope.tenantId),
  } as const;
  return { flag, request: await addRequest(scope, tx, { ...waiting, key: flag.key, reason }) };
}

/** The flag a change is about, locked, when the change would be possible; otherwise the refusal. */
export async function checkedFlag(
  scope: Scope,
  tx: Tx,
  { key, reason, expectedVersion }: FlagTarget,
  change: FlagChange,
): Promise<Flag> {
  await lockFlags(tx, scope.tenantId);
  const [flag] = await selectFlags(tx, scope.tenantId, { keys: [key] });
  if (!flag) throw new NotFoundError('flag', key);
  const version = versionOf(flag, scope.tenantId);
  if (expectedVersion != null && expectedVersion !== version) {
    throw new VersionConflictError('flag', expectedVersion, version);
  }
  requireReason(flag, withChange(flag, change, scope.tenantId), reason);
  return flag;
}

/** Whether a second person must agree. Emergencies never wait: a kill, or freezing everything. */
export function needsSecond(flag: Flag, change: FlagChange): boolean {
  if (!flag.needsApproval || change.kind === 'KILL') return false;
  return !(flag.key === STABILISE_FLAG && change.kind === 'SET' && change.value === true);
}

export type NewRequest = Pick<FlagRequest, 'key' | 'kind' | 'change' | 'reason' | 'dueAt' | 'basedOn'>;

/** Writes down a change that waits. DomainError LIMIT_EXCEEDED beyond 100 of a tenant. */
export async function addRequest(scope: Scope, tx: Tx, given: NewRequest): Promise<FlagRequest> {
  if ((await countWaiting(tx, scope.tenantId)) >= MAX_WAITING) {
    throw new DomainError(
      'LIMIT_EXCEEDED',
      `${MAX_WAITING} changes wait already; decide or cancel some first.`,
    );
  }
  const request: FlagRequest = {
    ...{
      id: uuidv7(scope.now.getTime()),
      status: 'PENDING',
      requestedAt: scope.now,
      requestedBy: scope.actor.name,
      principals: principalsOf(scope.actor),
    },
    ...{ decidedAt: null, decidedBy: null, note: null, ...given },
  };
  await insertRequest(tx, scope.tenantId, request);
  await tellRequest(scope, tx, request, request.kind === 'APPROVAL' ? 'REQUESTED' : 'SCHEDULED');
  return request;
}
