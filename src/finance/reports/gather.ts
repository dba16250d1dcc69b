import { countEndedEffects } from '../../control/effects/index.ts';
import { keyReport } from '../../control/keys/index.ts';
import { countOpenIssues } from '../../growth/issues/index.ts';
import { latestSnapshot } from '../../growth/kpis/index.ts';
import { PLATFORM_TENANT } from '../../kernel/ids.ts';
import type { Money } from '../../kernel/money.ts';
import { addMs, DAY_MS, localParts } from '../../kernel/time.ts';
import type { Scope } from '../../platform/scope.ts';
import { incidentSummary } from '../../reliability/incidents/index.ts';
import { sloSummary } from '../../reliability/slo/index.ts';
import { profitabilityLedger } from '../ledger/index.ts';
import type { SummaryFacts } from './facts.ts';

/** The day on which people read the summary (spec o.1). */
const ZONE = 'Europe/London';

/** Everything the summary of now would say. A bounded number of statements, none of them over history. */
export async function gatherSummary(scope: Scope): Promise<SummaryFacts> {
  const { db, now, tenantId } = scope;
  const yesterday = addMs(now, -DAY_MS);
  const snapshot = await latestSnapshot(scope);
  const ledger = await profitabilityLedger(scope);
  const { year, month, day } = localParts(now, ZONE);
  const pad = (n: number) => String(n).padStart(2, '0');
  return {
    day: `${year}-${pad(month)}-${pad(day)}`,
    // An old snapshot says nothing about yesterday.
    kpis: snapshot && snapshot.at > yesterday ? kpisOf(snapshot) : null,
    issues: await countOpenIssues(scope, db),
    incidents: await incidentSummary(db, scope),
    slo: await sloSummary(db, scope),
    ledger: {
      costs: moneyIn(ledger.currency, ledger.totalCostsMinor),
      net: moneyIn(ledger.currency, ledger.netMinor),
      ...{ marginPct: ledger.marginPct, isStale: ledger.isStale, missing: ledger.missing },
    },
    keys: await keyReport(db, scope),
    failedEffects: await countEndedEffects(db, tenantId, ['FAILED', 'DEAD'], yesterday),
    deadJobs: tenantId === PLATFORM_TENANT ? await deadJobs(scope) : null,
  };
}

const moneyIn = (currency: string, amountMinor: bigint | null): Money | null =>
  amountMinor === null ? null : { amountMinor, currency };

const kpisOf = (snapshot: NonNullable<Awaited<ReturnType<typeof latestSnapshot>>>): SummaryFacts['kpis'] => ({
  revenue: { amountMinor: snapshot.revenueMinor, currency: snapshot.reportingCurrency },
  revenueGrowthPct: snapshot.revenueGrowthPct,
  ordersPaid: snapshot.ordersPaid,
  paymentSuccessRatePct: snapshot.paymentSuccessRatePct,
  conversionRatePct: snapshot.conversionRatePct,
});

async function deadJobs({ jobs }: Scope): Promise<number> {
  return Object.values(await jobs.counts()).reduce((sum, { dead }) => sum + dead, 0);
}
