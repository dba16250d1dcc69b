import { NotFoundError } from '../../kernel/errors.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { endApiKeys } from '../access/index.ts';
import type { KeyRegistration, KeyVersion, VersionStatus } from './key.ts';

export const REGISTRATION_COLUMNS = `r.id, r.name, r.kind, r.security_level AS "securityLevel",
  r.interval_days AS "intervalDays", r.grace_hours AS "graceHours", r.scopes, r.target,
  r.target_sealed AS "targetSealed", r.principals, r.is_enabled AS "isEnabled", r.created_at AS "createdAt",
  r.created_by AS "createdBy", r.last_rotated_at AS "lastRotatedAt", r.next_rotation_at AS "nextRotationAt", r.version`;

export const VERSION_COLUMNS = `v.id, v.status, v.prefix, v.last4, v.created_at AS "createdAt",
  v.activated_at AS "activatedAt", v.retire_at AS "retireAt", v.revoked_at AS "revokedAt",
  v.claim_expires_at AS "claimExpiresAt", v.claimed_at AS "claimedAt", v.reason`;

/** A version with what only verbs may see. */
export type StoredVersion = KeyVersion & {
  readonly registrationId: string;
  readonly sealed: string | null;
};
const STORED = `${VERSION_COLUMNS}, v.registration_id AS "registrationId", v.sealed`;

/** The registration, locked until the transaction ends: everything about a key is decided one at a time. */
export async function lockRegistration(tx: Tx, tenantId: string, id: string): Promise<KeyRegistration> {
  const row = await tx.row<KeyRegistration>(
    `SELECT ${REGISTRATION_COLUMNS} FROM key_registration r WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
    [tenantId, id],
    'lock_key_registration',
  );
  if (!row) throw new NotFoundError('key registration', id);
  return row;
}

/** Its version number before a transaction begins: whoever comes between is noticed. */
export async function seenVersion(scope: Scope, id: string): Promise<number> {
  const row = await scope.db.row<{ version: number }>(
    'SELECT version FROM key_registration WHERE tenant_id = $1 AND id = $2',
    [scope.tenantId, id],
    'key_registration_version',
  );
  if (!row) throw new NotFoundError('key registration', id);
  return row.version;
}

/** Writes a registration that is new. */
export async function insertRegistration(scope: Scope, tx: Tx, r: KeyRegistration): Promise<void> {
  await tx.run(
    `INSERT INTO key_registration (tenant_id, id, name, kind, security_level, interval_days, grace_hours, scopes, target,
       target_sealed, is_enabled, created_at, created_by, last_rotated_at, next_rotation_at, version, principals)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
    [
      ...[scope.tenantId, r.id, r.name, r.kind, r.securityLevel, r.intervalDays, r.graceHours, r.scopes],
      ...[r.target && JSON.stringify(r.target), r.targetSealed, r.isEnabled, r.createdAt, r.createdBy],
      ...[r.lastRotatedAt, r.nextRotationAt, r.version, r.principals],
    ],
  );
}

/** Writes what may change of a registration, and counts the change; answers what is stored now. */
export async function saveRegistration(scope: Scope, tx: Tx, r: KeyRegistration): Promise<KeyRegistration> {
  const saved = { ...r, version: r.version + 1 };
  await tx.run(
    `UPDATE key_registration SET name = $3, security_level = $4, interval_days = $5, grace_hours = $6, target = $7,
       target_sealed = $8, is_enabled = $9, last_rotated_at = $10, next_rotation_at = $11, version = $12,
       principals = $13
     WHERE tenant_id = $1 AND id = $2`,
    [
      ...[scope.tenantId, r.id, r.name, r.securityLevel, r.intervalDays, r.graceHours],
      ...[r.target && JSON.stringify(r.target), r.targetSealed, r.isEnabled, r.lastRotatedAt],
      ...[r.nextRotationAt, saved.version, r.principals],
    ],
    'save_key_registration',
  );
  return saved;
}

/** A value about to be kept: its hash, and the sealed value as long as somebody still has to get it. */
export interface NewVersion {
  readonly id: string;
  readonly registrationId: string;
  readonly status: VersionStatus;
  readonly prefix: string;
  readonly last4: string;
  readonly secretHash: string;
  readonly sealed: string | null;
  readonly claimHash: string | null;
  readonly claimExpiresAt: Date | null;
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
}

/** Writes a version that is new. */
export async function insertVersion(scope: Scope, tx: Tx, v: NewVersion): Promise<void> {
  await tx.run(
    `INSERT INTO key_version (tenant_id, id, registration_id, status, prefix, last4, secret_hash, sealed, claim_hash,
       claim_expires_at, created_at, activated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...[scope.tenantId, v.id, v.registrationId, v.status, v.prefix, v.last4, v.secretHash, v.sealed],
      ...[v.claimHash, v.claimExpiresAt, v.createdAt, v.activatedAt],
    ],
  );
}

/** The registration's versions that are pending or valid: at most one of each status. */
export async function openVersions(
  tx: Tx,
  tenantId: string,
  registrationId: string,
): Promise<Partial<Record<VersionStatus, StoredVersion>>> {
  const rows = await tx.rows<StoredVersion>(
    `SELECT ${STORED} FROM key_version v
     WHERE tenant_id = $1 AND registration_id = $2 AND status IN ('PENDING', 'ACTIVE', 'RETIRING')`,
    [tenantId, registrationId],
    'open_key_versions',
  );
  return Object.fromEntries(rows.map((row) => [row.status, row]));
}

/** One version by its id. */
export const versionById = (sql: Sql, tenantId: string, id: string): Promise<StoredVersion | undefined> =>
  sql.row(
    `SELECT ${STORED} FROM key_version v WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id],
    'key_version',
  );

/** The version that a claim token belongs to, whatever has become of it. */
export const versionByClaim = (
  sql: Sql,
  tenantId: string,
  hash: string,
): Promise<StoredVersion | undefined> =>
  sql.row(
    `SELECT ${STORED} FROM key_version v WHERE tenant_id = $1 AND claim_hash = $2`,
    [tenantId, hash],
    'key_version_by_claim',
  );

/** Ends versions for good: they open nothing any more, and their envelopes are emptied. */
export async function endVersions(
  scope: Scope,
  tx: Tx,
  ids: readonly string[],
  end: { status: 'REVOKED' | 'FAILED'; reason: string },
): Promise<void> {
  if (ids.length === 0) return;
  await tx.run(
    `UPDATE key_version SET status = $3, reason = $4, revoked_at = $5, sealed = NULL
     WHERE tenant_id = $1 AND id = ANY($2::uuid[])`,
    [scope.tenantId, ids, end.status, end.reason, scope.now],
    'end_key_versions',
  );
  await endApiKeys(scope, tx, ids);
}

/** The value before is good until then. */
export async function retireVersion(scope: Scope, tx: Tx, id: string, retireAt: Date): Promise<void> {
  await tx.run(
    `UPDATE key_version SET status = 'RETIRING', retire_at = $3 WHERE tenant_id = $1 AND id = $2`,
    [scope.tenantId, id, retireAt],
    'retire_key_version',
  );
}

/** The pending value is the one in force; nobody needs its envelope any more. */
export async function activateVersion(
  scope: Scope,
  tx: Tx,
  id: string,
  claimedAt: Date | null,
): Promise<void> {
  await tx.run(
    `UPDATE key_version SET status = 'ACTIVE', activated_at = $3, claimed_at = $4, sealed = NULL
     WHERE tenant_id = $1 AND id = $2`,
    [scope.tenantId, id, scope.now, claimedAt],
    'activate_key_version',
  );
}

/** Removes versions that ended before `before`; returns their ids. */
export async function forgetVersions(scope: Scope, tx: Tx, before: Date): Promise<string[]> {
  const gone = await tx.rows<{ id: string }>(
    `DELETE FROM key_version WHERE tenant_id = $1 AND status IN ('FAILED', 'REVOKED') AND revoked_at < $2 RETURNING id`,
    [scope.tenantId, before],
  );
  return gone.map(({ id }) => id);
}
