import {
  breakerOf,
  type ChannelView,
  channelsById,
  listChannels,
} from '../../src/reliability/channels/index.ts';
import { builder } from '../builder.ts';
import { AlertChannelKindEnum, BreakerStateEnum, ReportPaceEnum } from './channel-parts.ts';

interface Hint {
  name: string;
  hint: string;
}

const HintType = builder.objectRef<Hint>('ChannelSecretHint').implement({
  description: 'A secret that is kept, without the secret.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Which one, e.g. botToken.' }),
    hint: t.exposeString('hint', { description: 'Its last four characters, or the host that it leads to.' }),
  }),
});

export const AlertChannelType = builder.objectRef<ChannelView>('AlertChannel');

builder.node(AlertChannelType, {
  description: 'Where alerts and reports go. Its secrets are sealed and never shown.',
  id: { description: 'Global id.', resolve: (channel) => channel.id },
  loadMany: (ids: string[], { scope }) => channelsById(scope, ids),
  fields: (t) => ({
    key: t.exposeString('id', {
      description: 'Plain id; env:slack and the like for those of the environment.',
    }),
    name: t.exposeString('name', { description: 'For people.' }),
    kind: t.field({
      type: AlertChannelKindEnum,
      description: 'How it is spoken to.',
      resolve: (c) => c.kind,
    }),
    isEnabled: t.exposeBoolean('isEnabled', { description: 'Whether it is used.' }),
    isConfigured: t.exposeBoolean('isConfigured', {
      description: 'False when a part is missing: messages to it are SKIPPED_NOT_CONFIGURED.',
    }),
    isShared: t.exposeBoolean('isShared', {
      description: 'Given by the environment: every tenant of the installation has it.',
    }),
    getsReports: t.exposeBoolean('getsReports', { description: 'Whether reports go there.' }),
    reportPace: t.field({ type: ReportPaceEnum, description: 'Which ones.', resolve: (c) => c.reportPace }),
    settings: t.field({
      type: 'JSON',
      description:
        'What is no secret: addresses, chat id, database id; shown to ADMIN keys. Empty for channels of the environment.',
      resolve: (c, _args, context) =>
        context.can('ADMIN') || context.isPlatformAdmin ? (c.settings as Record<string, unknown>) : {},
    }),
    secrets: t.field({
      type: [HintType],
      description: 'Which secrets are kept.',
      resolve: (c) => Object.entries(c.hints).map(([name, hint]) => ({ name, hint })),
    }),
    breaker: t.field({
      type: BreakerStateEnum,
      description: 'Whether it is tried at all.',
      resolve: (c, _args, { scope }) => breakerOf(c, scope.now),
    }),
    failures: t.exposeInt('failures', { description: 'Failed attempts in a row.' }),
    openUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when nothing is tried, after five failures in a row.',
      resolve: (c) => c.openUntil,
    }),
    lastSentAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When a message last arrived.',
      resolve: (c) => c.lastSentAt,
    }),
    lastError: t.exposeString('lastError', {
      nullable: true,
      description: 'Machine code of the last attempt’s failure; null when it arrived.',
    }),
    version: t.exposeInt('version', { description: 'For expectedVersion.' }),
  }),
});

builder.queryField('alertChannels', (t) =>
  t.field({
    type: [AlertChannelType],
    description: 'All channels, those of the environment first, with their health right now.',
    resolve: (_root, _args, { scope }) => listChannels(scope),
  }),
);
