import type { Condition, Flag, FlagRule } from '../../src/control/flags/index.ts';
import { builder } from '../builder.ts';
import { FlagOperatorEnum } from './flag-enums.ts';

const ConditionType = builder.objectRef<Condition>('FlagCondition').implement({
  description: 'One comparison of a rule.',
  fields: (t) => ({
    attribute: t.exposeString('attribute', {
      description: 'Of the context; tenant and tenantId are always known.',
    }),
    operator: t.field({
      type: FlagOperatorEnum,
      description: 'How it is compared.',
      resolve: (c) => c.operator,
    }),
    values: t.field({ type: ['JSON'], description: 'With any of these.', resolve: (c) => [...c.values] }),
  }),
});

export const FlagRuleType = builder.objectRef<FlagRule>('FlagRule').implement({
  description: 'Serves a value where all conditions hold; the first rule that does decides.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'Name of the rule; the variant of its answers.' }),
    conditions: t.field({
      type: [ConditionType],
      description: 'All must hold; none: everybody.',
      resolve: (rule) => [...rule.conditions],
    }),
    percentage: t.float({
      nullable: true,
      description:
        '0–100 in steps of 0.01; null: all of them. Raising it never takes the value from anybody.',
      resolve: (rule) => rule.percentage ?? null,
    }),
    stickiness: t.string({
      nullable: true,
      description: 'The attribute whose bearers are counted; null: targetingKey.',
      resolve: (rule) => rule.stickiness ?? null,
    }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What they get.',
      resolve: (rule) => rule.value,
    }),
  }),
});

export const FlagOverrideType = builder.objectRef<NonNullable<Flag['override']>>('FlagOverride').implement({
  description: 'The tenant’s own value for a flag of the installation.',
  fields: (t) => ({
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Served before any rule.',
      resolve: (o) => o.value,
    }),
    version: t.exposeInt('version', { description: 'For expectedVersion.' }),
    updatedAt: t.field({ type: 'DateTime', description: 'When it was set.', resolve: (o) => o.updatedAt }),
    updatedBy: t.exposeString('updatedBy', { description: 'Who set it.' }),
  }),
});
