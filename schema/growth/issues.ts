import {
  acknowledgeIssue,
  findIssues,
  type Issue,
  type IssueOrder,
  type IssueStatus,
  listIssues,
  RULES,
  resolveIssue,
} from '../../src/growth/issues/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { rowId } from '../ids.ts';
import { OrderDirectionEnum } from '../order.ts';
import { IssueTypeEnum, RuleUnitEnum, SeverityEnum } from './issue-rules.ts';

export const IssueStatusEnum = builder.enumType('IssueStatus', {
  description: 'How an issue stands.',
  values: {
    OPEN: { description: 'Nobody looks after it yet.' },
    ACKNOWLEDGED: { description: 'Somebody looks after it.' },
    RESOLVED: { description: 'Over: by hand, after two clean cycles, or because its rule was switched off.' },
  } satisfies Record<IssueStatus, { description: string }>,
});

const ConfidenceEnum = builder.enumType('Confidence', {
  description: 'How much an issue’s value rests on.',
  values: {
    HIGH: { description: 'Enough cases.' },
    LOW: {
      description: 'Fewer than 30 cases in the denominator, or fewer than 10 payments in the baseline.',
    },
  },
});

export const IssueType = builder.objectRef<Issue>('Issue');

builder.node(IssueType, {
  description: 'An unbroken run of one problem: at most one unresolved issue per type and dimension.',
  id: { description: 'Global id.', resolve: (issue) => issue.id },
  loadMany: (ids: string[], { scope }) => findIssues(scope, ids),
  fields: (t) => ({
    type: t.field({ type: IssueTypeEnum, description: 'What went wrong.', resolve: (issue) => issue.type }),
    dimension: t.string({
      nullable: true,
      description:
        'What it is about within the type: the KPI’s name for STALE_KPI; null for the whole tenant.',
      resolve: (issue) => issue.dimension || null,
    }),
    status: t.field({
      type: IssueStatusEnum,
      description: 'How it stands.',
      resolve: (issue) => issue.status,
    }),
    severity: t.field({ type: SeverityEnum, description: 'How bad.', resolve: (issue) => issue.severity }),
    confidence: t.field({
      type: ConfidenceEnum,
      description: 'How much the last value rests on.',
      resolve: (issue) => issue.confidence,
    }),
    message: t.exposeString('message', {
      description: 'For people: the last value, the limit, the confidence.',
    }),
    playbook: t.string({ description: 'What to do.', resolve: (issue) => RULES[issue.type].playbook }),
    unit: t.field({
      type: RuleUnitEnum,
      description: 'Unit of the three values.',
      resolve: (issue) => RULES[issue.type].unit,
    }),
    value: t.float({ description: 'At the last sighting.', resolve: (issue) => Number(issue.value) }),
    peakValue: t.float({ description: 'The worst so far.', resolve: (issue) => Number(issue.peakValue) }),
    threshold: t.float({
      description: 'The threshold at the last sighting.',
      resolve: (issue) => Number(issue.threshold),
    }),
    isFlapping: t.exposeBoolean('isFlapping', {
      description: 'It came back within 24 h of its resolution; no new notification is due.',
    }),
    occurrences: t.exposeInt('occurrences', { description: 'Cycles that saw it.' }),
    cleanCycles: t.exposeInt('cleanCycles', {
      description: 'Clean cycles in a row; the second resolves it.',
    }),
    firstSeenAt: t.field({ type: 'DateTime', description: 'First sighting.', resolve: (i) => i.firstSeenAt }),
    lastSeenAt: t.field({ type: 'DateTime', description: 'Last sighting.', resolve: (i) => i.lastSeenAt }),
    acknowledgedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When somebody took it.',
      resolve: (issue) => issue.acknowledgedAt,
    }),
    acknowledgedBy: t.exposeString('acknowledgedBy', { nullable: true, description: 'Who took it.' }),
    resolvedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (issue) => issue.resolvedAt,
    }),
    resolvedBy: t.exposeString('resolvedBy', {
      nullable: true,
      description: 'Who ended it; system:clean or system:rule-off when the engine did.',
    }),
    note: t.exposeString('note', { nullable: true, description: 'What people wrote about it.' }),
    version: t.exposeInt('version', { description: 'Status changes so far; for expectedVersion.' }),
  }),
});

const IssueFilterInput = builder.inputType('IssueFilter', {
  description: 'Which issues; every given condition must hold.',
  fields: (t) => ({
    status: t.field({ type: [IssueStatusEnum], description: 'One of these.' }),
    type: t.field({ type: [IssueTypeEnum], description: 'One of these.' }),
    severity: t.field({ type: [SeverityEnum], description: 'One of these.' }),
    since: t.field({ type: 'DateTime', description: 'Seen at or after this instant.' }),
  }),
});

const IssueOrderInput = builder.inputType('IssueOrder', {
  description: 'Order of a list of issues; the id breaks ties.',
  fields: (t) => ({
    field: t.field({
      type: builder.enumType('IssueOrderField', {
        description: 'What issues are ordered by.',
        values: {
          LAST_SEEN_AT: { description: 'Last sighting.' },
          FIRST_SEEN_AT: { description: 'First sighting.' },
          SEVERITY: { description: 'Severity; CRITICAL is the greatest.' },
        } satisfies Record<IssueOrder['field'], { description: string }>,
      }),
      required: true,
      description: 'By what.',
    }),
    direction: t.field({ type: OrderDirectionEnum, required: true, description: 'Which way.' }),
  }),
});

builder.queryFields((t) => ({
  issue: t.field({
    type: IssueType,
    nullable: true,
    description: 'One issue; null when this tenant has none with this id.',
    args: { id: t.arg.globalID({ required: true, description: 'Issue.id.' }) },
    resolve: async (_root, { id }, { scope }) => (await findIssues(scope, [rowId(id, 'Issue')]))[0] ?? null,
  }),
  issues: t.connection(
    {
      type: IssueType,
      description: 'The tenant’s issues, last seen first unless asked otherwise.',
      args: {
        filter: t.arg({ type: IssueFilterInput, description: 'Default: all.' }),
        orderBy: t.arg({ type: IssueOrderInput, description: 'Default: LAST_SEEN_AT DESC.' }),
      },
      resolve: (_root, { filter, orderBy, ...page }, { scope }) =>
        listIssues(scope, filter ?? {}, page, orderBy ?? undefined),
    },
    { name: 'IssueConnection', description: 'A page of issues.' },
    { name: 'IssueEdge', description: 'One issue of a page.' },
  ),
}));

const ChangeIssueInput = builder.inputType('ChangeIssueInput', {
  description: 'Which issue, and what to remember about it.',
  fields: (t) => ({
    id: t.globalID({ required: true, description: 'Issue.id.' }),
    note: t.string({ description: 'For people, up to 2,000 characters; replaces the note so far.' }),
    expectedVersion: t.int({ description: 'The version you read; a mismatch is a VersionConflict.' }),
  }),
});

const ChangeIssuePayload = builder.objectRef<{ issue: Issue }>('ChangeIssuePayload').implement({
  description: 'The changed issue.',
  fields: (t) => ({
    issue: t.field({
      type: IssueType,
      description: 'As it stands now.',
      resolve: (payload) => payload.issue,
    }),
  }),
});

builder.mutationFields((t) => ({
  acknowledgeIssue: t.field({
    type: ChangeIssuePayload,
    description: 'OPEN → ACKNOWLEDGED: somebody looks after it.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: ChangeIssueInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      issue: await acknowledgeIssue(scope, { ...input, id: rowId(input.id, 'Issue') }),
    }),
  }),
  resolveIssue: t.field({
    type: ChangeIssuePayload,
    description:
      'OPEN or ACKNOWLEDGED → RESOLVED. If the problem is still there, the next cycle reopens it as flapping.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: ChangeIssueInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      issue: await resolveIssue(scope, { ...input, id: rowId(input.id, 'Issue') }),
    }),
  }),
}));
