import type { AlertLevel } from '../../src/control/alert-intake/index.ts';
import {
  type Alert,
  type AlertNotification,
  type AlertStatus,
  alertsById,
  listAlerts,
  notificationsOf,
  type Suppression,
} from '../../src/reliability/alerts/index.ts';
import type { NotificationStatus, Purpose } from '../../src/reliability/channels/index.ts';
import { builder } from '../builder.ts';
import { rowId } from '../ids.ts';
import { AlertChannelKindEnum } from './channel-parts.ts';

export const AlertLevelEnum = builder.enumType('AlertLevel', {
  description: 'How bad (spec 0.8, n.1).',
  values: {
    INFO: { value: 'info', description: 'Good to know; nobody is told unless a route says so.' },
    WARNING: { value: 'warning', description: 'Told on Slack.' },
    ERROR: { value: 'error', description: 'Told on Slack and by e-mail.' },
    CRITICAL: {
      value: 'critical',
      description: 'Told everywhere at once, and again until somebody takes it.',
    },
  } satisfies Record<string, { value: AlertLevel; description: string }>,
});

export const AlertStatusEnum = builder.enumType('AlertStatus', {
  description: 'Whether an alert still holds.',
  values: {
    FIRING: { description: 'It holds.' },
    RESOLVED: { description: 'It is over, by its source or by hand.' },
  } satisfies Record<AlertStatus, { description: string }>,
});

export const SuppressionEnum = builder.enumType('AlertSuppression', {
  description: 'Why nobody is told of an alert.',
  values: {
    SILENCED: { description: 'A silence matches it.' },
    INHIBITED: { description: 'A critical alert of the same component fires.' },
    NO_ROUTE: { description: 'No channel is meant to hear of it.' },
    ALL_CHANNELS_FAILED: { description: 'Every channel was tried and none took it; it is tried again.' },
  } satisfies Record<Suppression, { description: string }>,
});

export const NotificationStatusEnum = builder.enumType('AlertNotificationStatus', {
  description: 'What became of a message to a channel.',
  values: {
    QUEUED: { description: 'It waits for its group’s time, its turn or another try.' },
    SENT: { description: 'The channel took it.' },
    FAILED: { description: 'The channel refused it; see reason.' },
    DEAD: { description: 'Given up after its tries; see reason.' },
    SKIPPED_NOT_CONFIGURED: { description: 'The channel is not, or not wholly, configured.' },
    SUPPRESSED: { description: 'Not sent; see reason.' },
  } satisfies Record<NotificationStatus, { description: string }>,
});

const PurposeEnum = builder.enumType('AlertNotificationPurpose', {
  description: 'Why somebody is written to.',
  values: {
    FIRING: { description: 'An alert fires.' },
    REPEAT: { description: 'It changed, or still fires after hours.' },
    ESCALATION: { description: 'Nobody acknowledged it in time.' },
    RESOLVED: { description: 'It is over.' },
    TEST: { description: 'Somebody tests the channel.' },
    REPORT: { description: 'A report.' },
  } satisfies Record<Purpose, { description: string }>,
});

const NotificationType = builder.objectRef<AlertNotification>('AlertNotification').implement({
  description: 'One message to one channel, or why there was none.',
  fields: (t) => ({
    notificationId: t.field({ type: 'UUID', description: 'Plain id.', resolve: (n) => n.id }),
    channelId: t.exposeString('channelId', {
      nullable: true,
      description: 'AlertChannel.key, e.g. env:slack; null when there is none of the kind.',
    }),
    channelKind: t.field({
      type: AlertChannelKindEnum,
      nullable: true,
      description: 'Its kind; null when nobody is meant to be told.',
      resolve: (n) => n.channelKind,
    }),
    purpose: t.field({ type: PurposeEnum, description: 'Why.', resolve: (n) => n.purpose }),
    status: t.field({
      type: NotificationStatusEnum,
      description: 'What became of it.',
      resolve: (n) => n.status,
    }),
    reason: t.exposeString('reason', { nullable: true, description: 'Machine code; never has secrets.' }),
    text: t.exposeString('text', { description: 'What was, or would have been, said.' }),
    alertCount: t.int({
      description: 'How many alerts of the group it tells of.',
      resolve: (n) => n.alertIds.length,
    }),
    attempts: t.exposeInt('attempts', { description: 'Tries so far.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was written.',
      resolve: (n) => n.createdAt,
    }),
    endedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (n) => n.endedAt,
    }),
  }),
});

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
