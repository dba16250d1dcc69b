import { InvalidTransitionError } from '../../kernel/errors.ts';
import { DAY_MS } from '../../kernel/time.ts';
import { type Confidence, type Finding, isWorse } from './evaluate.ts';
import { type IssueType, RULES, type Severity } from './rules.ts';

export const ISSUE_STATUSES = ['OPEN', 'ACKNOWLEDGED', 'RESOLVED'] as const;
export type IssueStatus = (typeof ISSUE_STATUSES)[number];

/** An unbroken run of one problem. `version` counts status changes, not sightings. */
export interface Issue {
  id: string;
  type: IssueType;
  dimension: string;
  fingerprint: string;
  status: IssueStatus;
  severity: Severity;
  confidence: Confidence;
  isFlapping: boolean;
  occurrences: number;
  cleanCycles: number;
  value: string;
  /** The worst value seen. */
  peakValue: string;
  threshold: string;
  message: string;
  firstSeenAt: Date;
  lastSeenAt: Date;
  /** The newest snapshot judged; an older or repeated one changes nothing. */
  evaluatedAt: Date;
  acknowledgedAt: Date | null;
  acknowledgedBy: string | null;
  resolvedAt: Date | null;
  resolvedBy: string | null;
  note: string | null;
  version: number;
}

/** Clean cycles in a row that resolve an issue, and how soon after that its return is flapping (spec a.3). */
export const CLEAN_CYCLES_TO_RESOLVE = 2;
export const FLAPPING_WITHIN_MS = DAY_MS;

/** One problem, one fingerprint: at most one unresolved issue has it. */
export function fingerprintOf(tenantId: string, type: string, dimension: string): string {
  return `${tenantId}|${type}|${dimension}`;
}

/** A new issue, first seen at `at`. */
export function openIssue(id: string, fingerprint: string, finding: Finding, at: Date): Issue {
  return {
    id,
    type: finding.type,
    dimension: finding.dimension,
    fingerprint,
    status: 'OPEN',
    ...latest(finding),
    severity: finding.severity,
    isFlapping: false,
    occurrences: 1,
    cleanCycles: 0,
    peakValue: finding.value,
    firstSeenAt: at,
    lastSeenAt: at,
    evaluatedAt: at,
    acknowledgedAt: null,
    acknowledgedBy: null,
    resolvedAt: null,
    resolvedBy: null,
    note: null,
    version: 1,
  };
}

/** The same problem again; an acknowledged issue stays acknowledged. */
export function seeAgain(issue: Issue, finding: Finding, at: Date): Issue {
  return {
    ...issue,
    ...latest(finding),
    peakValue: worst(issue, finding),
    occurrences: issue.occurrences + 1,
    cleanCycles: 0,
    lastSeenAt: at,
    evaluatedAt: at,
  };
}

/** A resolved issue back within 24 h: the same row, marked flapping, to be looked at anew. */
export function reopen(issue: Issue, finding: Finding, at: Date): Issue {
  return {
    ...seeAgain(issue, finding, at),
    status: 'OPEN',
    isFlapping: true,
    acknowledgedAt: null,
    acknowledgedBy: null,
    resolvedAt: null,
    resolvedBy: null,
    version: issue.version + 1,
  };
}

/** One clean cycle; the second in a row resolves. */
export function seeClean(issue: Issue, at: Date): Issue {
  const seen = { ...issue, cleanCycles: issue.cleanCycles + 1, evaluatedAt: at };
  if (seen.cleanCycles < CLEAN_CYCLES_TO_RESOLVE) return seen;
  return resolve(seen, 'system:clean', at, null);
}

/** Somebody looks after it. Throws InvalidTransitionError unless it is OPEN. */
export function acknowledge(issue: Issue, by: string, at: Date, note: string | null): Issue {
  assertFrom(issue, ['OPEN'], 'ACKNOWLEDGED');
  return {
    ...issue,
    status: 'ACKNOWLEDGED',
    acknowledgedAt: at,
    acknowledgedBy: by,
    note: note ?? issue.note,
    version: issue.version + 1,
  };
}

/** It is over. Throws InvalidTransitionError when it already was. */
export function resolve(issue: Issue, by: string, at: Date, note: string | null): Issue {
  assertFrom(issue, ['OPEN', 'ACKNOWLEDGED'], 'RESOLVED');
  return {
    ...issue,
    status: 'RESOLVED',
    resolvedAt: at,
    resolvedBy: by,
    note: note ?? issue.note,
    version: issue.version + 1,
  };
}

/** Whether a problem seen at `at` continues this resolved issue instead of being a new one. */
export function isReturn(issue: Issue, at: Date): boolean {
  return issue.resolvedAt !== null && at.getTime() - issue.resolvedAt.getTime() < FLAPPING_WITHIN_MS;
}

function latest({ value, threshold, confidence, message }: Finding) {
  return { value, threshold, confidence, message };
}

function worst(issue: Issue, finding: Finding): string {
  const { comparison } = RULES[issue.type];
  return isWorse(finding.value, issue.peakValue, comparison) ? finding.value : issue.peakValue;
}

function assertFrom(issue: Issue, from: readonly IssueStatus[], to: IssueStatus): void {
  if (!from.includes(issue.status)) throw new InvalidTransitionError('issue', issue.status, to);
}
