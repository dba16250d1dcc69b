import { idempotently } from '../../control/access/index.ts';
import { money } from '../../kernel/money.ts';
import type { Scope } from '../../platform/scope.ts';
import { type GeneratedActions, generateActions } from './generate-actions.ts';

/** Makes the offers now, in a transaction of its own; once per idempotency key. */
export async function generateNow(scope: Scope, idempotencyKey?: string | null): Promise<GeneratedActions> {
  return idempotently(
    scope,
    idempotencyKey,
    'generateActions',
    async () => {
      const made = await scope.db.tx((tx) => generateActions(scope, tx));
      const { totalRevenue, expectedRevenue, ...counters } = made;
      const { currency } = totalRevenue;
      const [total, expected] = [`${totalRevenue.amountMinor}`, `${expectedRevenue.amountMinor}`];
      return { ...counters, currency, total, expected };
    },
    async ({ currency, total, expected, ...counters }) => ({
      ...counters,
      totalRevenue: money(BigInt(total), currency),
      expectedRevenue: money(BigInt(expected), currency),
    }),
  );
}
