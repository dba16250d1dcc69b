import { predictCosts, syncCosts } from '../../src/finance/costs/index.ts';
import { recordConversions, recordCosts } from '../../src/finance/ledger/index.ts';
import { sendOpsSummary } from '../../src/finance/reports/index.ts';
import { aggregateRetention, recordActivity } from '../../src/finance/retention/index.ts';
import { applyAdaptivePrice } from '../../src/growth/pricing/index.ts';
import { addMs, DAY_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';

/** Gives a tenant something in every table of pricing and finance, all of it marked. */
export async function priceAndReckon(scope: Scope, marker: string): Promise<void> {
  const yesterday = addMs(scope.now, -DAY_MS);
  const amount = { amount: '12.50', currency: 'EUR', occurredAt: yesterday.toISOString() };
  const costs = ['AI', 'INFRASTRUCTURE'].map((category) => ({
    ...{ externalId: `${marker}-${category}`, category, ...amount },
  }));
  const conversion = { externalId: `${marker}-sale`, ...amount };
  const told = [
    ...(await recordCosts(scope, { source: `${marker} costs`, items: costs })),
    ...(await recordConversions(scope, { source: `${marker} partner`, items: [conversion] })),
  ];
  if (told.some(({ outcome }) => outcome !== 'CREATED')) throw new Error(JSON.stringify(told));
  await recordActivity(scope, [{ at: yesterday, userIds: [`${marker}-user`] }]);
  await aggregateRetention(scope);
  await syncCosts(scope);
  await predictCosts(scope);
  await applyAdaptivePrice(scope, { runs: 1000, p95Ms: 100, subject: 'account' });
  await sendOpsSummary(scope);
}
