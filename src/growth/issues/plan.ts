import type { Finding } from './evaluate.ts';
import {
  fingerprintOf,
  type Issue,
  isReturn,
  openIssue,
  reopen,
  resolve,
  seeAgain,
  seeClean,
} from './issue.ts';

/** What a cycle changes: the rows to write, and those whose status changed. */
export interface Plan {
  readonly changed: Issue[];
  readonly opened: Issue[];
  readonly resolved: Issue[];
  readonly repeated: number;
}

/**
 * Findings of one snapshot against the tenant's unresolved and last resolved issues, by fingerprint. A snapshot
 * that is not newer than the last one judged changes nothing, so a repeated or past cycle counts nothing twice.
 */
export function planIssues(
  tenantId: string,
  known: readonly Issue[],
  findings: readonly Finding[],
  at: Date,
  newId: () => string,
): Plan {
  const issues = byFingerprint(known);
  const plan = { changed: [] as Issue[], opened: [] as Issue[], resolved: [] as Issue[], repeated: 0 };
  for (const finding of findings) {
    const fingerprint = fingerprintOf(tenantId, finding.type, finding.dimension);
    const issue = issues.get(fingerprint);
    if (issue && issue.evaluatedAt >= at) continue;
    const next = step(issue, finding, at, fingerprint, newId);
    if (!next) continue;
    plan.changed.push(next);
    const wasOpen = issue !== undefined && issue.status !== 'RESOLVED';
    if (next.status === 'RESOLVED') plan.resolved.push(next);
    else if (!wasOpen) plan.opened.push(next);
    else if (finding.outcome === 'RAISED') plan.repeated += 1;
  }
  return plan;
}

/** The issue after the finding; undefined when nothing changes. */
function step(
  issue: Issue | undefined,
  finding: Finding,
  at: Date,
  fingerprint: string,
  newId: () => string,
): Issue | undefined {
  const isOpen = issue !== undefined && issue.status !== 'RESOLVED';
  if (finding.outcome === 'RAISED') {
    if (isOpen) return seeAgain(issue, finding, at);
    if (issue && isReturn(issue, at)) return reopen(issue, finding, at);
    return openIssue(newId(), fingerprint, finding, at);
  }
  if (!isOpen || finding.outcome === 'UNKNOWN') return undefined;
  // A rule that is switched off will never see a clean cycle again.
  if (finding.outcome === 'OFF') return resolve({ ...issue, evaluatedAt: at }, 'system:rule-off', at, null);
  return seeClean(issue, at);
}

/** The unresolved issue of a fingerprint wins over its resolved ones. */
function byFingerprint(issues: readonly Issue[]): Map<string, Issue> {
  const found = new Map<string, Issue>();
  for (const issue of issues) {
    if (!found.has(issue.fingerprint) || issue.status !== 'RESOLVED') found.set(issue.fingerprint, issue);
  }
  return found;
}
