import { writeAudit } from '../../control/audit/index.ts';
import { ValidationError, VersionConflictError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { emitIssues } from './events.ts';
import { acknowledge, type Issue, resolve } from './issue.ts';
import { loadForUpdate, saveIssues } from './store.ts';

const MAX_NOTE = 2_000;

export interface IssueChange {
  id: string;
  /** For people, at most 2,000 characters; replaces the note so far. */
  note?: string | null | undefined;
  expectedVersion?: number | null | undefined;
}

/** OPEN → ACKNOWLEDGED: somebody looks after it; audited. Throws NotFound, VersionConflict, InvalidTransition, Validation. */
export function acknowledgeIssue(scope: Scope, change: IssueChange): Promise<Issue> {
  return changeIssue(scope, change, acknowledge, 'ISSUE_ACKNOWLEDGED');
}

/** OPEN or ACKNOWLEDGED → RESOLVED by hand; audited. Throws NotFound, VersionConflict, InvalidTransition, Validation. */
export function resolveIssue(scope: Scope, change: IssueChange): Promise<Issue> {
  return changeIssue(scope, change, resolve, 'ISSUE_RESOLVED');
}

async function changeIssue(
  scope: Scope,
  { id, note, expectedVersion }: IssueChange,
  transition: typeof acknowledge,
  type: 'ISSUE_ACKNOWLEDGED' | 'ISSUE_RESOLVED',
): Promise<Issue> {
  if (note && note.length > MAX_NOTE) {
    throw new ValidationError('note', `A note has at most ${MAX_NOTE} characters, not ${note.length}.`);
  }
  return scope.db.tx(async (tx) => {
    const issue = await loadForUpdate(tx, scope.tenantId, id);
    if (expectedVersion != null && expectedVersion !== issue.version) {
      throw new VersionConflictError('issue', expectedVersion, issue.version);
    }
    const changed = transition(issue, scope.actor.name, scope.now, note?.trim() || null);
    await saveIssues(tx, scope.tenantId, [changed]);
    await writeAudit(scope, tx, {
      ...{ action: type === 'ISSUE_RESOLVED' ? 'issue.resolve' : 'issue.acknowledge', subject: id },
      ...{
        before: { status: issue.status },
        after: { status: changed.status },
        reason: note?.trim() || null,
      },
    });
    await emitIssues(scope, tx, [{ type, issue: changed }]);
    return changed;
  });
}
