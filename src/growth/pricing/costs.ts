import { getKv } from '../../control/kv/index.ts';
import type { Money } from '../../kernel/money.ts';
import type { Reason } from '../../kernel/reason.ts';
import { HOUR_MS } from '../../kernel/time.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';

/** A cost older than this says little about today (spec b.2, m.2). */
export const STALE_AFTER_MS = 26 * HOUR_MS;

interface Given {
  readonly openaiCost?: Money | null | undefined;
  readonly infraCost?: Money | null | undefined;
}

/** The costs to reckon with, and what is wrong with them. */
export interface KnownCosts {
  readonly openaiCost: Money | null;
  readonly infraCost: Money | null;
  readonly reasons: readonly Reason[];
}

const KEYS = { openaiCost: 'openai_cost_30d', infraCost: 'infra_cost_30d' } as const;

/** Takes what was given; what was not is what the hourly cost sync found for the account as a whole. */
export async function knownCosts(
  scope: Scope,
  sql: Sql,
  given: Given,
  isAccount: boolean,
): Promise<KnownCosts> {
  const reasons: Reason[] = [];
  const costOf = async (field: keyof typeof KEYS): Promise<Money | null> => {
    const amount = given[field];
    if (amount) return amount;
    const entry = isAccount ? await getKv(sql, scope, 'cost', KEYS[field]) : null;
    if (!entry) {
      reasons.push({ code: 'COSTS_MISSING', text: `${field} is not known and counted as 0.` });
      return null;
    }
    const { amountMinor, currency, asOf } = entry.value as unknown as SyncedCost;
    if (scope.now.getTime() - Date.parse(asOf) > STALE_AFTER_MS) {
      reasons.push({ code: 'COSTS_STALE', text: `${field} is of ${asOf}, more than 26 hours ago.` });
    }
    return { amountMinor: BigInt(amountMinor), currency };
  };
  const openaiCost = await costOf('openaiCost');
  return { openaiCost, infraCost: await costOf('infraCost'), reasons };
}

/** A cost as the sync leaves it under `cost/…`. */
interface SyncedCost {
  readonly amountMinor: string;
  readonly currency: string;
  readonly asOf: string;
}
