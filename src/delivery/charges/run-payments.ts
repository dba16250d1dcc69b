import { hasOpenEffects, runEffects } from '../../control/effects/index.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
// Loaded for what it declares: how payment effects are carried out.
import './handlers.ts';
import './publish-price.ts';
import { lookAgain } from './look-again.ts';
import { AUTHORISE, CAPTURE, RELEASE } from './request.ts';

const KINDS = [AUTHORISE, CAPTURE, RELEASE];

/**
 * Carries out the payment effects that are due, of one offer or of all, with no transaction open; of all, it also looks
 * at customers who are paying. Returns how many attempts were made. The delivery loop and whoever has just requested
 * something call it.
 */
export async function runPayments(scope: Scope, { offerId }: { offerId?: string } = {}): Promise<number> {
  if (offerId !== undefined) return runEffects(scope, { subject: offerId });
  await lookAgain(scope);
  return runEffects(scope, { kinds: KINDS });
}

/** Whether money is still to be moved or looked up. */
export const hasOpenPayments = (sql: Sql, tenantId: string): Promise<boolean> =>
  hasOpenEffects(sql, tenantId, KINDS);
