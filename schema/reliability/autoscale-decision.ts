import { ValidationError } from '../../src/kernel/errors.ts';
import {
  autoscaleDecision,
  type DryRun,
  documentAnswer,
  scalingPolicy,
} from '../../src/reliability/autoscale/index.ts';
import { builder } from '../builder.ts';
import { VerdictEnum } from '../control/decisions.ts';
import { MoneyInput } from '../money.ts';
import { ScalingActionEnum } from './autoscale.ts';

const AnswerType = builder.objectRef<DryRun>('AutoscaleAnswer').implement({
  description: 'What the autoscaler would decide; nothing was done or recorded.',
  fields: (t) => ({
    action: t.field({ type: ScalingActionEnum, description: 'What.', resolve: (d) => d.answer.action }),
    code: t.string({ description: 'Machine code of the reason.', resolve: (d) => d.answer.code }),
    reason: t.string({ description: 'In the document’s words.', resolve: (d) => d.answer.reason }),
    stabilizeMode: t.boolean({
      description: 'Stabilise mode holds everything.',
      resolve: (d) => d.answer.stabilizeMode,
    }),
    workers: t.int({ description: 'Workers now.', resolve: (d) => d.answer.before }),
    targetWorkers: t.int({ description: 'Workers wanted.', resolve: (d) => d.answer.after }),
    desired: t.int({
      nullable: true,
      description: 'Before windows and limits; null when metrics are missing.',
      resolve: (d) => d.answer.desired,
    }),
    answer: t.field({
      type: 'JSON',
      description: 'The document’s own form, e.g. {"action":"hold","reason":"…","stabilizeMode":true}.',
      resolve: (d) => documentAnswer(d.answer),
    }),
    inputs: t.field({
      type: 'JSON',
      description: 'What it was found from.',
      resolve: (d) => ({ ...d.inputs }),
    }),
    verdict: t.field({
      type: VerdictEnum,
      description: 'What the gate would say to the engine.',
      resolve: (d) => d.gate.verdict,
    }),
    verdictReason: t.string({ nullable: true, description: 'Why.', resolve: (d) => d.gate.reason }),
  }),
});

const AssumedInput = builder.inputType('AutoscaleInput', {
  description: 'What to assume instead of what is measured.',
  fields: (t) => ({
    queueDepth: t.int({ description: 'Jobs that wait. Default: those of the installation.' }),
    p95Ms: t.float({ description: 'p95 of requests, ms. Default: the tenant’s over two minutes.' }),
    errorRate: t.float({ description: 'Share of failed requests, 0–1. Shown only.' }),
    spend24h: t.field({
      type: MoneyInput,
      description: 'In the currency of the daily limit. Default: cost/spend_24h of the key-value store.',
    }),
    marginPct: t.float({ description: 'Margin of 30 days, %. Default: cost/margin_pct_30d.' }),
    workers: t.int({ description: 'Workers now, 0–1000. Default: the policy’s.' }),
  }),
});

builder.queryField('autoscaleDecision', (t) =>
  t.field({
    type: AnswerType,
    description: 'The dry run of the autoscaler, for live or assumed metrics; changes and records nothing.',
    args: { input: t.arg({ type: AssumedInput, description: 'Default: everything live.' }) },
    resolve: async (_root, { input }, { scope }) => {
      const { spend24h, ...assumed } = input ?? {};
      const negative = Object.entries(assumed).find(
        ([name, value]) => name !== 'marginPct' && value != null && value < 0,
      );
      if (negative) throw new ValidationError(`input.${negative[0]}`, `${negative[0]} is not negative.`);
      if ((assumed.workers ?? 0) > 1_000) {
        throw new ValidationError('input.workers', 'workers is 0 to 1000.');
      }
      const { currency } = await scalingPolicy(scope);
      if (spend24h && spend24h.currency !== currency) {
        throw new ValidationError('input.spend24h.currency', `The daily limit is in ${currency}.`);
      }
      return autoscaleDecision(scope, { ...assumed, spend24hMinor: spend24h?.amountMinor.toString() });
    },
  }),
);
