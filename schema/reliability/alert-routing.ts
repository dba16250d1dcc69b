import { previewRouting, type Routing } from '../../src/reliability/alerts/index.ts';
import { builder } from '../builder.ts';
import { ChannelResultType, labelsOf } from './alert-mutations.ts';
import { AlertLevelEnum, SuppressionEnum } from './alert-parts.ts';
import { EscalationStepType, RouteType } from './alert-routes.ts';

const RoutingType = builder.objectRef<Routing>('AlertRouting').implement({
  description: 'What the router would do with an alert now, and why. Nothing is raised.',
  fields: (t) => ({
    routes: t.field({
      type: [RouteType],
      description: 'Routes that match, in their order; empty when the default tree decides.',
      resolve: (r) => [...r.choice.routes],
    }),
    isDefault: t.boolean({
      description: 'No route matches: the default tree decides.',
      resolve: (r) => r.choice.routes.length === 0,
    }),
    results: t.field({
      type: [ChannelResultType],
      description: 'One per channel that it would be meant for.',
      resolve: (r) => [...r.results],
    }),
    suppression: t.field({
      type: SuppressionEnum,
      nullable: true,
      description: 'Why nobody would be told; null when somebody would.',
      resolve: (r) => r.suppression,
    }),
    silencedUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The latest end of the silences that match.',
      resolve: (r) => r.silencedUntil,
    }),
    tellAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it would be told if it were raised now.',
      resolve: (r) => r.tellAt,
    }),
    escalation: t.field({
      type: [EscalationStepType],
      description: 'Where it would go while nobody acknowledges it; critical alerts only.',
      resolve: (r) => [...r.choice.escalation],
    }),
  }),
});

builder.queryField('alertRouting', (t) =>
  t.field({
    type: RoutingType,
    description: 'What would happen to such an alert if it were raised now, and why. Raises nothing.',
    args: {
      level: t.arg({ type: AlertLevelEnum, required: true, description: 'How bad.' }),
      component: t.arg.string({ description: 'The part it is about. Default general.' }),
      type: t.arg.string({ description: 'What is wrong. Default MANUAL.' }),
      labels: t.arg({ type: 'JSON', description: 'Name → text.' }),
    },
    resolve: (_root, { level, component, type, labels }, { scope }) =>
      previewRouting(scope, {
        ...{ level, component: component ?? 'general', type: type ?? 'MANUAL' },
        labels: labelsOf(labels),
      }),
  }),
);
