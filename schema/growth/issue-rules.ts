import {
  type EffectiveRule,
  effectiveRules,
  type IssueType,
  RULES,
  type RuleUnit,
  type Severity,
  setIssueRule,
} from '../../src/growth/issues/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { KpiEnum, RevenueBaselineEnum } from './kpis.ts';

export const IssueTypeEnum = builder.enumType('IssueType', {
  description: 'What went wrong (spec a.3). Defaults in parentheses; every comparison is strict.',
  values: {
    REVENUE_DROP: { description: 'Revenue of 24 h fell against its baseline (below −15 %).' },
    HIGH_CHURN: { description: 'Too many customers left in 30 days (above 5 %).' },
    PAYMENT_FAILURES: { description: 'Too few first payment attempts succeed (below 90 %).' },
    ABANDONED_CARTS: { description: 'Too many abandoned checkouts (above 20).' },
    LOW_CONVERSION: { description: 'Too few checkouts become paid orders (below 3 %).' },
    ERROR_SPIKE: { description: 'Too many errors in one engine interval (above 50).' },
    STALE_KPI: { description: 'A KPI’s facts stopped arriving (older than 2 intervals).' },
  } satisfies Record<IssueType, { description: string }>,
});

export const SeverityEnum = builder.enumType('Severity', {
  description: 'How bad an issue is.',
  values: {
    CRITICAL: { description: 'Alert at once.' },
    HIGH: { description: 'Alert, grouped over 5 minutes.' },
    MEDIUM: { description: 'In the cycle’s report.' },
    LOW: { description: 'For the record.' },
  } satisfies Record<Severity, { description: string }>,
});

const ComparisonEnum = builder.enumType('RuleComparison', {
  description: 'Which side of the threshold is bad.',
  values: {
    BELOW: { description: 'Strictly less than the threshold.' },
    ABOVE: { description: 'Strictly more than the threshold.' },
  },
});

export const RuleUnitEnum = builder.enumType('RuleUnit', {
  description: 'What a rule’s numbers count.',
  values: {
    PERCENT: { description: 'Percent.' },
    COUNT: { description: 'Things, whole numbers.' },
    INTERVALS: { description: 'Engine intervals.' },
  } satisfies Record<RuleUnit, { description: string }>,
});

export const IssueRuleType = builder.objectRef<EffectiveRule>('IssueRule').implement({
  description: 'A rule as it holds for this tenant: built in, with the tenant’s own threshold and switch.',
  fields: (t) => ({
    type: t.field({ type: IssueTypeEnum, description: 'What it raises.', resolve: (rule) => rule.type }),
    kpi: t.field({
      type: KpiEnum,
      nullable: true,
      description: 'What it watches; null for STALE_KPI, which watches every other rule’s KPI.',
      resolve: (rule) => RULES[rule.type].kpi,
    }),
    comparison: t.field({
      type: ComparisonEnum,
      description: 'Which side is bad.',
      resolve: (rule) => RULES[rule.type].comparison,
    }),
    threshold: t.float({
      description: 'The threshold in force; itself still fine.',
      resolve: (rule) => Number(rule.threshold),
    }),
    defaultThreshold: t.float({
      description: 'The built-in threshold.',
      resolve: (rule) => Number(RULES[rule.type].threshold),
    }),
    minThreshold: t.float({
      nullable: true,
      description: 'Least threshold a tenant may set; null when it is fixed.',
      resolve: (rule) => RULES[rule.type].range?.min ?? null,
    }),
    maxThreshold: t.float({
      nullable: true,
      description: 'Greatest threshold a tenant may set; null when it is fixed.',
      resolve: (rule) => RULES[rule.type].range?.max ?? null,
    }),
    unit: t.field({
      type: RuleUnitEnum,
      description: 'Unit of the thresholds.',
      resolve: (rule) => RULES[rule.type].unit,
    }),
    isCustomThreshold: t.exposeBoolean('isCustomThreshold', {
      description: 'True when the tenant set its own threshold.',
    }),
    isEnabled: t.exposeBoolean('isEnabled', {
      description: 'False: it raises nothing, and its open issue resolves at the next cycle.',
    }),
    baseline: t.field({
      type: RevenueBaselineEnum,
      nullable: true,
      description: 'REVENUE_DROP only: what revenue is compared with.',
      resolve: (rule) => rule.baseline,
    }),
    severity: t.field({
      type: SeverityEnum,
      description: 'Severity of its issues.',
      resolve: (rule) => RULES[rule.type].severity,
    }),
    playbook: t.string({ description: 'What to do.', resolve: (rule) => RULES[rule.type].playbook }),
    version: t.exposeInt('version', { description: 'For expectedVersion; 0 when never changed.' }),
    updatedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Last change by the tenant.',
      resolve: (rule) => rule.updatedAt,
    }),
    updatedBy: t.exposeString('updatedBy', { nullable: true, description: 'Who made it.' }),
  }),
});

builder.queryField('issueRules', (t) =>
  t.field({
    type: [IssueRuleType],
    description: 'Every rule as it holds for this tenant.',
    resolve: (_root, _args, { scope }) => effectiveRules(scope),
  }),
);

const SetIssueRuleInput = builder.inputType('SetIssueRuleInput', {
  description: 'A change of one rule. What is left out stays; null goes back to the built-in value.',
  fields: (t) => ({
    type: t.field({ type: IssueTypeEnum, required: true, description: 'Which rule.' }),
    threshold: t.float({
      description:
        'Percent: at most 4 decimals, 0 to 100 (REVENUE_DROP −100 to 0). Counts: whole, 0 to 1,000,000.',
    }),
    isEnabled: t.boolean({ description: 'Whether it raises issues.' }),
    baseline: t.field({ type: RevenueBaselineEnum, description: 'REVENUE_DROP only.' }),
    expectedVersion: t.int({ description: 'The version you read; a mismatch is a VersionConflict.' }),
  }),
});

const SetIssueRulePayload = builder.objectRef<{ rule: EffectiveRule }>('SetIssueRulePayload').implement({
  description: 'The changed rule.',
  fields: (t) => ({
    rule: t.field({
      type: IssueRuleType,
      description: 'As it holds from the next cycle on.',
      resolve: (payload) => payload.rule,
    }),
  }),
});

builder.mutationField('setIssueRule', (t) =>
  t.field({
    type: SetIssueRulePayload,
    description: 'Sets the tenant’s own threshold, switch or baseline of one rule; audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: SetIssueRuleInput, required: true, description: 'The change.' }) },
    resolve: async (_root, { input }, { scope }) => ({ rule: await setIssueRule(scope, input) }),
  }),
);
