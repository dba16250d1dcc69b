import type { AlertLevel } from '../../src/control/alert-intake/index.ts';
import type { AlertNotification, AlertStatus, Suppression } from '../../src/reliability/alerts/index.ts';
import type { NotificationStatus, Purpose } from '../../src/reliability/channels/index.ts';
import { builder } from '../builder.ts';
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

export const NotificationType = builder.objectRef<AlertNotification>('AlertNotification').implement({
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
