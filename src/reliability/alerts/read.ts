import type { AlertLevel } from '../../control/alert-intake/index.ts';
import { isUuid } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import { checkText } from '../../kernel/text.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ChannelKind, NotificationStatus, Purpose } from '../channels/index.ts';
import { ALERT_COLUMNS, type Alert, type AlertStatus } from './alert.ts';
import type { Route } from './route.ts';
import { SILENCE_COLUMNS, type Silence } from './silence.ts';
import { loadRoutes } from './store.ts';

export interface AlertFilter {
  status?: AlertStatus | null | undefined;
  level?: readonly AlertLevel[] | null | undefined;
  component?: string | null | undefined;
  type?: string | null | undefined;
}

/** Alerts, last raised first. One statement with keyset paging. */
export async function listAlerts(
  scope: Scope,
  args: PageArgs,
  filter: AlertFilter = {},
): Promise<Connection<Alert>> {
  checkText(filter.component ?? '', 'filter.component', 200);
  checkText(filter.type ?? '', 'filter.type', 200);
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  const rows = await scope.db.rows<Alert>(
    `SELECT ${ALERT_COLUMNS} FROM alert a WHERE a.tenant_id = $1
       AND ($3::text IS NULL OR a.status = $3) AND ($4::text[] IS NULL OR a.level = ANY($4))
       AND ($5::text IS NULL OR a.component = $5) AND ($6::text IS NULL OR a.type = $6)
       AND ($7::timestamptz IS NULL OR (a.last_at, a.id) ${edge} ($7, $8::uuid))
     ORDER BY a.last_at ${way}, a.id ${way} LIMIT $2`,
    [
      ...[scope.tenantId, page.size + 1, filter.status ?? null, filter.level ?? null],
      ...[filter.component ?? null, filter.type ?? null, at, id],
    ],
    `alerts_${way}`,
  );
  return toConnection(rows, page, (alert) => [alert.lastAt, alert.id]);
}

/** Alerts by id, in the order asked; null where there is none. */
export async function alertsById(scope: Scope, ids: readonly string[]): Promise<(Alert | null)[]> {
  const rows = await scope.db.rows<Alert>(
    `SELECT ${ALERT_COLUMNS} FROM alert a WHERE a.tenant_id = $1 AND a.id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'alerts_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** One message to one channel, or why there was none. */
export interface AlertNotification {
  readonly id: string;
  readonly alertIds: readonly string[];
  readonly channelId: string | null;
  readonly channelKind: ChannelKind | null;
  readonly purpose: Purpose;
  readonly status: NotificationStatus;
  readonly reason: string | null;
  readonly text: string;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** Messages shown of one alert. */
const SHOWN = 50;

/** The latest messages about each of these alerts, newest first, at most 50 each. One statement. */
export async function notificationsOf(
  sql: Sql,
  tenantId: string,
  alertIds: readonly string[],
): Promise<Map<string, AlertNotification[]>> {
  const rows = await sql.rows<AlertNotification & { alertId: string }>(
    `SELECT a.id AS "alertId", n.* FROM alert a, LATERAL (
       SELECT n.id, n.alert_ids AS "alertIds", n.channel_id AS "channelId", n.channel_kind AS "channelKind",
         n.purpose, n.status, n.reason, n.text, n.attempts, n.created_at AS "createdAt", n.ended_at AS "endedAt"
       FROM alert_notification n WHERE n.tenant_id = $1 AND n.group_key = a.component AND a.id = ANY(n.alert_ids)
       ORDER BY n.created_at DESC, n.id DESC LIMIT ${SHOWN}) AS n
     WHERE a.tenant_id = $1 AND a.id = ANY($2::uuid[])`,
    [tenantId, alertIds],
    'notifications_of_alerts',
  );
  return Map.groupBy(rows, ({ alertId }) => alertId);
}

/** The tenant's routes in their order; empty while the default tree decides. */
export const listRoutes = (scope: Scope): Promise<Route[]> => loadRoutes(scope.db, scope.tenantId);

/** The tenant's silences, the last to end first: those in force or to come, or all that are kept. At most 500. */
export function listSilences(scope: Scope, { withEnded = false } = {}): Promise<Silence[]> {
  return scope.db.rows<Silence>(
    `SELECT ${SILENCE_COLUMNS} FROM alert_silence s WHERE s.tenant_id = $1 AND ($2 OR s.ends_at > $3)
     ORDER BY s.ends_at DESC, s.id LIMIT 500`,
    [scope.tenantId, withEnded, scope.now],
    'alert_silences',
  );
}
