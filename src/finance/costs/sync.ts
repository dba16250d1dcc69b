import { putKv } from '../../control/kv/index.ts';
import type { Json } from '../../kernel/canonical.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { costTotals, hasFacts, profitability, revenueTotals, unpaidConversions } from '../ledger/index.ts';

interface Sum {
  readonly currency: string;
  readonly amountMinor: bigint;
}

/**
 * Writes what the last 30 days cost and earned under `cost/…`, in the reporting currency (spec m.3): job kv-cost-sync. A
 * kind of figure that nobody has ever sent keeps what a person put there, or stays absent: it is not zero.
 */
export function syncCosts(scope: Scope): Promise<{ written: number }> {
  return scope.db.tx(async (tx) => {
    const { now } = scope;
    const since = addMs(now, -30 * DAY_MS);
    const has = await hasFacts(tx, scope);
    const costs = await costTotals(tx, scope, since, now);
    const revenue = await revenueTotals(tx, scope, since, now);
    const lastDay = await costTotals(tx, scope, addMs(now, -DAY_MS), now);
    const of = (category: string) => costs.filter((cost) => cost.category === category);
    const figures: [string, boolean, readonly Sum[]][] = [
      ['openai_cost_30d', has.ai, of('AI')],
      ['infra_cost_30d', has.infrastructure, of('INFRASTRUCTURE')],
      ['stripe_revenue_30d', has.payments, revenue],
      ['spend_24h', has.ai || has.infrastructure, lastDay],
    ];
    const known = figures.filter(([, isKnown]) => isKnown);
    for (const [key, , sums] of known) await put(scope, tx, key, moneyValue(scope, sums));
    const isWhole = has.ai && has.infrastructure && has.payments;
    if (isWhole) await put(scope, tx, 'margin_pct_30d', await marginValue(scope, tx, of, revenue));
    return { written: known.length + (isWhole ? 1 : 0) };
  });
}

const put = (scope: Scope, tx: Tx, key: string, value: Json) =>
  putKv(scope, tx, { namespace: 'cost', key, value });

/** The reporting currency's sum; sums in other currencies stand beside it and are not added. */
function moneyValue({ tenant, now }: Scope, sums: readonly Sum[]): Json {
  const own = totalIn(tenant.reportingCurrency, sums);
  const others = sums
    .filter(({ currency }) => currency !== tenant.reportingCurrency)
    .map(({ currency, amountMinor }) => ({ currency, amountMinor: amountMinor.toString() }));
  return {
    ...{ amountMinor: own.toString(), currency: tenant.reportingCurrency, asOf: now.toISOString() },
    ...(others.length > 0 && { others }),
  };
}

const totalIn = (wanted: string, sums: readonly Sum[]): bigint =>
  sums.reduce((total, { currency, amountMinor }) => (currency === wanted ? total + amountMinor : total), 0n);

async function marginValue(
  scope: Scope,
  tx: Tx,
  of: (category: string) => readonly Sum[],
  revenue: readonly Sum[],
): Promise<Json> {
  const currency = scope.tenant.reportingCurrency;
  const figure = (sums: readonly Sum[]) => ({
    ...{ amountMinor: totalIn(currency, sums), asOf: scope.now, isStale: false },
  });
  const { marginPct } = profitability({
    ...{ revenue: figure(revenue), openaiCost: figure(of('AI')), infraCost: figure(of('INFRASTRUCTURE')) },
    unpaidConversions: totalIn(currency, await unpaidConversions(tx, scope)),
  });
  return { pct: marginPct, asOf: scope.now.toISOString() };
}
