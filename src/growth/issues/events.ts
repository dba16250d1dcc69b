import {
  type AlertIdentity,
  type AlertLevel,
  raiseAlerts,
  resolveAlerts,
} from '../../control/alert-intake/index.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { IssuePayload } from '../../platform/events/payloads.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Issue } from './issue.ts';
import type { IssueType, Severity } from './rules.ts';

type IssueEvent = 'ISSUE_OPENED' | 'ISSUE_ACKNOWLEDGED' | 'ISSUE_RESOLVED';

/** Severities of issues as levels of alerts (spec 0.8). */
const LEVELS: Record<Severity, AlertLevel> = {
  CRITICAL: 'critical',
  HIGH: 'error',
  MEDIUM: 'warning',
  LOW: 'info',
};

/** The part of the business that an issue is about: a critical alert of one part mutes lesser ones of that part only. */
const COMPONENTS: Record<IssueType, string> = {
  REVENUE_DROP: 'revenue',
  HIGH_CHURN: 'customers',
  PAYMENT_FAILURES: 'payments',
  ABANDONED_CARTS: 'checkout',
  LOW_CONVERSION: 'checkout',
  ERROR_SPIKE: 'services',
  STALE_KPI: 'sources',
};

/**
 * Appends one event per issue in the transaction of the change, and tells operators of issues that open and end; not of
 * one that is back within a day (spec a.3). Call it late: it locks the event log and the router's list.
 */
export async function emitIssues(
  scope: Scope,
  tx: Tx,
  changes: readonly { type: IssueEvent; issue: Issue }[],
): Promise<void> {
  const events: NewEvent[] = changes.map(({ type, issue }) => ({ type, payload: payloadOf(issue) }));
  await scope.events.append(tx, scope.tenantId, events);
  const of = (type: IssueEvent) => changes.filter((change) => change.type === type).map(({ issue }) => issue);
  const news = of('ISSUE_OPENED').filter(({ isFlapping }) => !isFlapping);
  await raiseAlerts(
    scope,
    tx,
    news.map((issue) => ({
      ...identityOf(issue),
      ...{ level: LEVELS[issue.severity], message: issue.message },
      opensIncident: issue.severity === 'CRITICAL',
    })),
  );
  await resolveAlerts(scope, tx, of('ISSUE_RESOLVED').map(identityOf));
}

const identityOf = ({ type, dimension }: Issue): AlertIdentity => ({
  ...{ type, component: COMPONENTS[type], dedupeKey: `issue:${type}:${dimension}` },
  labels: dimension === '' ? {} : { dimension },
});

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
