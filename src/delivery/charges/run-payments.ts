import { hasOpenEffects, runEffects } from '../../control/effects/index.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
// Loaded for what it declares: how payment effects are carried out.
import './handlers.ts';
import { PAYMENT_EFFECTS } from './request.ts';

/**
 * Carries out the payment effects that are due, of one offer or of all, with no transaction open. Returns how many
 * attempts were made. The delivery loop and whoever has just requested something call it.
 */
export function runPayments(scope: Scope, { offerId }: { offerId?: string } = {}): Promise<number> {
  return runEffects(scope, offerId === undefined ? {} : { subject: offerId });
}

/** Whether money is still to be moved or looked up: the delivery loop stays with the tenant. */
export const hasOpenPayments = (sql: Sql, tenantId: string): Promise<boolean> =>
  hasOpenEffects(sql, tenantId, PAYMENT_EFFECTS);
