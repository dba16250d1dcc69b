import { writeAudit } from '../../control/audit/index.ts';
import { flagSet, wayPast } from '../../control/flags/index.ts';
import { type ActionClass, gate } from '../../control/policy/index.ts';
import {
  DomainError,
  InvalidTransitionError,
  NotFoundError,
  VersionConflictError,
} from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { endExclusion, saveExclusions } from './outcome-store.ts';
import { changeEvent } from './round.ts';
import { type ChangeStatus, familyOf, isAt, type StrategyChange, withPoint } from './strategy.ts';
import {
  lastApplied,
  loadState,
  lockChange,
  lockLearning,
  saveChanges,
  saveState,
} from './strategy-store.ts';

export interface ChangeRequest {
  readonly id: string;
  readonly expectedVersion?: number | null | undefined;
}

/**
 * PROPOSED or HELD → APPLIED, by a person. DomainError HELD while the tenant is stabilised; InvalidTransition when
 * strategy has moved on since it was proposed.
 */
export function approveStrategyChange(scope: Scope, request: ChangeRequest): Promise<StrategyChange> {
  return decideOn(scope, request, 'APPLIED', async (tx, change) => {
    await checkGate(scope, tx, change);
    await putInForce(
      scope,
      tx,
      change,
      change.before,
      change.after,
      'strategy has moved on since it was proposed',
    );
  });
}

/** PROPOSED or HELD → REJECTED, by a person; the same evidence is not proposed again. */
export function rejectStrategyChange(scope: Scope, request: ChangeRequest): Promise<StrategyChange> {
  return decideOn(scope, request, 'REJECTED', async () => {});
}

/**
 * APPLIED → REVERTED, by a person: what was in force before holds again, and steps need new evidence. InvalidTransition
 * when a newer change of the same kind was applied: that one first.
 */
export function revertStrategyChange(scope: Scope, request: ChangeRequest): Promise<StrategyChange> {
  return decideOn(scope, request, 'REVERTED', async (tx, change) => {
    if (change.kind === 'EXCLUSION') {
      await endExclusion(tx, scope.tenantId, change.after.exclusionId as string, scope.now);
      return;
    }
    const last = await lastApplied(tx, scope.tenantId, change.actionType, familyOf(change.kind));
    if (last && last.id !== change.id) {
      const why = `change ${last.id} of ${(last.closedAt ?? last.createdAt).toISOString()} is newer; revert that one first.`;
      throw new InvalidTransitionError('strategy change', change.status, 'REVERTED', why);
    }
    await putInForce(scope, tx, change, change.after, change.before, 'it is no longer in force');
  });
}

const FROM: Record<'APPLIED' | 'REJECTED' | 'REVERTED', readonly ChangeStatus[]> = {
  APPLIED: ['PROPOSED', 'HELD'],
  REJECTED: ['PROPOSED', 'HELD'],
  REVERTED: ['APPLIED'],
};

function decideOn(
  scope: Scope,
  { id, expectedVersion }: ChangeRequest,
  to: keyof typeof FROM,
  apply: (tx: Tx, change: StrategyChange) => Promise<void>,
): Promise<StrategyChange> {
  return scope.db.tx(async (tx) => {
    await lockLearning(tx, scope.tenantId);
    const change = isUuid(id) ? await lockChange(tx, scope.tenantId, id) : undefined;
    if (!change) throw new NotFoundError('strategy change', id);
    if (expectedVersion != null && expectedVersion !== change.version) {
      throw new VersionConflictError('strategy change', expectedVersion, change.version);
    }
    if (!FROM[to].includes(change.status)) {
      throw new InvalidTransitionError('strategy change', change.status, to);
    }
    await apply(tx, change);
    const closed = { closedAt: scope.now, closedBy: scope.actor.name, version: change.version + 1 };
    const after: StrategyChange = { ...change, status: to, ...closed };
    await saveChanges(tx, scope.tenantId, [after]);
    await writeAudit(scope, tx, {
      action: `strategy-change.${{ APPLIED: 'approve', REJECTED: 'reject', REVERTED: 'revert' }[to]}`,
      subject: id,
      before: { status: change.status, ...change.before },
      after: { status: to, ...change.after },
    });
    await scope.events.append(tx, scope.tenantId, [changeEvent(after)]);
    return after;
  });
}

/** A person skips the mode, not the stabilise switch. */
async function checkGate(scope: Scope, tx: Tx, { kind }: StrategyChange): Promise<void> {
  const { isStabilised } = await flagSet(scope, tx);
  const isPrice = kind === 'PRICE' || kind === 'PROMOTION';
  const actionClass: ActionClass = isPrice ? 'PRICING_CHANGE' : 'EXPERIMENT_REWEIGHT';
  const { verdict, reason } = gate({ actionClass, isStabilised, mode: 'AUTO' });
  if (verdict !== 'ALLOW') throw heldError(reason);
}

/** The tenant is stabilised. */
export const heldError = (reason: string | null): DomainError =>
  new DomainError('HELD', `Learning is frozen (${reason}). ${wayPast(reason)}`, {
    reason,
  });

async function putInForce(
  scope: Scope,
  tx: Tx,
  { actionType, kind, status, after }: StrategyChange,
  from: StrategyChange['before'],
  to: StrategyChange['after'],
  why: string,
): Promise<void> {
  const { tenantId, now } = scope;
  if (kind === 'EXCLUSION') {
    const { exclusionId: id = '', tokens = [], categories = [], until = '' } = after;
    const exclusion = { id, tokens, categories, until: new Date(until), customerId: null, actionId: id };
    await saveExclusions(tx, tenantId, [exclusion], now);
    return;
  }
  const state = await loadState(tx, tenantId, actionType);
  if (!isAt(state, from)) throw new InvalidTransitionError('strategy change', status, 'APPLIED', `${why}.`);
  await saveState(tx, tenantId, withPoint(state, to, now));
}
