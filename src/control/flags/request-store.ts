import { canonicalJson } from '../../kernel/canonical.ts';
import { isUuid } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { FlagChange } from './change.ts';

export const REQUEST_STATUSES = ['PENDING', 'DONE', 'REJECTED', 'CANCELLED', 'FAILED', 'EXPIRED'] as const;
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

/** A change that waits: for its instant (SCHEDULED), or for a second person (APPROVAL). */
export interface FlagRequest {
  readonly id: string;
  readonly key: string;
  readonly kind: 'SCHEDULED' | 'APPROVAL';
  readonly change: FlagChange;
  readonly reason: string | null;
  readonly status: RequestStatus;
  readonly dueAt: Date | null;
  /** Version of what it changes, as its author has seen it; null for a scheduled change, which meets what it finds. */
  readonly basedOn: number | null;
  readonly requestedAt: Date;
  readonly requestedBy: string;
  /** Whom approvals take its author for. */
  readonly principals: readonly string[];
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  /** Why it was rejected, failed or expired. */
  readonly note: string | null;
}

const COLUMNS = `id, key, kind, change, reason, status, due_at AS "dueAt", based_on AS "basedOn",
  requested_at AS "requestedAt", requested_by AS "requestedBy", principals, decided_at AS "decidedAt", decided_by AS "decidedBy", note`;
/** Requests that are over are kept this long; the audit trail keeps what they did. */
const KEPT_DAYS = 90;

export async function insertRequest(tx: Tx, tenantId: string, request: FlagRequest): Promise<void> {
  const { id, key, kind, change, reason, status, dueAt, basedOn, requestedAt, requestedBy, principals } =
    request;
  await tx.run(
    `INSERT INTO flag_change (tenant_id, id, key, kind, change, reason, status, due_at, based_on, requested_at, requested_by,
       principals) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...[tenantId, id, key, kind, canonicalJson(change), reason, status],
      ...[dueAt, basedOn, requestedAt, requestedBy, principals],
    ],
  );
}

/** The request, locked until the commit. */
export async function lockRequest(tx: Tx, tenantId: string, id: string): Promise<FlagRequest | undefined> {
  if (!isUuid(id)) return undefined;
  return tx.row<FlagRequest>(
    `SELECT ${COLUMNS} FROM flag_change WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
    [tenantId, id],
  );
}

/** The next change whose instant has come, locked; those that another instance is busy with are passed over. */
export function lockDueRequest(tx: Tx, tenantId: string, now: Date): Promise<FlagRequest | undefined> {
  return tx.row<FlagRequest>(
    `SELECT ${COLUMNS} FROM flag_change
     WHERE tenant_id = $1 AND status = 'PENDING' AND kind = 'SCHEDULED' AND due_at <= $2
     ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    [tenantId, now],
    'flag_change_due',
  );
}

export type Decision = Pick<FlagRequest, 'kind' | 'status' | 'note'>;

/** Writes how a request stands and who decided it. */
export async function decideRequest(
  scope: Scope,
  tx: Tx,
  id: string,
  { kind, status, note }: Decision,
): Promise<FlagRequest> {
  const row = await tx.row<FlagRequest>(
    `UPDATE flag_change SET kind = $3, status = $4, note = $5, decided_at = $6, decided_by = $7
     WHERE tenant_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
    [
      scope.tenantId,
      id,
      kind,
      status,
      note?.slice(0, 500).toWellFormed() ?? null,
      scope.now,
      scope.actor.name,
    ],
  );
  return row as FlagRequest;
}

/** Whether the request still waits. */
export async function isPending(tx: Tx, tenantId: string, id: string): Promise<boolean> {
  const sql = `SELECT 1 FROM flag_change WHERE tenant_id = $1 AND id = $2 AND status = 'PENDING' FOR UPDATE`;
  return (await tx.row(sql, [tenantId, id])) !== undefined;
}

/** How many wait. */
export async function countWaiting(tx: Tx, tenantId: string): Promise<number> {
  const sql = `SELECT count(*)::int AS n FROM flag_change WHERE tenant_id = $1 AND status = 'PENDING'`;
  return (await tx.row<{ n: number }>(sql, [tenantId]))?.n ?? 0;
}

export interface RequestFilter {
  readonly key?: string | null | undefined;
  readonly status?: readonly RequestStatus[] | null | undefined;
}

/** Requests, newest first. One statement. */
export async function listFlagRequests(
  scope: Scope,
  args: PageArgs,
  filter: RequestFilter = {},
): Promise<Connection<FlagRequest>> {
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  const rows = await scope.db.rows<FlagRequest>(
    `SELECT ${COLUMNS} FROM flag_change WHERE tenant_id = $1
       AND ($3::text IS NULL OR key = $3) AND ($4::text[] IS NULL OR status = ANY($4))
       AND ($5::timestamptz IS NULL OR (requested_at, id) ${edge} ($5, $6::uuid))
     ORDER BY requested_at ${way}, id ${way} LIMIT $2`,
    [scope.tenantId, page.size + 1, filter.key ?? null, filter.status ?? null, at, id],
  );
  return toConnection(rows, page, (request) => [request.requestedAt, request.id]);
}

/** Requests by id, in the order asked; null where there is none. */
export async function flagRequestsById(
  sql: Sql,
  tenantId: string,
  ids: readonly string[],
): Promise<(FlagRequest | null)[]> {
  const rows = await sql.rows<FlagRequest>(
    `SELECT ${COLUMNS} FROM flag_change WHERE tenant_id = $1 AND id = ANY($2::uuid[])`,
    [tenantId, ids.filter(isUuid)],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** Removes requests that have been over for 90 days. */
export function pruneFlagRequests(scope: Scope, tx: Tx): Promise<number> {
  return tx.run(
    `DELETE FROM flag_change WHERE tenant_id = $1 AND status <> 'PENDING' AND requested_at < $2 AND decided_at < $2`,
    [scope.tenantId, addMs(scope.now, -KEPT_DAYS * DAY_MS)],
  );
}
