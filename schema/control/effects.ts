import { type Effect, type EffectStatus, effectsById, listEffects } from '../../src/control/effects/index.ts';
import { builder } from '../builder.ts';

const EffectStatusEnum = builder.enumType('EffectStatus', {
  description: 'How an outside effect stands (spec 0.4).',
  values: {
    PENDING: { description: 'Waits for its first attempt, or for the next one after nothing was done.' },
    SENDING: { description: 'Being carried out by an instance that holds its lease.' },
    UNKNOWN: { description: 'Nobody knows whether it was done: looked up before anything else is.' },
    SENT: { description: 'Done and booked.' },
    FAILED: { description: 'The other side said a definite no; see lastError.' },
    SKIPPED: { description: 'Taken back before anybody attempted it.' },
    DEAD: { description: 'Given up after 72 hours; a person has to look.' },
  } satisfies Record<EffectStatus, { description: string }>,
});

const EffectType = builder.objectRef<Effect>('Effect');

builder.node(EffectType, {
  description: 'One thing to be done at another system, exactly once: a row of the transactional outbox.',
  id: { description: 'Global id.', resolve: (effect) => effect.id },
  loadMany: (ids: string[], { scope }) => effectsById(scope, ids),
  fields: (t) => ({
    key: t.field({
      type: 'UUID',
      description: 'Plain id; providers get it as idempotency key.',
      resolve: (effect) => effect.id,
    }),
    kind: t.exposeString('kind', { description: 'What is to be done, e.g. payment.capture.' }),
    subject: t.exposeString('subject', {
      description: 'Plain id of what it is about; effects of one subject run one after the other.',
    }),
    status: t.field({ type: EffectStatusEnum, description: 'How it stands.', resolve: (e) => e.status }),
    attempts: t.exposeInt('attempts', { description: 'Attempts so far, looks included.' }),
    nextAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried again; null when it has ended.',
      resolve: (e) => (e.settledAt ? null : e.nextAt),
    }),
    lastError: t.exposeString('lastError', {
      nullable: true,
      description: 'Machine code of what the last attempt met; never contains secrets.',
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was asked for; never before its predecessor.',
      resolve: (e) => e.createdAt,
    }),
    settledAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (e) => e.settledAt,
    }),
  }),
});

const EffectFilterInput = builder.inputType('EffectFilter', {
  description: 'Which effects; every given condition must hold.',
  fields: (t) => ({
    status: t.field({ type: [EffectStatusEnum], description: 'One of these.' }),
    kind: t.string({ description: 'Of this kind.' }),
    subject: t.string({ description: 'About the thing with this plain id.' }),
  }),
});

builder.queryField('effects', (t) =>
  t.connection(
    {
      type: EffectType,
      description: 'What was or is to be done outside, newest first. Look at UNKNOWN, FAILED and DEAD.',
      args: { filter: t.arg({ type: EffectFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listEffects(scope, page, filter ?? {}),
    },
    { name: 'EffectConnection', description: 'A page of effects.' },
    { name: 'EffectEdge', description: 'One effect of a page.' },
  ),
);
