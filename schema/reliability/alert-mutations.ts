import { ValidationError } from '../../src/kernel/errors.ts';
import {
  type Alert,
  acknowledgeAlerts,
  type ChannelResult,
  resolveAlert,
  type SentAlert,
  sendAlert,
} from '../../src/reliability/alerts/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { rowId } from '../ids.ts';
import { AlertLevelEnum, NotificationStatusEnum } from './alert-parts.ts';
import { AlertType } from './alerts.ts';
import { AlertChannelKindEnum } from './channel-parts.ts';
import { AlertChannelType } from './channels.ts';

export const ChannelResultType = builder.objectRef<ChannelResult>('AlertChannelResult').implement({
  description: 'What has become, or would become, of an alert at one channel.',
  fields: (t) => ({
    channel: t.field({
      type: AlertChannelType,
      nullable: true,
      description: 'The channel; null when there is none of the kind.',
      resolve: (r) => r.channel,
    }),
    channelKind: t.field({
      type: AlertChannelKindEnum,
      nullable: true,
      description: 'Its kind; null when nobody is meant to be told.',
      resolve: (r) => r.kind,
    }),
    status: t.field({
      type: NotificationStatusEnum,
      description: 'QUEUED also while the alert waits for its group.',
      resolve: (r) => r.status,
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description:
        'SILENCED, INHIBITED, NO_ROUTE, CHANNEL_DISABLED, NOT_CONFIGURED, or what the channel said.',
    }),
  }),
});

/** Labels as given. Throws ValidationError unless all values are texts. */
export function labelsOf(labels: unknown): Record<string, string> {
  if (labels == null) return {};
  const isPlain = typeof labels === 'object' && !Array.isArray(labels);
  if (!isPlain || Object.values(labels).some((value) => typeof value !== 'string')) {
    throw new ValidationError('labels', 'Labels are an object of texts, e.g. {"region": "eu"}.');
  }
  return labels as Record<string, string>;
}

const SendAlertInput = builder.inputType('SendAlertInput', {
  description: 'An alert by hand or from another program.',
  fields: (t) => ({
    level: t.field({ type: AlertLevelEnum, required: true, description: 'How bad.' }),
    message: t.string({ required: true, description: 'What is wrong, 1 to 4,000 characters.' }),
    title: t.string({ description: 'A headline, up to 200 characters.' }),
    component: t.string({ description: 'The part it is about; its group. Default general.' }),
    type: t.string({ description: 'What is wrong in a word; default MANUAL, told apart by the message.' }),
    labels: t.field({ type: 'JSON', description: 'Up to 30 names with texts, e.g. {"region": "eu"}.' }),
    dedupeKey: t.string({ description: 'Alerts with the same key are one, whatever they say.' }),
    idempotencyKey: t.string({ description: 'The same key gives the same answer for 24 h.' }),
  }),
});

const SendAlertPayload = builder.objectRef<SentAlert>('SendAlertPayload').implement({
  description: 'The alert, and what becomes of it at every channel that it is meant for.',
  fields: (t) => ({
    alert: t.field({ type: AlertType, description: 'As it stands now.', resolve: (p) => p.alert }),
    results: t.field({
      type: [ChannelResultType],
      description: 'One per channel; a channel that is not configured is a result, never an error.',
      resolve: (p) => [...p.results],
    }),
    tellAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When the router looks at it next if it is to be told: 30 s for its group, at once if critical.',
      resolve: (p) => p.tellAt,
    }),
  }),
});

const AcknowledgeAlertsInput = builder.inputType('AcknowledgeAlertsInput', {
  description: 'Which alerts somebody looks after.',
  fields: (t) => ({
    ids: t.globalIDList({ required: true, description: '1 to 100 × Alert.id.' }),
    note: t.string({ description: 'Why, for the audit trail.' }),
  }),
});

const AcknowledgeAlertsPayload = builder
  .objectRef<{ alerts: Alert[] }>('AcknowledgeAlertsPayload')
  .implement({
    description: 'The alerts, in the order given.',
    fields: (t) => ({
      alerts: t.field({ type: [AlertType], description: 'As they stand now.', resolve: (p) => p.alerts }),
    }),
  });

const ResolveAlertInput = builder.inputType('ResolveAlertInput', {
  description: 'Which alert is over.',
  fields: (t) => ({
    id: t.globalID({ required: true, description: 'Alert.id.' }),
    reason: t.string({ description: 'Why, for the audit trail.' }),
  }),
});

const ResolveAlertPayload = builder.objectRef<{ alert: Alert }>('ResolveAlertPayload').implement({
  description: 'The alert that is over.',
  fields: (t) => ({
    alert: t.field({ type: AlertType, description: 'As it stands now.', resolve: (p) => p.alert }),
  }),
});

builder.mutationFields((t) => ({
  sendAlert: t.field({
    type: SendAlertPayload,
    description:
      'send_alert(level, message) of the Phase 6.4 document: raises an alert and routes it at once. Text: [CRITICAL] message.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: SendAlertInput, required: true, description: 'The alert.' }) },
    resolve: (_root, { input }, { scope }) => sendAlert(scope, { ...input, labels: labelsOf(input.labels) }),
  }),
  acknowledgeAlerts: t.field({
    type: AcknowledgeAlertsPayload,
    description:
      'Somebody looks after them: no repeats and no escalation until one rises to a higher level; audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: AcknowledgeAlertsInput, required: true, description: 'Which alerts.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      alerts: await acknowledgeAlerts(scope, {
        ids: input.ids.map((id) => rowId(id, 'Alert')),
        note: input.note,
      }),
    }),
  }),
  resolveAlert: t.field({
    type: ResolveAlertPayload,
    description: 'Ends an alert by hand; those who were told of it are told of its end. Audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: ResolveAlertInput, required: true, description: 'Which alert.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      alert: await resolveAlert(scope, { id: rowId(input.id, 'Alert'), reason: input.reason }),
    }),
  }),
}));
