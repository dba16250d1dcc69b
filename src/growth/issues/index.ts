export { acknowledgeIssue, type IssueChange, resolveIssue } from './change-issue.ts';
export { type DetectionResult, detectIssues } from './detect-issues.ts';
export { type Confidence, evaluate, type Finding } from './evaluate.ts';
export { ISSUE_STATUSES, type Issue, type IssueStatus } from './issue.ts';
export {
  countOpenIssues,
  effectiveRules,
  findIssues,
  ISSUE_ORDERS,
  type IssueFilter,
  type IssueOrder,
  listIssues,
} from './read.ts';
export {
  type EffectiveRule,
  ISSUE_TYPES,
  type IssueType,
  RULES,
  type RuleDefinition,
  type RuleUnit,
  SEVERITIES,
  type Severity,
} from './rules.ts';
export { type RuleChange, setIssueRule } from './set-rule.ts';
