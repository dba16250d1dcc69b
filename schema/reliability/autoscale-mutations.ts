import {
  applyAutoscale,
  type ScalingDecision,
  type ScalingPolicy,
  setScalingPolicy,
} from '../../src/reliability/autoscale/index.ts';
import { builder } from '../builder.ts';
import { ModeEnum } from '../control/tenants.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { MoneyInput } from '../money.ts';
import { AdapterEnum, AlgorithmEnum, ScalingDecisionType, ScalingPolicyType } from './autoscale.ts';

const SetInput = builder.inputType('SetScalingPolicyInput', {
  description: 'What changes; the rest stays.',
  fields: (t) => ({
    algorithm: t.field({ type: AlgorithmEnum, description: 'How the number is found.' }),
    adapter: t.field({ type: AdapterEnum, description: 'Who starts and stops workers.' }),
    endpoint: t.string({ description: 'WEBHOOK: http or https address.' }),
    secret: t.string({
      description: 'WEBHOOK: signs the calls, 16–255 visible characters; never given back.',
    }),
    workers: t.int({ description: 'Workers that run now, 0–1000.' }),
    minWorkers: t.int({ description: 'Never fewer, 1–1000.' }),
    maxWorkers: t.int({ description: 'Never more, up to 1000.' }),
    dailySpendLimit: t.field({ type: MoneyInput, description: 'At 90 % of it no worker is added.' }),
    mode: t.field({ type: ModeEnum, description: 'How far it goes by itself.' }),
    expectedVersion: t.int({ description: 'Refuse when somebody changed it since.' }),
  }),
});

const SetPayload = builder.objectRef<{ policy: ScalingPolicy }>('SetScalingPolicyPayload').implement({
  description: 'The policy as it is now.',
  fields: (t) => ({
    policy: t.field({ type: ScalingPolicyType, description: 'As it is now.', resolve: (p) => p.policy }),
  }),
});

builder.mutationField('setScalingPolicy', (t) =>
  t.field({
    type: SetPayload,
    description:
      'Makes or changes the tenant’s scaling policy; from then on the autoscaler looks every minute. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: SetInput, required: true, description: 'What changes.' }) },
    resolve: async (_root, { input: { dailySpendLimit, ...rest } }, { scope }) => ({
      policy: await setScalingPolicy(scope, {
        ...rest,
        dailySpendLimitMinor: dailySpendLimit?.amountMinor,
        currency: dailySpendLimit?.currency,
      }),
    }),
  }),
);

const ApplyPayload = builder.objectRef<{ decision: ScalingDecision }>('ApplyAutoscalePayload').implement({
  description: 'What was decided, and what became of it.',
  fields: (t) => ({
    decision: t.field({
      type: ScalingDecisionType,
      description: 'As it is now.',
      resolve: (p) => p.decision,
    }),
  }),
});

builder.mutationField('applyAutoscale', (t) =>
  t.field({
    type: ApplyPayload,
    description:
      'A person applies what the autoscaler answers now; the mode is skipped, stabilise mode and AUTOSCALE_ENABLED are not. Audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    resolve: async (_root, _args, { scope }) => ({ decision: await applyAutoscale(scope) }),
  }),
);
