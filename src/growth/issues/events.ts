import type { Tx } from '../../platform/db/sql.ts';
import type { IssuePayload, NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Issue } from './issue.ts';

type IssueEvent = 'ISSUE_OPENED' | 'ISSUE_ACKNOWLEDGED' | 'ISSUE_RESOLVED';

/** Appends one event per issue in the transaction of the change; `isFlapping` tells a notifier to keep quiet. */
export async function emitIssues(
  scope: Scope,
  tx: Tx,
  changes: readonly { type: IssueEvent; issue: Issue }[],
): Promise<void> {
  const events: NewEvent[] = changes.map(({ type, issue }) => ({ type, payload: payloadOf(issue) }));
  await scope.events.append(tx, scope.tenantId, events);
}

function payloadOf(issue: Issue): IssuePayload {
  return {
    issueId: issue.id,
    type: issue.type,
    dimension: issue.dimension,
    severity: issue.severity,
    confidence: issue.confidence,
    status: issue.status,
    value: issue.value,
    threshold: issue.threshold,
    occurrences: issue.occurrences,
    isFlapping: issue.isFlapping,
    message: issue.message,
  };
}
