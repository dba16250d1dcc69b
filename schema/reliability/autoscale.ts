import {
  type ADAPTERS,
  type ALGORITHMS,
  listScalingDecisions,
  type SCALING_ACTIONS,
  type SCALING_STATUSES,
  type ScalingDecision,
  type ScalingPolicy,
  scalingDecisionsById,
  scalingPolicy,
} from '../../src/reliability/autoscale/index.ts';
import { builder } from '../builder.ts';
import { ModeEnum } from '../control/tenants.ts';
import { eventType, shared } from '../engine/event.ts';
import { MoneyType } from '../money.ts';

type Words<T extends readonly string[]> = Record<T[number], { description: string }>;

export const AlgorithmEnum = builder.enumType('ScalingAlgorithm', {
  description: 'How the number of workers is found.',
  values: {
    STEP: { description: 'The document’s rule: one more when overloaded, one less after ten idle minutes.' },
    HPA: { description: 'Kubernetes’ rule: in proportion to the load, ±10 % tolerance, down after 300 s.' },
  } satisfies Words<typeof ALGORITHMS>,
});

export const AdapterEnum = builder.enumType('ScalingAdapter', {
  description: 'Who starts and stops workers.',
  values: {
    NONE: { description: 'Nobody: decisions are recorded only.' },
    WEBHOOK: { description: 'The tenant’s endpoint, by a signed POST.' },
  } satisfies Words<typeof ADAPTERS>,
});

export const ScalingActionEnum = builder.enumType('ScalingAction', {
  description: 'What the autoscaler answers.',
  values: {
    HOLD: { description: 'Nothing is to be done.' },
    FREEZE: { description: 'More workers are wanted, and money forbids them.' },
    SCALE_UP: { description: 'More workers.' },
    SCALE_DOWN: { description: 'Fewer workers.' },
  } satisfies Words<typeof SCALING_ACTIONS>,
});

const StatusEnum = builder.enumType('ScalingStatus', {
  description: 'What became of a decision.',
  values: {
    NONE: { description: 'Nothing to do, or nobody to tell.' },
    PENDING: { description: 'The adapter has not confirmed yet.' },
    APPLIED: { description: 'The adapter has confirmed.' },
    FAILED: { description: 'The adapter said no, or could not be reached for ten minutes.' },
    HELD: { description: 'The gate said no; see reason.' },
  } satisfies Words<typeof SCALING_STATUSES>,
});

export const ScalingPolicyType = builder.objectRef<ScalingPolicy>('ScalingPolicy').implement({
  description: 'How the tenant’s workers scale (spec j.3).',
  fields: (t) => ({
    algorithm: t.field({ type: AlgorithmEnum, description: 'Default STEP.', resolve: (p) => p.algorithm }),
    adapter: t.field({ type: AdapterEnum, description: 'Default NONE.', resolve: (p) => p.adapter }),
    endpoint: t.string({
      nullable: true,
      description: 'WEBHOOK: where it listens; shown to ADMIN keys.',
      resolve: (p, _args, context) => (context.can('ADMIN') || context.isPlatformAdmin ? p.endpoint : null),
    }),
    hasSecret: t.exposeBoolean('hasSecret', {
      description: 'Whether calls can be signed; the secret is never shown.',
    }),
    workers: t.exposeInt('workers', { description: 'As the adapter has confirmed last.' }),
    minWorkers: t.exposeInt('minWorkers', { description: 'Never fewer. Default 1.' }),
    maxWorkers: t.exposeInt('maxWorkers', { description: 'Never more. Default 4.' }),
    dailySpendLimit: t.field({
      type: MoneyType,
      description: 'At 90 % of it no worker is added. Default $50.00.',
      resolve: (p) => ({ amountMinor: p.dailySpendLimitMinor, currency: p.currency }),
    }),
    mode: t.field({
      type: ModeEnum,
      description: 'How far it goes by itself; AUTOSCALE_ENABLED must be on too. Default AUTO.',
      resolve: (p) => p.mode,
    }),
    version: t.exposeInt('version', { description: '0 while the tenant has none and is left alone.' }),
  }),
});

export const ScalingDecisionType = builder.objectRef<ScalingDecision>('ScalingDecision');

builder.node(ScalingDecisionType, {
  description: 'What the autoscaler decided; written down when it is another than before.',
  id: { description: 'Global id.', resolve: (d) => d.id },
  loadMany: (ids: string[], { scope }) => scalingDecisionsById(scope, ids),
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'When.', resolve: (d) => d.at }),
    action: t.field({ type: ScalingActionEnum, description: 'What.', resolve: (d) => d.action }),
    before: t.exposeInt('before', { description: 'Workers then.' }),
    after: t.exposeInt('after', { description: 'Workers wanted.' }),
    desired: t.exposeInt('desired', { nullable: true, description: 'Before windows and limits.' }),
    isIdle: t.exposeBoolean('isIdle', { description: 'p95 below 40 ms and nothing queued.' }),
    reason: t.exposeString('reason', { description: 'In the document’s words.' }),
    status: t.field({ type: StatusEnum, description: 'What became of it.', resolve: (d) => d.status }),
    decisionId: t.exposeID('decisionId', { description: 'Plain id of the decision.' }),
  }),
});

builder.queryField('scalingPolicy', (t) =>
  t.field({
    type: ScalingPolicyType,
    description: 'How the tenant’s workers scale.',
    resolve: (_root, _args, { scope }) => scalingPolicy(scope),
  }),
);

builder.queryField('scalingDecisions', (t) =>
  t.connection(
    {
      type: ScalingDecisionType,
      description: 'What the autoscaler decided, newest first; kept for 30 days.',
      args: { action: t.arg({ type: [ScalingActionEnum], description: 'One of these. Default: all.' }) },
      resolve: (_root, { action, ...page }, { scope }) => listScalingDecisions(scope, page, { action }),
    },
    { name: 'ScalingDecisionConnection', description: 'A page of scaling decisions.' },
    { name: 'ScalingDecisionEdge', description: 'One decision of a page.' },
  ),
);

eventType('SCALING_DECIDED').implement({
  ...shared('SCALING_DECIDED'),
  fields: (t) => ({
    action: t.string({
      description: 'HOLD, FREEZE, SCALE_UP or SCALE_DOWN.',
      resolve: (e) => e.payload.action,
    }),
    before: t.int({ description: 'Workers then.', resolve: (e) => e.payload.before }),
    after: t.int({ description: 'Workers wanted.', resolve: (e) => e.payload.after }),
    reason: t.string({ description: 'Why.', resolve: (e) => e.payload.reason }),
    status: t.string({
      description: 'NONE, PENDING, APPLIED, FAILED or HELD.',
      resolve: (e) => e.payload.status,
    }),
    decisionId: t.id({ description: 'Plain id of the decision.', resolve: (e) => e.payload.decisionId }),
  }),
});
