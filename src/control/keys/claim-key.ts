import { DomainError, InvalidTransitionError, NotFoundError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { addPrincipals, learners } from '../access/index.ts';
import { writeAudit } from '../audit/index.ts';
import { settleAlerts, tellEvents } from './announce.ts';
import { claimHash, isClaimToken, type KeyRegistration } from './key.ts';
import { isExpiredClaim } from './rotate-key.ts';
import { openEnvelope, promote } from './rotation.ts';
import { lockRegistration, openVersions, versionByClaim } from './store.ts';

/** What a claim envelope held. */
export interface Claimed {
  readonly registration: KeyRegistration;
  readonly versionId: string;
  readonly value: string;
}

/**
 * Opens a claim envelope: the value is handed over this once, and with that it is in force (spec l.1). A second reading is
 * ALREADY_CLAIMED, a late one an InvalidTransitionError; a token of another tenant does not exist. However many try at
 * once, one gets it.
 */
export async function claimKey(scope: Scope, token: string): Promise<Claimed> {
  const hash = claimHash(token);
  const known = isClaimToken(token) ? await versionByClaim(scope.db, scope.tenantId, hash) : undefined;
  // The token is a secret, so the refusal does not repeat it.
  if (!known) throw new NotFoundError('claim', 'as given');
  return scope.db.tx(async (tx) => {
    const before = await lockRegistration(tx, scope.tenantId, known.registrationId);
    const version = await versionByClaim(tx, scope.tenantId, hash);
    if (!version) throw new NotFoundError('claim', 'as given');
    if (version.claimedAt !== null)
      throw new DomainError(
        'ALREADY_CLAIMED',
        'This claim was opened before; rotate the key when that was not you.',
      );
    if (version.status !== 'PENDING' || version.sealed === null || isExpiredClaim(version, scope.now))
      throw new InvalidTransitionError(
        'claim',
        'EXPIRED',
        'CLAIMED',
        'its 24 hours are over, or another rotation came first.',
      );
    const { ACTIVE } = await openVersions(tx, scope.tenantId, before.id);
    const { value, graceHours } = openEnvelope(scope, version.sealed);
    const registration = await promote(scope, tx, before, {
      ...{ versionId: version.id, graceHours, claimedAt: scope.now },
    });
    const { id: registrationId, kind } = before;
    if (kind === 'API_KEY')
      await addPrincipals(scope, tx, { registrationId, id: version.id }, learners(scope.actor));
    await writeAudit(scope, tx, {
      ...{ action: 'key.claim', subject: before.id },
      before: { active: ACTIVE?.id ?? null, pending: version.id },
      after: { active: version.id, delivery: 'CLAIM', graceHours },
    });
    await tellEvents(scope, tx, [
      { registration, change: 'CLAIMED' },
      ...(ACTIVE ? [{ registration, change: 'ROTATED' as const }] : []),
    ]);
    await settleAlerts(scope, tx, [registration]);
    return { registration, versionId: version.id, value };
  });
}
