import type { AlertLevel } from '../../src/control/alert-intake/index.ts';
import { type LoggedEvent, streamEvents } from '../../src/engine/index.ts';
import { builder } from '../builder.ts';
import { EngineEventInterface, eventType, shared } from '../engine/event.ts';
import { AlertLevelEnum } from './alert-parts.ts';

eventType('ALERT_CHANGED').implement({
  ...shared('ALERT_CHANGED'),
  fields: (t) => ({
    alertId: t.id({ description: 'Plain id of the alert.', resolve: (e) => e.payload.alertId }),
    change: t.string({
      description:
        'FIRED, CHANGED, ACKNOWLEDGED, ESCALATED, SUPPRESSED, UNSUPPRESSED, ALL_CHANNELS_FAILED or RESOLVED.',
      resolve: (e) => e.payload.change,
    }),
    level: t.field({
      type: AlertLevelEnum,
      description: 'How bad.',
      resolve: (e) => e.payload.level as AlertLevel,
    }),
    alertType: t.string({ description: 'What is wrong, e.g. SLO_BREACH.', resolve: (e) => e.payload.type }),
    component: t.string({ description: 'The part it is about.', resolve: (e) => e.payload.component }),
    title: t.string({ nullable: true, description: 'A headline.', resolve: (e) => e.payload.title }),
    message: t.string({ description: 'For people.', resolve: (e) => e.payload.message }),
    labels: t.field({ type: 'JSON', description: 'Name → value.', resolve: (e) => e.payload.labels }),
    status: t.string({ description: 'FIRING or RESOLVED.', resolve: (e) => e.payload.status }),
    count: t.field({
      type: 'BigInt',
      description: 'How often it was raised.',
      resolve: (e) => BigInt(e.payload.count),
    }),
    suppression: t.string({
      nullable: true,
      description: 'Why nobody is told: SILENCED, INHIBITED, NO_ROUTE or ALL_CHANNELS_FAILED.',
      resolve: (e) => e.payload.suppression,
    }),
    incidentId: t.id({
      nullable: true,
      description: 'Plain id of its incident.',
      resolve: (e) => e.payload.incidentId,
    }),
  }),
});

eventType('NOTIFICATION_ENDED').implement({
  ...shared('NOTIFICATION_ENDED'),
  fields: (t) => ({
    notificationId: t.id({
      description: 'Plain id of the notification.',
      resolve: (e) => e.payload.notificationId,
    }),
    alertIds: t.idList({ description: 'Plain ids of its alerts.', resolve: (e) => e.payload.alertIds }),
    channelId: t.string({
      nullable: true,
      description: 'Plain id of the channel.',
      resolve: (e) => e.payload.channelId,
    }),
    channelKind: t.string({
      nullable: true,
      description: 'SLACK, TELEGRAM, SMTP, RESEND, WHATSAPP, WEBHOOK or NOTION.',
      resolve: (e) => e.payload.channelKind,
    }),
    purpose: t.string({
      description: 'FIRING, REPEAT, ESCALATION, RESOLVED, TEST or REPORT.',
      resolve: (e) => e.payload.purpose,
    }),
    status: t.string({
      description: 'SENT, FAILED, DEAD, SKIPPED_NOT_CONFIGURED or SUPPRESSED.',
      resolve: (e) => e.payload.status,
    }),
    reason: t.string({ nullable: true, description: 'Machine code.', resolve: (e) => e.payload.reason }),
    attempts: t.int({ description: 'Tries.', resolve: (e) => e.payload.attempts }),
  }),
});

interface EventFilter {
  readonly levels: readonly AlertLevel[] | null;
  readonly component: string | null;
}

/** Alerts of these levels and of this part; messages are about several alerts, so a filter leaves them out. */
function only({ levels, component }: EventFilter) {
  if (levels === null && component === null) return undefined;
  return {
    key: JSON.stringify([levels && [...levels].sort(), component]),
    accepts: ({ type, payload }: LoggedEvent): boolean =>
      type === 'ALERT_CHANGED' &&
      (levels === null || levels.includes(payload.level as AlertLevel)) &&
      (component === null || payload.component === component),
  };
}

builder.subscriptionField('alertEvents', (t) =>
  t.field({
    type: EngineEventInterface,
    description:
      'Changes of alerts and ends of messages: first what was committed behind `after`, then live, without gap or repeat. With a filter, changes of alerts only.',
    authScopes: { viewer: true },
    args: {
      after: t.arg({
        type: 'Seq',
        description: 'Last seq you have seen; "0" for everything kept; omit for from now on.',
      }),
      levels: t.arg({ type: [AlertLevelEnum], description: 'Alerts of these levels. Default all.' }),
      component: t.arg.string({ description: 'Alerts about this part. Default all.' }),
    },
    subscribe: (_root, { after, levels, component }, { scope, feeds }) =>
      streamEvents(feeds, scope, {
        ...{ after: after ?? null, types: ['ALERT_CHANGED', 'NOTIFICATION_ENDED'] },
        only: only({ levels: levels ?? null, component: component ?? null }),
      }),
    resolve: (event) => event,
  }),
);
