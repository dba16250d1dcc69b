import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ChannelKind, ReportPace } from './channel.ts';
import { getsReportsByDefault, rowIdOf, SHARED_NAMES, sharedKindOf } from './environment.ts';

/** What is kept in `alert_channel.settings`. */
export interface StoredSettings {
  readonly values: Record<string, string | string[]>;
  readonly hints: Record<string, string>;
  readonly reportPace?: ReportPace;
  /** Of a row that belongs to a channel of the environment: its id. */
  readonly sharedId?: string;
}

export interface ChannelRow {
  id: string;
  name: string;
  kind: ChannelKind;
  isEnabled: boolean;
  settings: StoredSettings;
  sealed: string | null;
  getsReports: boolean;
  failures: number;
  openUntil: Date | null;
  lastSentAt: Date | null;
  lastError: string | null;
  createdAt: Date;
  updatedAt: Date;
  version: number;
}

const COLUMNS = `c.id, c.name, c.kind, c.is_enabled AS "isEnabled", c.settings, c.sealed,
  c.gets_reports AS "getsReports", c.failures, c.open_until AS "openUntil", c.last_sent_at AS "lastSentAt",
  c.last_error AS "lastError", c.created_at AS "createdAt", c.updated_at AS "updatedAt", c.version`;

/** The tenant's rows, oldest first; those of the environment's channels among them. */
export const channelRows = (sql: Sql, tenantId: string): Promise<ChannelRow[]> =>
  sql.rows<ChannelRow>(
    `SELECT ${COLUMNS} FROM alert_channel c WHERE c.tenant_id = $1 ORDER BY c.created_at, c.id`,
    [tenantId],
    'alert_channels',
  );

export const channelRow = (sql: Sql, tenantId: string, id: string): Promise<ChannelRow | undefined> =>
  sql.row<ChannelRow>(
    `SELECT ${COLUMNS} FROM alert_channel c WHERE c.tenant_id = $1 AND c.id = $2`,
    [tenantId, rowIdOf(tenantId, id)],
    'alert_channel',
  );

/** The row, locked until the transaction ends; one of the environment's is made when the tenant has none yet. */
export async function lockChannel(scope: Scope, tx: Tx, id: string): Promise<ChannelRow | undefined> {
  await ensureShared(scope, tx, id);
  return tx.row<ChannelRow>(
    `SELECT ${COLUMNS} FROM alert_channel c WHERE c.tenant_id = $1 AND c.id = $2 FOR UPDATE`,
    [scope.tenantId, rowIdOf(scope.tenantId, id)],
  );
}

async function ensureShared(scope: Scope, sql: Sql, id: string): Promise<void> {
  const kind = sharedKindOf(id);
  if (!kind) return;
  const settings: StoredSettings = { values: {}, hints: {}, sharedId: id };
  await sql.run(
    `INSERT INTO alert_channel (tenant_id, id, name, kind, settings, gets_reports, created_at, updated_at, version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0) ON CONFLICT (tenant_id, id) DO NOTHING`,
    [
      ...[scope.tenantId, rowIdOf(scope.tenantId, id), SHARED_NAMES[kind], kind],
      ...[JSON.stringify(settings), getsReportsByDefault(kind), scope.now],
    ],
    'ensure_channel',
  );
}

/** Writes what an administrator decides about a channel; its health stays. */
export async function saveChannel(tx: Tx, tenantId: string, row: ChannelRow): Promise<void> {
  await tx.run(
    `INSERT INTO alert_channel (tenant_id, id, name, kind, is_enabled, settings, sealed, gets_reports, created_at,
       updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, is_enabled = excluded.is_enabled,
       settings = excluded.settings, sealed = excluded.sealed, gets_reports = excluded.gets_reports,
       updated_at = excluded.updated_at, version = excluded.version`,
    [
      ...[tenantId, row.id, row.name, row.kind, row.isEnabled, JSON.stringify(row.settings), row.sealed],
      ...[row.getsReports, row.createdAt, row.updatedAt, row.version],
    ],
  );
}

export const removeChannel = (tx: Tx, tenantId: string, id: string): Promise<number> =>
  tx.run('DELETE FROM alert_channel WHERE tenant_id = $1 AND id = $2', [tenantId, id]);

/** Failures in a row after which nothing is tried for a while (spec n.1), and for how long. */
export const BREAKER_FAILURES = 5;
export const BREAKER_OPEN_SEC = 60;

/** A failed attempt: counted, and the breaker opens with the fifth in a row. Returns until when it is open. */
export async function noteFailure(
  scope: Scope,
  sql: Sql,
  id: string,
  { reason, isCounted }: { reason: string; isCounted: boolean },
): Promise<Date | null> {
  await ensureShared(scope, sql, id);
  const row = await sql.row<{ openUntil: Date | null }>(
    `UPDATE alert_channel SET failures = failures + $4::int, last_error = $3,
       open_until = CASE WHEN failures + $4::int >= ${BREAKER_FAILURES} AND $4::int = 1
         THEN $5::timestamptz + make_interval(secs => ${BREAKER_OPEN_SEC}) ELSE open_until END
     WHERE tenant_id = $1 AND id = $2 RETURNING open_until AS "openUntil"`,
    [scope.tenantId, rowIdOf(scope.tenantId, id), reason, isCounted ? 1 : 0, scope.now],
    'channel_failed',
  );
  return row?.openUntil ?? null;
}

/** A message arrived: the breaker closes. */
export async function noteSuccess(scope: Scope, sql: Sql, id: string): Promise<void> {
  await ensureShared(scope, sql, id);
  await sql.run(
    `UPDATE alert_channel SET failures = 0, open_until = NULL, last_error = NULL, last_sent_at = $3
     WHERE tenant_id = $1 AND id = $2`,
    [scope.tenantId, rowIdOf(scope.tenantId, id), scope.now],
    'channel_sent',
  );
}
