import { DomainError, ValidationError } from '../../kernel/errors.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Actor, Scope } from '../../platform/scope.ts';
import { raiseAlerts } from '../alert-intake/index.ts';
import { applyChange } from './apply-change.ts';
import type { FlagChange } from './change.ts';
import { versionOf } from './change.ts';
import { addRequest, checkedFlag, type FlagTarget, needsSecond } from './change-flag.ts';
import { decideRequest, type FlagRequest, isPending, lockDueRequest } from './request-store.ts';
import { lockFlags } from './store.ts';

/** The queue of instants at which a flag shall change. */
export const FLAG_QUEUE = 'flag-change';

/** What its jobs carry. */
export interface FlagJob {
  readonly tenantId: string;
  /** ISO instant. */
  readonly at: string;
}

export type ScheduleFlagChange = FlagTarget & { readonly at: Date; readonly change: FlagChange };

const MAX_DAYS = 366;
/** Changes carried out in one go; the rest follows with the next job or sweep. */
const MAX_DUE = 1_000;

/**
 * Lets a change happen at an instant, at most a year away; checked now as if it happened now. A flag that needs a second
 * person needs them for this too, before that instant or after it.
 */
export function scheduleFlagChange(
  scope: Scope,
  { at, change, ...target }: ScheduleFlagChange,
): Promise<FlagRequest> {
  return scope.db.tx(async (tx) => {
    if (!(at > scope.now && at <= addMs(scope.now, MAX_DAYS * DAY_MS))) {
      throw new ValidationError(
        'at',
        `A change is scheduled for the future, at most ${MAX_DAYS} days from now.`,
      );
    }
    const flag = await checkedFlag(scope, tx, target, change);
    const waits = scope.actor.kind !== 'SYSTEM' && needsSecond(flag, change);
    const request = await addRequest(scope, tx, {
      ...{ key: flag.key, change, reason: target.reason ?? null, dueAt: at },
      kind: waits ? 'APPROVAL' : 'SCHEDULED',
      basedOn: waits ? versionOf(flag, scope.tenantId) : null,
    });
    if (!waits) await enqueueChange(scope, tx, at);
    return request;
  });
}

/** A job of the very instant; should it get lost, the sweep of the five-minute job finds the change. */
export async function enqueueChange(scope: Scope, tx: Tx, at: Date): Promise<void> {
  const data: FlagJob = { tenantId: scope.tenantId, at: at.toISOString() };
  await scope.jobs.enqueue(tx, FLAG_QUEUE, [{ data, startAfter: at }]);
}

/**
 * Carries out the changes whose instant has come, each in a transaction of its own, so that one that is killed halfway
 * has not happened and happens next time. One that is not possible any more ends as FAILED. Answers how many ended.
 */
export async function runDueFlagChanges(scope: Scope): Promise<number> {
  for (let ended = 0; ended < MAX_DUE; ended++) {
    if (!(await runOne(scope))) return ended;
  }
  return MAX_DUE;
}

async function runOne(scope: Scope): Promise<boolean> {
  let failed: { id: string; note: string } | undefined;
  const found = await scope.db
    .tx(async (tx) => {
      await lockFlags(tx, scope.tenantId);
      const request = await lockDueRequest(tx, scope.tenantId, scope.now);
      if (!request) return false;
      failed = { id: request.id, note: '' };
      await carryOut(onBehalf(scope, request), tx, request);
      return true;
    })
    .catch((error: unknown) => {
      if (!failed || !(error instanceof DomainError)) throw error;
      failed.note = error.message;
      return true;
    });
  if (failed?.note) {
    const { id, note } = failed;
    await scope.db.tx((tx) => giveUp(scope, tx, id, note));
  }
  return found;
}

/** It was promised and will not happen: somebody should know. */
async function giveUp(scope: Scope, tx: Tx, id: string, note: string): Promise<void> {
  await lockFlags(tx, scope.tenantId);
  // Meanwhile somebody else may have done it, or taken it back.
  if (!(await isPending(tx, scope.tenantId, id))) return;
  const { key } = await decideRequest(scope, tx, id, { kind: 'SCHEDULED', status: 'FAILED', note });
  const alert = { type: 'FLAG_CHANGE_FAILED', component: 'flags', labels: { key } };
  const message = `The scheduled change of ${key} could not be made: ${note}`;
  await raiseAlerts(scope, tx, [{ ...alert, level: 'error', message }]);
}

async function carryOut(scope: Scope, tx: Tx, request: FlagRequest): Promise<void> {
  const { id, key, change, reason, dueAt, decidedBy } = request;
  const flag = await checkedFlag(scope, tx, { key, reason }, change);
  // It was scheduled while nobody had to agree.
  if (decidedBy === null && needsSecond(flag, change)) {
    throw new DomainError('NEEDS_APPROVAL', `${key} wants a second person now; schedule it again.`);
  }
  const why = [reason, `scheduled for ${dueAt?.toISOString()}`].filter(Boolean).join('; ');
  await applyChange(scope, tx, flag, change, why);
  await decideRequest(scope, tx, id, { kind: 'SCHEDULED', status: 'DONE', note: null });
}

/** Who asked for it has done it, by the clock. */
function onBehalf(scope: Scope, { requestedBy }: FlagRequest): Scope {
  const actor: Actor = { kind: 'SYSTEM', name: requestedBy, scopes: ['ADMIN'] };
  return Object.freeze({ ...scope, actor });
}
