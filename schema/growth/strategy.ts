import {
  approveStrategyChange,
  type CHANGE_KINDS,
  type CHANGE_STATUSES,
  changesById,
  listChanges,
  rejectStrategyChange,
  revertStrategyChange,
  type StrategyChange,
} from '../../src/growth/learning/index.ts';
import { builder } from '../builder.ts';
import { DecisionType, findDecision } from '../control/decisions.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { ReasonType } from '../reasons.ts';

export const ChangeKindEnum = builder.enumType('StrategyChangeKind', {
  description: 'What a step of learning moves.',
  values: {
    AGGRESSIVENESS: { description: 'Rarity threshold and daily cap, by one level.' },
    PRICE: { description: 'The price, by one arm down.' },
    PROMOTION: { description: 'The price, to the winner of an experiment.' },
    EXCLUSION: { description: 'Packages that many disliked are offered to nobody for 90 days.' },
  } satisfies Record<(typeof CHANGE_KINDS)[number], { description: string }>,
});

export const ChangeStatusEnum = builder.enumType('StrategyChangeStatus', {
  description: 'How a step of learning stands.',
  values: {
    APPLIED: { description: 'In force, unless a newer one replaced it.' },
    PROPOSED: { description: 'Waits for a person (learning mode APPROVE).' },
    HELD: { description: 'Held by stabilise mode; a person may approve it afterwards.' },
    REVERTED: { description: 'A person took it back.' },
    REJECTED: {
      description: 'A person refused it, or a newer one replaced it (closedBy system:superseded).',
    },
  } satisfies Record<(typeof CHANGE_STATUSES)[number], { description: string }>,
});

export const StrategyChangeType = builder.objectRef<StrategyChange>('StrategyChange');

builder.node(StrategyChangeType, {
  description: 'A step that learning took or would take, and what it rests on (spec d.3).',
  id: { description: 'Global id.', resolve: (change) => change.id },
  loadMany: (ids: string[], { scope }) => changesById(scope, ids),
  fields: (t) => ({
    actionType: t.exposeString('actionType', { description: 'What it is about.' }),
    kind: t.field({ type: ChangeKindEnum, description: 'What it moves.', resolve: (c) => c.kind }),
    status: t.field({ type: ChangeStatusEnum, description: 'How it stands.', resolve: (c) => c.status }),
    before: t.field({
      type: 'JSON',
      description: 'What was in force; a revert restores it.',
      resolve: (c) => c.before,
    }),
    after: t.field({
      type: 'JSON',
      description: 'What is, or would be. Amounts in minor units.',
      resolve: (c) => c.after,
    }),
    evidence: t.field({ type: 'JSON', description: 'The numbers it rests on.', resolve: (c) => c.evidence }),
    reasons: t.field({ type: [ReasonType], description: 'Why, in words.', resolve: (c) => [...c.reasons] }),
    isRevertible: t.boolean({
      description: 'Whether it is applied. A newer one of its kind has to be reverted first.',
      resolve: (change) => change.status === 'APPLIED',
    }),
    decision: t.field({
      type: DecisionType,
      nullable: true,
      description: 'The recorded decision; replayDecision computes it again.',
      resolve: (change, _args, { scope }) => findDecision(scope, change.decisionId),
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was found.', resolve: (c) => c.createdAt }),
    closedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When somebody approved, rejected or reverted it.',
      resolve: (c) => c.closedAt,
    }),
    closedBy: t.exposeString('closedBy', { nullable: true, description: 'Who.' }),
    version: t.exposeInt('version', { description: 'For expectedVersion.' }),
  }),
});

const ChangeFilterInput = builder.inputType('StrategyChangeFilter', {
  description: 'Which changes; every given condition must hold.',
  fields: (t) => ({
    actionType: t.string({ description: 'About this action type.' }),
    kind: t.field({ type: [ChangeKindEnum], description: 'One of these.' }),
    status: t.field({ type: [ChangeStatusEnum], description: 'One of these.' }),
  }),
});

builder.queryField('strategyChanges', (t) =>
  t.connection(
    {
      type: StrategyChangeType,
      description: 'What learning did and would do, newest first.',
      args: { filter: t.arg({ type: ChangeFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listChanges(scope, page, filter ?? {}),
    },
    { name: 'StrategyChangeConnection', description: 'A page of changes.' },
    { name: 'StrategyChangeEdge', description: 'One change of a page.' },
  ),
);

const ChangeInput = builder.inputType('StrategyChangeInput', {
  description: 'Which change.',
  fields: (t) => ({
    id: t.globalID({ for: StrategyChangeType, required: true, description: 'StrategyChange.id.' }),
    expectedVersion: t.int({ description: 'The version you read; a mismatch is a VersionConflict.' }),
  }),
});

const ChangePayload = builder.objectRef<{ change: StrategyChange }>('StrategyChangePayload').implement({
  description: 'The changed change.',
  fields: (t) => ({
    change: t.field({ type: StrategyChangeType, description: 'As it stands now.', resolve: (p) => p.change }),
  }),
});

builder.mutationFields((t) => {
  const verb = (run: typeof approveStrategyChange, description: string) =>
    t.field({
      type: ChangePayload,
      description,
      authScopes: { operator: true },
      errors: { types: [...COMMON_ERRORS] },
      args: { input: t.arg({ type: ChangeInput, required: true, description: 'Which one.' }) },
      resolve: async (_root, { input }, { scope }) => ({
        change: await run(scope, { ...input, id: input.id.id }),
      }),
    });
  return {
    approveStrategyChange: verb(
      approveStrategyChange,
      'PROPOSED or HELD → APPLIED; audited. HELD while the tenant is stabilised, InvalidTransition when strategy has moved on.',
    ),
    rejectStrategyChange: verb(
      rejectStrategyChange,
      'PROPOSED or HELD → REJECTED; audited. Only newer evidence brings it up again.',
    ),
    revertStrategyChange: verb(
      revertStrategyChange,
      'APPLIED → REVERTED: what was in force before holds again; audited. InvalidTransition while a newer change of its kind is applied.',
    ),
  };
});
