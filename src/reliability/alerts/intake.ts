import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { ALERT_COLUMNS, type Alert, type AlertChange, alertEvent } from './alert.ts';

/** Rows taken in one transaction: some MB of memory in the database, none here but the changed alerts. */
export const INTAKE_CHUNK = 5_000;

/**
 * One router of a tenant at a time. A statement of its own: the next one must see what the holder before committed.
 * Whoever changes alerts, routes or silences takes it first, before any row.
 */
export async function lockRouter(tx: Tx, tenantId: string): Promise<void> {
  await tx.run(
    `SELECT pg_advisory_xact_lock(hashtextextended('alerts|' || $1, 0))`,
    [tenantId],
    'alerts_lock',
  );
}

const RANK = (level: string) => `array_position(ARRAY['info', 'warning', 'error', 'critical'], ${level})`;

/*
 * Takes rows in the order in which they were handed in and folds those of one fingerprint into one: the last one decides
 * whether it fires or is over, the last one that fired what it says, and every one that fired is counted. What changes
 * is due at once: the router then decides what that means. An end that nobody was told of yet is taken back.
 */
const take = (which: string) => `
  WITH taken AS (
    DELETE FROM alert_intake WHERE tenant_id = $1 AND seq <= (SELECT max(seq) FROM (
      SELECT seq FROM alert_intake WHERE tenant_id = $1 ${which} ORDER BY seq LIMIT $3) AS first) ${which}
    RETURNING id, at, kind, fingerprint, level, type, component, title, message, labels, opens_incident, seq),
  news AS MATERIALIZED (
    SELECT DISTINCT ON (fingerprint) fingerprint, id, level, type, component, title, message, labels,
      count(*) FILTER (WHERE kind = 'FIRE') OVER w AS fires, least(min(at) OVER w, $2) AS first_at,
      least(max(at) OVER w, $2) AS last_at, bool_or(opens_incident) OVER w AS opens_incident,
      max(seq) OVER w > coalesce(max(seq) FILTER (WHERE kind = 'FIRE') OVER w, 0) AS is_over
    FROM taken WINDOW w AS (PARTITION BY fingerprint) ORDER BY fingerprint, kind = 'FIRE' DESC, seq DESC),
  known AS (
    SELECT a.id, n.fingerprint, a.status = 'RESOLVED' AS was_over,
      n.fires > 0 AND ${RANK('n.level')} > ${RANK('a.level')} AS is_raised,
      n.fires > 0 AND (n.level, n.title, n.message) IS DISTINCT FROM (a.level, a.title, a.message) AS is_other
    FROM news n JOIN alert a ON a.tenant_id = $1 AND a.fingerprint = n.fingerprint
      AND (a.status = 'FIRING' OR a.due_at IS NOT NULL)
    WHERE n.fires > 0 OR a.status = 'FIRING'),
  updated AS (
    UPDATE alert a SET count = a.count + n.fires, last_at = greatest(a.last_at, n.last_at),
      level = CASE WHEN n.fires > 0 THEN n.level ELSE a.level END,
      type = CASE WHEN n.fires > 0 THEN n.type ELSE a.type END,
      component = CASE WHEN n.fires > 0 THEN n.component ELSE a.component END,
      message = CASE WHEN n.fires > 0 THEN n.message ELSE a.message END,
      title = CASE WHEN n.fires > 0 THEN n.title ELSE a.title END, 
      labels = CASE WHEN n.fires > 0 THEN n.labels ELSE a.labels END,
      opens_incident = a.opens_incident OR n.opens_incident,
      status = CASE WHEN n.is_over THEN 'RESOLVED' ELSE 'FIRING' END,
      resolved_at = CASE WHEN n.is_over THEN $2::timestamptz END,
      changed_at = CASE WHEN k.is_other THEN $2 ELSE a.changed_at END,
      acked_at = CASE WHEN k.is_raised THEN NULL ELSE a.acked_at END,
      acked_by = CASE WHEN k.is_raised THEN NULL ELSE a.acked_by END,
      escalation_step = CASE WHEN k.is_raised THEN 0 ELSE a.escalation_step END,
      escalate_at = CASE WHEN k.is_raised THEN NULL ELSE a.escalate_at END,
      due_at = CASE WHEN k.is_other OR n.is_over <> k.was_over THEN $2 ELSE a.due_at END
    FROM known k JOIN news n USING (fingerprint) WHERE a.tenant_id = $1 AND a.id = k.id
    RETURNING a.*, CASE WHEN n.is_over AND NOT k.was_over THEN 'RESOLVED'
      WHEN k.was_over AND NOT n.is_over THEN 'FIRED' WHEN k.is_other THEN 'CHANGED' END AS change),
  added AS (
    INSERT INTO alert AS a (tenant_id, id, fingerprint, level, type, component, title, message, labels, status, count,
      first_at, last_at, changed_at, resolved_at, due_at, opens_incident)
    SELECT $1, n.id, n.fingerprint, n.level, n.type, n.component, n.title, n.message, n.labels,
      CASE WHEN n.is_over THEN 'RESOLVED' ELSE 'FIRING' END, n.fires, n.first_at, n.last_at, $2,
      CASE WHEN n.is_over THEN $2::timestamptz END, CASE WHEN n.is_over THEN NULL ELSE $2::timestamptz END,
      n.opens_incident
    FROM news n WHERE n.fires > 0 AND NOT EXISTS (SELECT FROM known k WHERE k.fingerprint = n.fingerprint)
    RETURNING a.*, CASE a.status WHEN 'FIRING' THEN 'FIRED' ELSE 'RESOLVED' END AS change)
  SELECT (SELECT count(*)::int FROM taken) AS taken, a.change, ${ALERT_COLUMNS}
  FROM (SELECT 1) AS one LEFT JOIN (
    SELECT * FROM updated WHERE change IS NOT NULL UNION ALL SELECT * FROM added) AS a ON true`;
const TAKE = take('');
const TAKE_ONE = take('AND fingerprint = $4');

type Taken = Alert & { taken: number; change: AlertChange | null };

/**
 * Takes up to `INTAKE_CHUNK` rows of the inbox, of one fingerprint when it is given, and folds them into alerts, with the
 * events of what changed; all or nothing. Returns how many were taken. The caller holds the router's lock.
 */
export async function takeIntake(
  scope: Scope,
  tx: Tx,
  { fingerprint, limit = INTAKE_CHUNK }: { fingerprint?: string; limit?: number } = {},
): Promise<number> {
  const values = [scope.tenantId, scope.now, limit];
  const rows = await (fingerprint === undefined
    ? tx.rows<Taken>(TAKE, values, 'take_alert_intake')
    : tx.rows<Taken>(TAKE_ONE, [...values, fingerprint], 'take_alert_intake_of'));
  const events = rows.flatMap(({ taken: _, change, ...alert }) =>
    change ? [alertEvent(alert, change)] : [],
  );
  await scope.events.append(tx, scope.tenantId, events);
  return rows[0]?.taken ?? 0;
}

/** Empties the inbox in transactions of their own, at most `maxChunks`; returns how many rows were taken. */
export async function drainIntake(scope: Scope, maxChunks: number): Promise<number> {
  let total = 0;
  for (let i = 0; i < maxChunks; i++) {
    const taken = await scope.db.tx(async (tx) => {
      await lockRouter(tx, scope.tenantId);
      return takeIntake(scope, tx);
    });
    total += taken;
    if (taken < INTAKE_CHUNK) break;
  }
  return total;
}
