import { type Alert, alertsById, listAlerts, notificationsOf } from '../../src/reliability/alerts/index.ts';
import { builder } from '../builder.ts';
import { rowId } from '../ids.ts';
import { AlertLevelEnum, AlertStatusEnum, NotificationType, SuppressionEnum } from './alert-parts.ts';

export const AlertType = builder.objectRef<Alert>('Alert');

builder.node(AlertType, {
  description: 'Something an operator should know: one per fingerprint while it fires.',
  id: { description: 'Global id.', resolve: (alert) => alert.id },
  loadMany: (ids: string[], { scope }) => alertsById(scope, ids),
  fields: (t) => ({
    fingerprint: t.exposeString('fingerprint', {
      description: 'sha256 of tenant, type, component and labels, or of the source’s own key.',
    }),
    level: t.field({ type: AlertLevelEnum, description: 'How bad it is now.', resolve: (a) => a.level }),
    type: t.exposeString('type', { description: 'What is wrong, e.g. SLO_BREACH.' }),
    component: t.exposeString('component', { description: 'The part it is about; its group.' }),
    title: t.exposeString('title', { nullable: true, description: 'A headline, if its source gave one.' }),
    message: t.exposeString('message', { description: 'What is wrong, for people.' }),
    labels: t.field({ type: 'JSON', description: 'Name → value.', resolve: (a) => ({ ...a.labels }) }),
    status: t.field({ type: AlertStatusEnum, description: 'Whether it holds.', resolve: (a) => a.status }),
    count: t.field({ type: 'BigInt', description: 'How often it was raised.', resolve: (a) => a.count }),
    firstAt: t.field({ type: 'DateTime', description: 'First raised.', resolve: (a) => a.firstAt }),
    lastAt: t.field({ type: 'DateTime', description: 'Last raised.', resolve: (a) => a.lastAt }),
    changedAt: t.field({
      type: 'DateTime',
      description: 'When level, title or message last became another.',
      resolve: (a) => a.changedAt,
    }),
    resolvedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (a) => a.resolvedAt,
    }),
    ackedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When somebody took it; gone when it rises to a higher level.',
      resolve: (a) => a.ackedAt,
    }),
    ackedBy: t.exposeString('ackedBy', { nullable: true, description: 'Who took it.' }),
    suppression: t.field({
      type: SuppressionEnum,
      nullable: true,
      description: 'Why nobody is told; null when somebody is.',
      resolve: (a) => a.suppression,
    }),
    dueAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the router looks at it next: group wait, change, repeat, escalation or end.',
      resolve: (a) => a.dueAt,
    }),
    notifiedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When somebody was last to be told.',
      resolve: (a) => a.notifiedAt,
    }),
    escalationStep: t.exposeInt('escalationStep', { description: 'Steps of the escalation taken.' }),
    escalateAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it goes a step up unless somebody takes it.',
      resolve: (a) => a.escalateAt,
    }),
    incidentId: t.field({
      type: 'UUID',
      nullable: true,
      description: 'Plain id of the incident it opened or joined.',
      resolve: (a) => a.incidentId,
    }),
    notifications: t.loadableList({
      type: NotificationType,
      description: 'Messages about it and why there were none, newest first; the last 50.',
      load: async (ids: string[], { scope }) => {
        const byAlert = await notificationsOf(scope.db, scope.tenantId, ids);
        return ids.map((id) => byAlert.get(id) ?? []);
      },
      resolve: (a) => a.id,
    }),
  }),
});

const AlertFilterInput = builder.inputType('AlertFilter', {
  description: 'Which alerts; every given condition must hold.',
  fields: (t) => ({
    status: t.field({ type: AlertStatusEnum, description: 'Of this status.' }),
    level: t.field({ type: [AlertLevelEnum], description: 'One of these.' }),
    component: t.string({ description: 'About this part.' }),
    type: t.string({ description: 'Of this type.' }),
  }),
});

builder.queryFields((t) => ({
  alert: t.field({
    type: AlertType,
    nullable: true,
    description: 'One alert; null when this tenant has none with this id.',
    args: { id: t.arg.globalID({ required: true, description: 'Alert.id.' }) },
    resolve: async (_root, { id }, { scope }) => (await alertsById(scope, [rowId(id, 'Alert')]))[0] ?? null,
  }),
  alerts: t.connection(
    {
      type: AlertType,
      description: 'The tenant’s alerts, last raised first. Kept for 90 days after their end.',
      args: { filter: t.arg({ type: AlertFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listAlerts(scope, page, filter ?? {}),
    },
    { name: 'AlertConnection', description: 'A page of alerts.' },
    { name: 'AlertEdge', description: 'One alert of a page.' },
  ),
}));
