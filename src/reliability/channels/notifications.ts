import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { EventPayloads, NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ChannelKind, Purpose } from './channel.ts';

export type NotificationStatus =
  | 'QUEUED'
  | 'SENT'
  | 'FAILED'
  | 'DEAD'
  | 'SKIPPED_NOT_CONFIGURED'
  | 'SUPPRESSED';

/** A notification about to be written. */
export interface NewNotification {
  readonly id: string;
  readonly channelId: string;
  readonly channelKind: ChannelKind | null;
  readonly purpose: Purpose;
  readonly status: 'QUEUED' | 'SKIPPED_NOT_CONFIGURED';
  readonly reason: string | null;
  readonly text: string;
  readonly groupKey: string | null;
  readonly alertIds: readonly string[];
}

const INSERT = `
  INSERT INTO alert_notification (tenant_id, id, group_key, alert_ids, channel_id, channel_kind, purpose, status,
    reason, text, created_at, ended_at)
  SELECT $1, n.id, n."groupKey", ARRAY(SELECT jsonb_array_elements_text(n."alertIds"))::uuid[], n."channelId",
    n."channelKind", n.purpose, n.status, n.reason, n.text, $3, CASE WHEN n.status <> 'QUEUED' THEN $3::timestamptz END
  FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, "groupKey" text, "alertIds" jsonb, "channelId" text,
    "channelKind" text, purpose text, status text, reason text, text text)
  ON CONFLICT (tenant_id, id) DO NOTHING RETURNING id`;

/** Writes notifications; gives back the ids of those that were not there yet. One statement. */
export async function insertNotifications(
  scope: Scope,
  tx: Tx,
  notifications: readonly NewNotification[],
): Promise<Set<string>> {
  const values = [scope.tenantId, JSON.stringify(notifications), scope.now];
  const rows = await tx.rows<{ id: string }>(INSERT, values, 'insert_notifications');
  return new Set(rows.map(({ id }) => id));
}

/** Says which effect carries each notification. */
export const linkEffects = (
  tx: Tx,
  tenantId: string,
  links: readonly { id: string; effectId: string }[],
): Promise<number> =>
  tx.run(
    `UPDATE alert_notification n SET effect_id = l."effectId"
     FROM jsonb_to_recordset($2::jsonb) AS l (id uuid, "effectId" uuid) WHERE n.tenant_id = $1 AND n.id = l.id`,
    [tenantId, JSON.stringify(links)],
    'link_notifications',
  );

/** How far a notification is, before an attempt. */
export const openNotification = (
  sql: Sql,
  tenantId: string,
  id: string,
): Promise<{ status: NotificationStatus; attempts: number } | undefined> =>
  sql.row(
    'SELECT status, attempts FROM alert_notification WHERE tenant_id = $1 AND id = $2',
    [tenantId, id],
    'open_notification',
  );

/** An attempt that did not end it: counted, with its reason; null for an attempt that went well. */
export const noteAttempt = (sql: Sql, tenantId: string, id: string, reason: string | null): Promise<number> =>
  sql.run(
    `UPDATE alert_notification SET attempts = attempts + 1, reason = $3
     WHERE tenant_id = $1 AND id = $2 AND status = 'QUEUED'`,
    [tenantId, id, reason],
    'note_attempt',
  );

type Ended = { id: string } & Omit<EventPayloads['NOTIFICATION_ENDED'], 'notificationId'>;

const ENDED = `id, alert_ids AS "alertIds", channel_id AS "channelId", channel_kind AS "channelKind", purpose, status,
  reason, attempts`;

/** Ends a QUEUED notification and says so in the event log; one that has ended stays as it is. */
export async function endNotification(
  scope: Scope,
  tx: Tx,
  id: string,
  ending: { status: 'SENT' | 'FAILED' | 'DEAD'; reason: string | null; attempted: number },
): Promise<void> {
  const row = await tx.row<Ended>(
    `UPDATE alert_notification SET status = $3, reason = $4, attempts = attempts + $5, ended_at = $6
     WHERE tenant_id = $1 AND id = $2 AND status = 'QUEUED'
     RETURNING ${ENDED}`,
    [scope.tenantId, id, ending.status, ending.reason, ending.attempted, scope.now],
    'end_notification',
  );
  if (row) await scope.events.append(tx, scope.tenantId, [endedEvent(row)]);
}

/** Ends all that waits for a channel as FAILED, with their events. */
export async function endWaiting(scope: Scope, tx: Tx, channelId: string, reason: string): Promise<void> {
  const rows = await tx.rows<Ended>(
    `UPDATE alert_notification SET status = 'FAILED', reason = $3, ended_at = $4
     WHERE tenant_id = $1 AND channel_id = $2 AND status = 'QUEUED' RETURNING ${ENDED}`,
    [scope.tenantId, channelId, reason, scope.now],
  );
  if (rows.length > 0) await scope.events.append(tx, scope.tenantId, rows.map(endedEvent));
}

/** The event of a notification that has ended. */
export const endedEvent = ({ id, ...rest }: Ended): NewEvent => ({
  type: 'NOTIFICATION_ENDED',
  payload: { notificationId: id, ...rest },
});

/**
 * What the provider says later about a message that it took: a failure ends it as FAILED after all, with its event;
 * DELIVERED and READ are noted (READ stays). Once however often it is said.
 */
export async function noteStatus(
  scope: Scope,
  tx: Tx,
  id: string,
  { isFailed, reason }: { isFailed: boolean; reason: string },
): Promise<void> {
  const row = await tx.row<Ended>(
    `UPDATE alert_notification SET status = CASE WHEN $3 THEN 'FAILED' ELSE status END, reason = $4
     WHERE tenant_id = $1 AND id = $2 AND status = 'SENT' AND channel_kind = 'WHATSAPP'
       AND reason IS DISTINCT FROM $4 AND ($3 OR reason IS DISTINCT FROM 'READ')
     RETURNING ${ENDED}`,
    [scope.tenantId, id, isFailed, reason],
    'note_status',
  );
  if (row && isFailed) await scope.events.append(tx, scope.tenantId, [endedEvent(row)]);
}
