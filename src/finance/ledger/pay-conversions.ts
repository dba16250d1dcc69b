import { writeAudit } from '../../control/audit/index.ts';
import { ValidationError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';

/** What was settled with a partner. */
export interface Payout {
  readonly partner: string;
  readonly conversions: number;
}

/**
 * Marks a partner's conversions up to an instant as paid out; those that were before stay as they were, so that asking
 * twice is harmless. ValidationError for an instant in the future.
 */
export async function payConversions(scope: Scope, partner: string, upTo: Date): Promise<Payout> {
  if (upTo > scope.now) throw new ValidationError('upTo', 'Only what has happened can be paid out.');
  return scope.db.tx(async (tx) => {
    const conversions = await tx.run(
      `UPDATE partner_conversion SET paid_at = $4
       WHERE tenant_id = $1 AND partner = $2 AND occurred_at <= $3 AND paid_at IS NULL`,
      [scope.tenantId, partner, upTo, scope.now],
    );
    if (conversions > 0) {
      const after = { conversions, upTo: upTo.toISOString() };
      await writeAudit(scope, tx, { action: 'partner.pay', subject: partner, before: null, after });
    }
    return { partner, conversions };
  });
}
