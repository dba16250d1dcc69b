import { createSilence, endSilence, listSilences, type Silence } from '../../src/reliability/alerts/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { MatcherInput, MatcherType } from './alert-matchers.ts';

const SilenceType = builder.objectRef<Silence>('AlertSilence').implement({
  description: 'Nobody is told of matching alerts in [startsAt, endsAt); they stay visible.',
  fields: (t) => ({
    silenceId: t.field({ type: 'UUID', description: 'Plain id.', resolve: (s) => s.id }),
    matchers: t.field({
      type: [MatcherType],
      description: 'All must hold.',
      resolve: (s) => [...s.matchers],
    }),
    comment: t.exposeString('comment', { description: 'Why.' }),
    startsAt: t.field({ type: 'DateTime', description: 'From then.', resolve: (s) => s.startsAt }),
    endsAt: t.field({ type: 'DateTime', description: 'Until then, exclusive.', resolve: (s) => s.endsAt }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: (s) => s.createdAt }),
    createdBy: t.exposeString('createdBy', { description: 'By whom.' }),
    isInForce: t.boolean({
      description: 'Whether it holds now.',
      resolve: (s, _args, { scope }) => s.startsAt <= scope.now && scope.now < s.endsAt,
    }),
  }),
});

builder.queryField('alertSilences', (t) =>
  t.field({
    type: [SilenceType],
    description: 'Silences in force or to come, the last to end first; at most 500.',
    args: { withEnded: t.arg.boolean({ description: 'Those of the last 90 days too. Default false.' }) },
    resolve: (_root, { withEnded }, { scope }) => listSilences(scope, { withEnded: withEnded ?? false }),
  }),
);

const CreateSilenceInput = builder.inputType('CreateSilenceInput', {
  description: 'What is not told, until when, and why.',
  fields: (t) => ({
    matchers: t.field({ type: [MatcherInput], required: true, description: '1 to 20; all must hold.' }),
    comment: t.string({ required: true, description: 'Why, 1 to 500 characters.' }),
    startsAt: t.field({ type: 'DateTime', description: 'Default: now.' }),
    endsAt: t.field({ type: 'DateTime', required: true, description: 'At most 30 days after its start.' }),
  }),
});

const EndSilenceInput = builder.inputType('EndSilenceInput', {
  description: 'Which silence is over.',
  fields: (t) => ({
    silenceId: t.field({ type: 'UUID', required: true, description: 'AlertSilence.silenceId.' }),
  }),
});

const SilencePayload = (name: string, description: string) =>
  builder.objectRef<{ silence: Silence }>(name).implement({
    description,
    fields: (t) => ({
      silence: t.field({ type: SilenceType, description: 'As it stands now.', resolve: (p) => p.silence }),
    }),
  });
const CreateSilencePayload = SilencePayload('CreateSilencePayload', 'The silence that was made.');
const EndSilencePayload = SilencePayload('EndSilencePayload', 'The silence that has ended.');

builder.mutationFields((t) => ({
  createSilence: t.field({
    type: CreateSilencePayload,
    description: 'Keeps matching alerts from being told for a while; what still fires then is told. Audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: CreateSilenceInput, required: true, description: 'The silence.' }) },
    resolve: async (_root, { input }, { scope }) => ({ silence: await createSilence(scope, input) }),
  }),
  endSilence: t.field({
    type: EndSilencePayload,
    description: 'Ends a silence now; audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: EndSilenceInput, required: true, description: 'Which silence.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      silence: await endSilence(scope, { id: input.silenceId }),
    }),
  }),
}));
