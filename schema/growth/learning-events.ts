import { eventType, money, shared } from '../engine/event.ts';
import { MoneyType } from '../money.ts';

eventType('OUTCOME_RECORDED').implement({
  ...shared('OUTCOME_RECORDED'),
  fields: (t) => ({
    actionId: t.id({ description: 'Plain id of the action.', resolve: (e) => e.payload.actionId }),
    kind: t.string({ description: 'RESULT or FEEDBACK.', resolve: (e) => e.payload.kind }),
    patternKey: t.string({ description: 'actionType|target|channel.', resolve: (e) => e.payload.patternKey }),
    isConverted: t.boolean({
      description: 'Whether it was accepted.',
      resolve: (e) => e.payload.isConverted,
    }),
    realized: t.field({
      type: MoneyType,
      description: 'What it earned.',
      resolve: (e) => money(e.payload.realized),
    }),
    score: t.float({ description: '0–1 (spec d.1).', resolve: (e) => e.payload.score }),
    status: t.string({ description: 'LEARNED or LATE_IGNORED.', resolve: (e) => e.payload.status }),
  }),
});

eventType('STRATEGY_CHANGED').implement({
  ...shared('STRATEGY_CHANGED'),
  fields: (t) => ({
    changeId: t.id({ description: 'Plain id of the change.', resolve: (e) => e.payload.changeId }),
    actionType: t.string({ description: 'What it is about.', resolve: (e) => e.payload.actionType }),
    kind: t.string({
      description: 'AGGRESSIVENESS, PRICE, PROMOTION or EXCLUSION.',
      resolve: (e) => e.payload.kind,
    }),
    status: t.string({
      description: 'APPLIED, PROPOSED, HELD, REVERTED or REJECTED.',
      resolve: (e) => e.payload.status,
    }),
    before: t.field({ type: 'JSON', description: 'What was in force.', resolve: (e) => e.payload.before }),
    after: t.field({ type: 'JSON', description: 'What is, or would be.', resolve: (e) => e.payload.after }),
    decisionId: t.id({ description: 'Plain id of the decision.', resolve: (e) => e.payload.decisionId }),
  }),
});

eventType('EXPERIMENT_CHANGED').implement({
  ...shared('EXPERIMENT_CHANGED'),
  fields: (t) => ({
    experimentId: t.id({
      description: 'Plain id of the experiment.',
      resolve: (e) => e.payload.experimentId,
    }),
    status: t.string({ description: 'RUNNING, STOPPED or COMPLETED.', resolve: (e) => e.payload.status }),
    weightsVersion: t.int({ description: 'Counts reweightings.', resolve: (e) => e.payload.weightsVersion }),
    weights: t.field({ type: 'JSON', description: 'Weight by arm.', resolve: (e) => e.payload.weights }),
    pausedArms: t.stringList({
      description: 'Arms stopped by a guardrail.',
      resolve: (e) => e.payload.pausedArms,
    }),
    message: t.string({ nullable: true, description: 'Why.', resolve: (e) => e.payload.message }),
  }),
});
