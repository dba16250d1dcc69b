import { uuidv7 } from '../../kernel/ids.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { channelsOf, queueMessages } from '../channels/index.ts';
import { ALERT_COLUMNS, type Alert, alertEvent } from './alert.ts';
import { updateIncidents } from './incidents.ts';
import { lockRouter } from './intake.ts';
import type { Unsent } from './letters.ts';
import { type GroupFacts, planAlerts, type Standing, type World } from './plan.ts';
import { loadRoutes, loadSilences } from './store.ts';

/** Alerts looked at in one transaction. */
export const LOOK_LIMIT = 5_000;

/*
 * What is due, by group: whoever waits for the group's time comes along, so that a group is told once. `$3` names one
 * component, else all.
 */
const LOAD = `
  WITH due AS (
    SELECT component FROM alert WHERE tenant_id = $1 AND due_at <= $2 AND ($3::text IS NULL OR component = $3)
    ORDER BY due_at LIMIT $4)
  SELECT ${ALERT_COLUMNS} FROM alert a
  WHERE a.tenant_id = $1 AND a.component IN (SELECT component FROM due)
    AND (a.due_at <= $2 OR a.due_at IS NOT NULL AND a.notified_at IS NULL)
  ORDER BY a.due_at, a.id LIMIT $4`;

/** Muted alerts whose critical one has ended. */
const RELEASE = `
  UPDATE alert a SET due_at = $2 WHERE a.tenant_id = $1 AND a.status = 'FIRING' AND a.suppression = 'INHIBITED'
    AND a.due_at IS NULL AND NOT EXISTS (SELECT FROM alert c WHERE c.tenant_id = $1 AND c.status = 'FIRING'
      AND c.level = 'critical' AND c.component = a.component)`;

const SAVE = `
  UPDATE alert a SET suppression = n.suppression, due_at = n."dueAt", notified_at = n."notifiedAt",
    notified_level = n."notifiedLevel", escalation_step = n."escalationStep", escalate_at = n."escalateAt",
    incident_id = n."incidentId"
  FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, suppression text, "dueAt" timestamptz, "notifiedAt" timestamptz,
    "notifiedLevel" text, "escalationStep" int, "escalateAt" timestamptz, "incidentId" uuid)
  WHERE a.tenant_id = $1 AND a.id = n.id`;

/*
 * A message that is on its way counts as heard; the hour is for instances whose clocks disagree. By a join on unnested
 * ids: thousands of alerts may end at once whose messages name thousands.
 */
const HEARD = `
  WITH ended AS (SELECT id, component, first_at FROM alert WHERE tenant_id = $1 AND id = ANY($2::uuid[])),
  spoken AS (SELECT component, min(first_at) - interval '1 hour' AS since FROM ended GROUP BY component),
  told AS (
    SELECT n.channel_id, u.id FROM spoken s JOIN alert_notification n ON n.tenant_id = $1
      AND n.group_key = s.component AND n.created_at >= s.since, unnest(n.alert_ids) AS u (id)
    WHERE n.status IN ('SENT', 'QUEUED') AND n.channel_id IS NOT NULL)
  SELECT o.id, array_agg(DISTINCT t.channel_id ORDER BY t.channel_id) AS "channelIds"
  FROM ended o JOIN told t USING (id) GROUP BY o.id`;

/**
 * Looks at what is due and writes what becomes of it: alerts, incidents, messages and why there are none, in one
 * transaction, so that a message exists exactly when it counts as told. Returns how many alerts were looked at.
 */
export async function flushDue(scope: Scope, tx: Tx, component?: string): Promise<number> {
  const { tenantId, now } = scope;
  await tx.run(RELEASE, [tenantId, now], 'alerts_release');
  const alerts = await tx.rows<Alert>(LOAD, [tenantId, now, component ?? null, LOOK_LIMIT], 'alerts_due');
  if (alerts.length === 0) return 0;
  const world = await loadWorld(scope, tx, [...new Set(alerts.map((alert) => alert.component))]);
  const plan = planAlerts(alerts, { ...world, heard: await channelsThatHeard(tx, tenantId, alerts) });
  const standings = await updateIncidents(scope, tx, plan.standings);
  await saveStandings(tx, tenantId, standings);
  const unsent = await writeUnsent(scope, tx, plan.unsent);
  const changes = standings.flatMap(({ after, change }) => (change ? [alertEvent(after, change)] : []));
  await scope.events.append(tx, tenantId, [...changes, ...unsent]);
  await queueMessages(
    scope,
    tx,
    plan.messages.map((message) => ({ ...message, step: uuidv7(now.getTime()) })),
  );
  return alerts.length;
}

/** Looks at what is due in transactions of their own, at most `maxRounds`; returns how many alerts were looked at. */
export async function flushAll(scope: Scope, maxRounds: number): Promise<number> {
  let total = 0;
  for (let i = 0; i < maxRounds; i++) {
    const looked = await scope.db.tx(async (tx) => {
      await lockRouter(tx, scope.tenantId);
      return flushDue(scope, tx);
    });
    total += looked;
    if (looked < LOOK_LIMIT) break;
  }
  return total;
}

/** Everything that the router goes by about these components. Four statements. */
export async function loadWorld(scope: Scope, sql: Sql, components: readonly string[]): Promise<World> {
  const { tenantId, now } = scope;
  const groups = await sql.rows<GroupFacts & { component: string }>(
    `SELECT component, bool_or(level = 'critical') AS "hasCritical",
       max(notified_at) FILTER (WHERE notified_level IS NOT NULL) AS "toldAt",
       max(notified_at) FILTER (WHERE notified_level = 'critical') AS "criticalToldAt"
     FROM alert WHERE tenant_id = $1 AND status = 'FIRING' AND component = ANY($2) GROUP BY component`,
    [tenantId, components],
    'alert_groups',
  );
  return {
    now,
    groups: new Map(groups.map((group) => [group.component, group])),
    silences: await loadSilences(sql, tenantId, now),
    routes: await loadRoutes(sql, tenantId),
    channels: await channelsOf(scope, sql),
  };
}

/** Which channels were told of each alert that is over. One statement when there is one whose end is to be told. */
async function channelsThatHeard(
  tx: Tx,
  tenantId: string,
  alerts: readonly Alert[],
): Promise<Map<string, string[]>> {
  const over = alerts.filter(({ status, notifiedLevel }) => status === 'RESOLVED' && notifiedLevel !== null);
  if (over.length === 0) return new Map();
  const rows = await tx.rows<{ id: string; channelIds: string[] }>(
    HEARD,
    [tenantId, over.map(({ id }) => id)],
    'alerts_heard',
  );
  return new Map(rows.map(({ id, channelIds }) => [id, channelIds]));
}

async function saveStandings(tx: Tx, tenantId: string, standings: readonly Standing[]): Promise<void> {
  const rows = standings.map(({ after }) => ({
    ...{ id: after.id, suppression: after.suppression, dueAt: after.dueAt, notifiedAt: after.notifiedAt },
    ...{ notifiedLevel: after.notifiedLevel, escalationStep: after.escalationStep },
    ...{ escalateAt: after.escalateAt, incidentId: after.incidentId },
  }));
  await tx.run(SAVE, [tenantId, JSON.stringify(rows)], 'alerts_save');
}

/** Messages that are not sent are kept with their reason, like those that are. */
async function writeUnsent(scope: Scope, tx: Tx, unsent: readonly Unsent[]): Promise<NewEvent[]> {
  if (unsent.length === 0) return [];
  const rows = unsent.map((row) => ({ ...row, id: uuidv7(scope.now.getTime()) }));
  await tx.run(
    `INSERT INTO alert_notification (tenant_id, id, group_key, alert_ids, channel_id, channel_kind, purpose, status,
       reason, text, created_at, ended_at)
     SELECT $1, n.id, n.component, n."alertIds", n."channelId", n.kind, 'FIRING', n.status, n.reason, n.text, $3, $3
     FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, component text, "alertIds" uuid[], "channelId" text, kind text,
       status text, reason text, text text)`,
    [scope.tenantId, JSON.stringify(rows), scope.now],
    'insert_unsent',
  );
  return rows.map(({ id, alertIds, channelId, kind, status, reason }) => ({
    type: 'NOTIFICATION_ENDED' as const,
    payload: {
      ...{ notificationId: id, alertIds: [...alertIds], channelId, channelKind: kind },
      ...{ purpose: 'FIRING', status, reason, attempts: 0 },
    },
  }));
}
