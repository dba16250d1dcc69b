import { createLoader } from '../../src/commerce/ingest/index.ts';
import {
  type Decision,
  decisionsById,
  listDecisions,
  type Replay,
  replayDecision,
} from '../../src/control/decisions/index.ts';
import type { VERDICTS } from '../../src/control/policy/index.ts';
import { builder } from '../builder.ts';
import { ReasonType } from '../reasons.ts';

export const VerdictEnum = builder.enumType('GateVerdict', {
  description: 'What the policy gate answered (spec 0.5).',
  values: {
    ALLOW: { description: 'The action was taken.' },
    HOLD: { description: 'It was not; see verdictReason.' },
    NEEDS_APPROVAL: { description: 'It waits for a person.' },
  } satisfies Record<(typeof VERDICTS)[number], { description: string }>,
});

export const DecisionType = builder.objectRef<Decision>('Decision');

builder.node(DecisionType, {
  description: 'Why the engine acted, or did not: what a formula was given and what it answered (spec 0.6).',
  id: { description: 'Global id.', resolve: (decision) => decision.id },
  loadMany: (ids: string[], { scope }) => decisionsById(scope, ids),
  fields: (t) => ({
    kind: t.exposeString('kind', { description: 'The formula, e.g. delivery.offer.' }),
    formulaVersion: t.exposeString('formulaVersion', { description: 'Version of the formula.' }),
    subject: t.exposeString('subject', { description: 'Plain id of the thing decided about.' }),
    inputs: t.field({
      type: 'JSON',
      description: 'Everything the formula was given.',
      resolve: (d) => d.inputs,
    }),
    output: t.field({ type: 'JSON', description: 'What it answered.', resolve: (d) => d.output }),
    outputHash: t.exposeString('outputHash', { description: 'SHA-256 of the output’s canonical JSON, hex.' }),
    reasons: t.field({ type: [ReasonType], description: 'Why, in words.', resolve: (d) => [...d.reasons] }),
    verdict: t.field({
      type: VerdictEnum,
      nullable: true,
      description: 'What the policy gate said; null when no action was about to follow.',
      resolve: (d) => d.verdict,
    }),
    verdictReason: t.exposeString('verdictReason', {
      nullable: true,
      description: 'STABILIZE_MODE, FLAG_OFF:<key>, MODE_OFF, DRY_RUN, CAP:<name> or APPROVAL.',
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: (d) => d.createdAt }),
  }),
});

/** The decision with this id; calls of one tick share one statement. */
export const findDecision = createLoader<Decision>(async (scope, ids) => {
  const found = (await decisionsById(scope, ids)).flatMap((decision) => decision ?? []);
  return new Map(found.map((decision) => [decision.id, decision]));
});

const ReplayType = builder.objectRef<Replay>('DecisionReplay').implement({
  description: 'A decision computed again from its recorded inputs.',
  fields: (t) => ({
    decision: t.field({ type: DecisionType, description: 'As recorded.', resolve: (r) => r.decision }),
    isIdentical: t.exposeBoolean('isIdentical', {
      description:
        'Whether the same bytes came out. False too when this program lacks the formula’s version.',
    }),
    output: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What comes out now; null when this program lacks the formula’s version.',
      resolve: (r) => r.output,
    }),
    outputHash: t.exposeString('outputHash', { nullable: true, description: 'Its SHA-256, hex.' }),
  }),
});

const DecisionFilterInput = builder.inputType('DecisionFilter', {
  description: 'Which decisions; every given condition must hold.',
  fields: (t) => ({
    kind: t.string({ description: 'Of this formula.' }),
    subject: t.string({ description: 'About the thing with this plain id.' }),
  }),
});

builder.queryFields((t) => ({
  decisions: t.connection(
    {
      type: DecisionType,
      description: 'Recorded decisions, newest first.',
      args: { filter: t.arg({ type: DecisionFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listDecisions(scope, page, filter ?? {}),
    },
    { name: 'DecisionConnection', description: 'A page of decisions.' },
    { name: 'DecisionEdge', description: 'One decision of a page.' },
  ),
  replayDecision: t.field({
    type: ReplayType,
    nullable: true,
    description: 'Computes a decision again and compares bytes; null when this tenant has none with this id.',
    args: { id: t.arg.globalID({ for: DecisionType, required: true, description: 'Decision.id.' }) },
    resolve: async (_root, { id }, { scope }) => {
      const [decision] = await decisionsById(scope, [id.id]);
      return decision ? replayDecision(scope, id.id) : null;
    },
  }),
}));
