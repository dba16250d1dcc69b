import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { type AuditFact, writeAudits } from '../audit/index.ts';
import { failedAlert, settleAlerts, type Told, tellAlerts, tellEvents } from './announce.ts';
import type { KeyRegistration, VersionStatus } from './key.ts';
import { endVersions, REGISTRATION_COLUMNS } from './store.ts';

/** A value whose time is over, with its registration. */
interface Over extends KeyRegistration {
  readonly versionId: string;
  readonly status: VersionStatus;
  readonly hasActive: boolean;
}

/** Values swept in one transaction; the rest waits for the next run. */
const AT_ONCE = 500;

/*
 * Grace over, envelope never opened, or an API key at its own end. Nothing depends on this being punctual: authentication
 * knows the ends of keys itself, and a late claim is refused.
 */
const FIND = `
  SELECT ${REGISTRATION_COLUMNS}, v.id AS "versionId", v.status,
    EXISTS (SELECT FROM key_version a WHERE a.tenant_id = r.tenant_id AND a.registration_id = r.id
      AND a.status = 'ACTIVE') AS "hasActive"
  FROM key_registration r JOIN key_version v ON v.tenant_id = r.tenant_id AND v.registration_id = r.id
  WHERE r.tenant_id = $1 AND (v.status = 'RETIRING' AND v.retire_at <= $2
    OR v.status = 'PENDING' AND v.claim_expires_at <= $2
    OR v.status = 'ACTIVE' AND r.kind = 'API_KEY' AND EXISTS (SELECT FROM api_key k
      WHERE k.tenant_id = v.tenant_id AND k.id = v.id AND k.expires_at <= $2))
  ORDER BY r.id, v.id LIMIT ${AT_ONCE} FOR UPDATE OF r, v SKIP LOCKED`;

const REASONS = { RETIRING: 'GRACE_OVER', PENDING: 'CLAIM_EXPIRED', ACTIVE: 'EXPIRED' } as const;
type Sweepable = keyof typeof REASONS;

/** Ends every value whose time is over; a bounded number of statements. Returns how many of each. */
export async function sweepKeys(scope: Scope): Promise<{ revoked: number; failed: number }> {
  return scope.db.tx(async (tx) => {
    const over = await tx.rows<Over>(FIND, [scope.tenantId, scope.now], 'sweep_keys');
    for (const status of Object.keys(REASONS) as Sweepable[]) {
      const ids = over.filter((row) => row.status === status).map(({ versionId }) => versionId);
      const end = { status: status === 'PENDING' ? ('FAILED' as const) : ('REVOKED' as const) };
      await endVersions(scope, tx, ids, { ...end, reason: REASONS[status] });
    }
    const expired = over.filter(({ status }) => status === 'ACTIVE');
    await disable(scope, tx, expired);
    await tell(scope, tx, over, expired);
    const failed = over.filter(({ status }) => status === 'PENDING').length;
    return { revoked: over.length - failed, failed };
  });
}

/** A key at its own end is not rotated any more. */
async function disable(scope: Scope, tx: Tx, expired: readonly Over[]): Promise<void> {
  if (expired.length === 0) return;
  await tx.run(
    `UPDATE key_registration SET is_enabled = false, version = version + 1
     WHERE tenant_id = $1 AND id = ANY($2::uuid[])`,
    [scope.tenantId, expired.map(({ id }) => id)],
  );
}

async function tell(scope: Scope, tx: Tx, over: readonly Over[], expired: readonly Over[]): Promise<void> {
  if (over.length === 0) return;
  const told = over.map((registration): Told => {
    const isFailed = registration.status === 'PENDING';
    return {
      registration,
      change: isFailed ? 'FAILED' : 'REVOKED',
      reason: REASONS[registration.status as Sweepable],
    };
  });
  const facts = over.map(
    ({ id, versionId, status }): AuditFact => ({
      ...{
        action: status === 'PENDING' ? 'key.fail' : 'key.end',
        subject: id,
        reason: REASONS[status as Sweepable],
      },
      before: { versionId, status },
      after: { versionId, status: status === 'PENDING' ? 'FAILED' : 'REVOKED' },
    }),
  );
  await writeAudits(scope, tx, facts);
  await tellEvents(scope, tx, told);
  const unclaimed = over.filter(({ status }) => status === 'PENDING');
  await tellAlerts(
    scope,
    tx,
    unclaimed.map((row) => failedAlert(row, 'CLAIM_EXPIRED', row.hasActive)),
  );
  await settleAlerts(scope, tx, expired);
}
