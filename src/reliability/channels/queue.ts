import { addEffects, type NewEffect } from '../../control/effects/index.ts';
import { watchTenant } from '../../control/watch/index.ts';
import { sha256Hex, uuidFrom } from '../../kernel/ids.ts';
import { madeWhole } from '../../kernel/text.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ChannelView, OutgoingMessage, QueuedMessage, Report } from './channel.ts';
import { REPORT, SEND, subjectOf } from './kinds.ts';
import { partsOf, textOf } from './layout.ts';
import { endedEvent, insertNotifications, linkEffects, type NewNotification } from './notifications.ts';
import { channelsOf } from './read.ts';

/** Longest text that is kept and sent; nobody reads on. */
const MAX_TEXT = 100_000;

interface Prepared {
  readonly notification: NewNotification;
  readonly effects: NewEffect[];
}

/**
 * Writes one notification per message and the effects that carry it, in the transaction of what they tell. A channel
 * that is gone, disabled or not configured gives a SKIPPED_NOT_CONFIGURED one. The same (channel, step) again is
 * dropped. At most six statements for any number.
 */
export async function queueMessages(
  scope: Scope,
  tx: Tx,
  messages: readonly OutgoingMessage[],
  { isPatient = false }: { isPatient?: boolean | undefined } = {},
): Promise<QueuedMessage[]> {
  if (messages.length === 0) return [];
  const channels = new Map((await channelsOf(scope, tx)).map((channel) => [channel.id, channel]));
  const prepared = messages.map((message) => prepare(scope, message, channels.get(message.channelId)));
  const notifications = prepared.map(({ notification }) => notification);
  const added = await insertNotifications(scope, tx, notifications);
  const fresh = prepared.filter(({ notification }) => added.has(notification.id));
  await addLinked(scope, tx, fresh);
  const skipped = fresh.flatMap(({ notification }) =>
    notification.status === 'QUEUED'
      ? []
      : [endedEvent({ ...notification, attempts: 0, alertIds: [...notification.alertIds] })],
  );
  if (skipped.length > 0) await scope.events.append(tx, scope.tenantId, skipped);
  if (!isPatient && fresh.length > skipped.length) await watchTenant(tx, 'ALERTS', scope.tenantId);
  return notifications.map(({ id, channelId, status }) => ({ notificationId: id, channelId, status }));
}

async function addLinked(scope: Scope, tx: Tx, fresh: readonly Prepared[]): Promise<void> {
  const effects = fresh.flatMap((one) => one.effects.map((effect) => ({ effect, of: one.notification.id })));
  const ids = await addEffects(
    scope,
    tx,
    effects.map(({ effect }) => effect),
  );
  // A notification that is new has new effects, so none was left out; the first part stands for all.
  const first = new Map<string, string>();
  effects.forEach(({ of }, at) => {
    const effectId = ids[at];
    if (effectId && !first.has(of)) first.set(of, effectId);
  });
  const links = [...first].map(([id, effectId]) => ({ id, effectId }));
  if (ids.length === effects.length && links.length > 0) await linkEffects(tx, scope.tenantId, links);
}

/** Why a channel cannot be written to; null when it can. */
const obstacleOf = (channel: ChannelView | undefined): string | null =>
  !channel
    ? 'CHANNEL_GONE'
    : !channel.isEnabled
      ? 'CHANNEL_DISABLED'
      : channel.isConfigured
        ? null
        : 'NOT_CONFIGURED';

function prepare(scope: Scope, given: OutgoingMessage, channel: ChannelView | undefined): Prepared {
  const { channelId, purpose, step, alertIds = [], groupKey = null } = given;
  const { title, text } = given.message;
  const message = { ...given.message, title: madeWhole(title), text: madeWhole(text.slice(0, MAX_TEXT)) };
  const id = uuidFrom(scope.tenantId, 'notification', channelId, step);
  const reason = obstacleOf(channel);
  const kind = channel?.kind ?? null;
  const notification: NewNotification = {
    ...{ id, channelId, channelKind: kind, purpose, reason, groupKey, alertIds, text: textOf(message) },
    status: reason === null ? 'QUEUED' : 'SKIPPED_NOT_CONFIGURED',
  };
  if (reason !== null || kind === null) return { notification, effects: [] };
  const payload = { notificationId: id, channelId, purpose, message, alertIds };
  const isTest = purpose === 'TEST';
  if (kind === 'NOTION') {
    const subject = subjectOf(channelId, { isTest, page: message.reportKey ?? id });
    const whole = { ...payload, part: 0, parts: 1, text: message.text };
    return { notification, effects: [{ kind: REPORT, subject, step, payload: whole }] };
  }
  const subject = subjectOf(channelId, { isTest });
  const texts = partsOf(kind, message);
  const effects = texts.map((text, part) => ({
    ...{ kind: SEND, subject, step: `${step}#${part}` },
    payload: { ...payload, part, parts: texts.length, text },
  }));
  return { notification, effects };
}

/**
 * Sends a report to every channel that gets reports of its pace. For Notion `reportKey` and the kind name the page,
 * so that a second report brings the first up to date. Returns to how many channels it goes.
 */
export async function queueReport(scope: Scope, tx: Tx, report: Report): Promise<number> {
  const { kind, reportKey, title, lines, facts, isPatient } = report;
  const isWanted = (channel: ChannelView): boolean =>
    channel.getsReports &&
    channel.isEnabled &&
    channel.isConfigured &&
    (kind !== 'CYCLE' || channel.reportPace === 'CYCLE');
  const channels = (await channelsOf(scope, tx)).filter(isWanted);
  const text = lines.join('\n');
  const message = { title, text, level: null, facts, reportKey: `${kind}|${reportKey}` };
  // The same report twice is one message; with other words it is news.
  const step = `report:${sha256Hex(kind, reportKey, title, text).slice(0, 32)}`;
  await queueMessages(
    scope,
    tx,
    channels.map(({ id }) => ({ channelId: id, purpose: 'REPORT', message, step })),
    { isPatient },
  );
  return channels.length;
}
