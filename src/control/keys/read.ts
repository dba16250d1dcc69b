import { isUuid } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { KeyKind, KeyLevel, KeyRegistration, KeyVersion } from './key.ts';
import { DUE_SOON_MS, type RotationStatus } from './schedule.ts';
import { REGISTRATION_COLUMNS, VERSION_COLUMNS } from './store.ts';

/** A registration with its values: those that are pending or valid, and the last that ended; newest first. */
export type KeyView = KeyRegistration & { readonly versions: readonly KeyVersion[] };

/** Values shown of a registration. */
const VERSIONS_SHOWN = 10;

export interface KeyFilter {
  readonly status?: RotationStatus | null | undefined;
  readonly kind?: KeyKind | null | undefined;
  readonly securityLevel?: KeyLevel | null | undefined;
}

/** Values of one instant (two requests raced) come in the order in which they follow each other, not by their random ids. */
const VIEW = `${REGISTRATION_COLUMNS}, coalesce((SELECT json_agg(shown) FROM (
    SELECT ${VERSION_COLUMNS} FROM key_version v WHERE v.tenant_id = r.tenant_id AND v.registration_id = r.id
    ORDER BY v.created_at DESC, array_position(ARRAY['PENDING', 'ACTIVE', 'RETIRING'], v.status), v.id DESC
    LIMIT ${VERSIONS_SHOWN}) AS shown), '[]') AS versions`;

/** The rule of `rotationStatus` in SQL; `now` and `soon` are parameters. */
const statusIs = (now: string, soon: string): Record<RotationStatus, string> => ({
  OVERDUE: `r.is_enabled AND r.next_rotation_at < ${now}`,
  DUE_SOON: `r.is_enabled AND r.next_rotation_at >= ${now} AND r.next_rotation_at <= ${soon}`,
  HEALTHY: `r.is_enabled AND r.next_rotation_at > ${soon}`,
  RETIRED: 'NOT r.is_enabled',
});

const INSTANTS = [
  'createdAt',
  'activatedAt',
  'retireAt',
  'revokedAt',
  'claimExpiresAt',
  'claimedAt',
] as const;

/** JSON has no instants. */
function revive(row: KeyView): KeyView {
  const versions = row.versions.map((version) => {
    const instants = INSTANTS.map((name) => [name, version[name] && new Date(version[name])]);
    return { ...version, ...Object.fromEntries(instants) } as KeyVersion;
  });
  return { ...row, versions };
}

/** The tenant's registrations, newest first. One statement. */
export async function listKeys(
  scope: Scope,
  args: PageArgs,
  filter: KeyFilter = {},
): Promise<Connection<KeyView>> {
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  // Both instants are always named, so that the statement always has its eight parameters.
  const status = filter.status ? statusIs('$7', '$8')[filter.status] : 'true';
  const rows = await scope.db.rows<KeyView>(
    `SELECT ${VIEW} FROM key_registration r WHERE r.tenant_id = $1
       AND ($3::text IS NULL OR r.kind = $3) AND ($4::text IS NULL OR r.security_level = $4)
       AND ($5::timestamptz IS NULL OR (r.created_at, r.id) ${edge} ($5, $6::uuid))
       AND $7::timestamptz < $8::timestamptz AND (${status})
     ORDER BY r.created_at ${way}, r.id ${way} LIMIT $2`,
    [
      ...[scope.tenantId, page.size + 1, filter.kind ?? null, filter.securityLevel ?? null, at, id],
      ...[scope.now, addMs(scope.now, DUE_SOON_MS)],
    ],
  );
  return toConnection(rows.map(revive), page, (row) => [row.createdAt, row.id]);
}

/** Registrations that are due within `withinDays` (0: due now), the longest overdue first. One statement. */
export async function listDueKeys(
  scope: Scope,
  args: PageArgs,
  withinDays: number,
): Promise<Connection<KeyView>> {
  const page = pageOf(args, 2);
  // Checked like every keyset by instant and id.
  newestFirst(args);
  const [at = null, id = null] = page.cursor ?? [];
  const [edge, way] = page.isForward ? ['>', 'ASC'] : ['<', 'DESC'];
  const rows = await scope.db.rows<KeyView>(
    `SELECT ${VIEW} FROM key_registration r WHERE r.tenant_id = $1 AND r.is_enabled AND r.next_rotation_at <= $3
       AND ($4::timestamptz IS NULL OR (r.next_rotation_at, r.id) ${edge} ($4, $5::uuid))
     ORDER BY r.next_rotation_at ${way}, r.id ${way} LIMIT $2`,
    [scope.tenantId, page.size + 1, addMs(scope.now, withinDays * DAY_MS), at, id],
    `due_keys_${way}`,
  );
  return toConnection(rows.map(revive), page, (row) => [row.nextRotationAt, row.id]);
}

/** Registrations by id, in the order asked; null where there is none. */
export async function registrationsById(scope: Scope, ids: readonly string[]): Promise<(KeyView | null)[]> {
  const rows = await scope.db.rows<KeyView>(
    `SELECT ${VIEW} FROM key_registration r WHERE r.tenant_id = $1 AND r.id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'keys_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, revive(row)]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** How the tenant's keys stand at an instant (spec l.1). */
export interface KeyReport {
  readonly asOf: Date;
  /** Registrations that are rotated: overdue + dueSoon + healthy. */
  readonly total: number;
  readonly overdue: number;
  readonly dueSoon: number;
  readonly healthy: number;
  readonly retired: number;
  /** Rotations under way: values that are to be delivered or claimed. */
  readonly pending: number;
}

/** Counts of the tenant's keys at `scope.now`; `sql` is the caller's handle. One statement. */
export async function keyReport(sql: Sql, scope: Scope): Promise<KeyReport> {
  const is = statusIs('$2', '$3');
  const counts = await sql.row<Omit<KeyReport, 'asOf'>>(
    `SELECT count(*) FILTER (WHERE r.is_enabled)::int AS total, count(*) FILTER (WHERE ${is.OVERDUE})::int AS overdue,
       count(*) FILTER (WHERE ${is.DUE_SOON})::int AS "dueSoon", count(*) FILTER (WHERE ${is.HEALTHY})::int AS healthy,
       count(*) FILTER (WHERE ${is.RETIRED})::int AS retired,
       (SELECT count(*)::int FROM key_version v WHERE v.tenant_id = $1 AND v.status = 'PENDING') AS pending
     FROM key_registration r WHERE r.tenant_id = $1`,
    [scope.tenantId, scope.now, addMs(scope.now, DUE_SOON_MS)],
    'key_report',
  );
  return { asOf: scope.now, ...(counts as Omit<KeyReport, 'asOf'>) };
}
