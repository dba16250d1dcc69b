import { formatMoney } from '../../kernel/money.ts';
import type { SummaryFacts } from './facts.ts';

/** The ops summary in lines for people (spec n.4). A day on which nothing happened is one line: a heartbeat. */
export function summaryLines(facts: SummaryFacts): string[] {
  const lines = [
    ...kpiLines(facts),
    ...issueLines(facts),
    ...incidentLines(facts),
    ...sloLines(facts),
    ...ledgerLines(facts),
    ...choreLines(facts),
  ];
  return lines.length > 0 ? lines : ['All quiet: no sales, no open issue, no incident, nothing due.'];
}

function kpiLines({ kpis }: SummaryFacts): string[] {
  if (!kpis || (kpis.revenue.amountMinor === 0n && kpis.ordersPaid === 0)) return [];
  const growth =
    kpis.revenueGrowthPct === null ? '' : ` (${signed(kpis.revenueGrowthPct)} % on the baseline)`;
  const rates = [
    kpis.conversionRatePct === null ? null : `conversion ${short(kpis.conversionRatePct)} %`,
    kpis.paymentSuccessRatePct === null ? null : `payment success ${short(kpis.paymentSuccessRatePct)} %`,
  ].filter((rate) => rate !== null);
  const tail = rates.length > 0 ? `; ${rates.join(', ')}` : '';
  return [
    `Revenue, 24 h: ${formatMoney(kpis.revenue, 'en')}${growth}; ${kpis.ordersPaid} orders paid${tail}.`,
  ];
}

function issueLines({ issues }: SummaryFacts): string[] {
  const open = (['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const).filter((severity) => issues[severity] > 0);
  if (open.length === 0) return [];
  return [
    `Open issues: ${open.map((severity) => `${issues[severity]} ${severity.toLowerCase()}`).join(', ')}.`,
  ];
}

function incidentLines({ incidents }: SummaryFacts): string[] {
  const { open, openedLastDay, resolvedLastDay, live } = incidents;
  if (open + openedLastDay + resolvedLastDay === 0) return [];
  const titles = live.length > 0 ? `: ${live.join('; ')}` : '';
  return [`Incidents: ${open} open, ${openedLastDay} new and ${resolvedLastDay} resolved in 24 h${titles}.`];
}

function sloLines({ slo }: SummaryFacts): string[] {
  const lines: string[] = [];
  if (slo.breached.length > 0) lines.push(`Objectives breached: ${slo.breached.join(', ')}.`);
  if (slo.burning.length > 0) lines.push(`Error budget burning: ${slo.burning.join(', ')}.`);
  if (slo.leastBudget) {
    const left = Math.round(slo.leastBudget.left * 1000) / 10;
    lines.push(`Least error budget left: ${left} % (${slo.leastBudget.name}).`);
  }
  return lines;
}

function ledgerLines({ ledger }: SummaryFacts): string[] {
  const { costs, net, marginPct } = ledger;
  if (!costs) return [];
  const margin = marginPct === null ? '' : `, margin ${marginPct} %`;
  const rest = net ? `net ${formatMoney(net, 'en')}${margin}` : 'revenue is not known';
  const stale = ledger.isStale ? '; figures are more than 26 hours old' : '';
  return [`Costs, 30 days: ${formatMoney(costs, 'en')}; ${rest}${stale}.`];
}

function choreLines({ keys, failedEffects, deadJobs }: SummaryFacts): string[] {
  const lines: string[] = [];
  if (keys.overdue + keys.dueSoon > 0)
    lines.push(`Keys: ${keys.overdue} overdue, ${keys.dueSoon} due within 7 days.`);
  if (failedEffects > 0) lines.push(`Outside effects that failed in 24 h: ${failedEffects}; see effects.`);
  if (deadJobs) lines.push(`Dead letters of the job engine: ${deadJobs}.`);
  return lines;
}

const short = (decimal: string): string => Number(decimal).toFixed(1);
const signed = (decimal: string): string => `${Number(decimal) > 0 ? '+' : ''}${short(decimal)}`;
