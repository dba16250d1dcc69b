import { DomainError, InvalidTransitionError, NotFoundError } from '../../kernel/errors.ts';
import { checkText } from '../../kernel/text.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { requireSecondPerson } from '../access/index.ts';
import { applyChange } from './apply-change.ts';
import { versionOf } from './change.ts';
import type { Changed } from './change-flag.ts';
import { checkedFlag } from './change-flag.ts';
import { decideRequest, type FlagRequest, lockRequest } from './request-store.ts';
import { enqueueChange } from './schedule-change.ts';
import { lockFlags } from './store.ts';
import { tellRequest } from './tell-request.ts';

/**
 * Agrees to a change that waits for a second person; it is carried out at once, or at its instant. Refused (FORBIDDEN) to
 * its own author, whatever key they come with. When the flag has changed since it was asked for, the request ends as EXPIRED and nothing changes:
 * nobody agrees to what they have not seen.
 */
export function approveFlagChange(scope: Scope, id: string): Promise<Changed> {
  return scope.db.tx(async (tx) => {
    const request = await open(scope, tx, id, 'DONE');
    if (request.kind !== 'APPROVAL') {
      throw new InvalidTransitionError('scheduled change', 'PENDING', 'DONE', 'it happens at its instant.');
    }
    requireSecondPerson(scope, { principals: request.principals, at: request.requestedAt });
    const flag = await seenFlag(scope, tx, request);
    if (flag instanceof DomainError) {
      const expired = { kind: request.kind, status: 'EXPIRED', note: flag.message } as const;
      return { flag: null, request: await decideRequest(scope, tx, id, expired) };
    }
    if (request.dueAt && request.dueAt > scope.now) {
      const scheduled = { kind: 'SCHEDULED', status: 'PENDING', note: null } as const;
      await enqueueChange(scope, tx, request.dueAt);
      return { flag, request: await decideRequest(scope, tx, id, scheduled) };
    }
    const reason = [request.reason, `asked for by ${request.requestedBy}`].filter(Boolean).join('; ');
    const after = await applyChange(scope, tx, flag, request.change, reason);
    const done = { kind: request.kind, status: 'DONE', note: null } as const;
    return { flag: after, request: await decideRequest(scope, tx, id, done) };
  });
}

/** The flag, when it is as the author has seen it and the change is still possible; otherwise why not. */
async function seenFlag(scope: Scope, tx: Tx, { key, change, reason, basedOn }: FlagRequest) {
  try {
    const flag = await checkedFlag(scope, tx, { key, reason }, change);
    if (basedOn === null || versionOf(flag, scope.tenantId) === basedOn) return flag;
    return new DomainError('VERSION_CONFLICT', `${key} has changed since this was asked for; ask again.`);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

/** Refuses a change that waits for a second person, or for its instant; its author may take it back with cancel. */
export async function rejectFlagChange(scope: Scope, id: string, note: string | null): Promise<FlagRequest> {
  if (note !== null) checkText(note, 'note', 500);
  return end(scope, id, 'REJECTED', note);
}

/** Takes a change back that has not happened yet. */
export const cancelFlagChange = (scope: Scope, id: string): Promise<FlagRequest> =>
  end(scope, id, 'CANCELLED', null);

function end(scope: Scope, id: string, status: 'REJECTED' | 'CANCELLED', note: string | null) {
  return scope.db.tx(async (tx) => {
    const { kind } = await open(scope, tx, id, status);
    const request = await decideRequest(scope, tx, id, { kind, status, note });
    await tellRequest(scope, tx, request, status);
    return request;
  });
}

async function open(scope: Scope, tx: Tx, id: string, to: string): Promise<FlagRequest> {
  await lockFlags(tx, scope.tenantId);
  const request = await lockRequest(tx, scope.tenantId, id);
  if (!request) throw new NotFoundError('flag change', id);
  if (request.status !== 'PENDING') throw new InvalidTransitionError('flag change', request.status, to);
  return request;
}
