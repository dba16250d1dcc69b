import {
  acknowledgeIssue,
  type EffectiveRule,
  effectiveRules,
  findIssues,
  type Issue,
  type IssueOrder,
  type IssueStatus,
  type IssueType,
  listIssues,
  RULES,
  resolveIssue,
  type Severity,
  setIssueRule,
} from '../../src/growth/issues/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { IssueRuleType, IssueTypeEnum, SeverityEnum } from './issue-rules.ts';
