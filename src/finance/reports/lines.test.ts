import { expect, test } from 'vitest';
import type { SummaryFacts } from './facts.ts';
import { summaryLines } from './lines.ts';

const QUIET: SummaryFacts = {
  ...{ day: '2026-11-20', kpis: null, issues: { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0 } },
  incidents: { open: 0, openedLastDay: 0, resolvedLastDay: 0, live: [] },
  slo: { breached: [], burning: [], leastBudget: null },
  ledger: {
    costs: null,
    net: null,
    marginPct: null,
    isStale: false,
    missing: ['revenue', 'openaiCost', 'infraCost'],
  },
  ...{ keys: { overdue: 0, dueSoon: 0 }, failedEffects: 0, deadJobs: null },
};

test('a quiet day is one line', () => {
  expect(summaryLines(QUIET)).toEqual(['All quiet: no sales, no open issue, no incident, nothing due.']);
});

test('a busy day says what matters, and nothing that is zero', () => {
  const usd = (amountMinor: bigint) => ({ amountMinor, currency: 'USD' });
  const busy: SummaryFacts = {
    ...QUIET,
    kpis: {
      ...{ revenue: usd(1_234_50n), revenueGrowthPct: '-17.2500', ordersPaid: 12 },
      ...{ paymentSuccessRatePct: '88.0000', conversionRatePct: null },
    },
    issues: { CRITICAL: 1, HIGH: 2, MEDIUM: 0, LOW: 0 },
    incidents: { open: 1, openedLastDay: 2, resolvedLastDay: 1, live: ['SLO breach'] },
    slo: { breached: ['p99 latency'], burning: [], leastBudget: { name: 'availability', left: 0.4217 } },
    ledger: { costs: usd(2000n), net: usd(-1900n), marginPct: -1900, isStale: true, missing: [] },
    ...{ keys: { overdue: 1, dueSoon: 3 }, failedEffects: 4, deadJobs: 5 },
  };
  expect(summaryLines(busy)).toEqual([
    'Revenue, 24 h: $1,234.50 (-17.3 % on the baseline); 12 orders paid; payment success 88.0 %.',
    'Open issues: 1 critical, 2 high.',
    'Incidents: 1 open, 2 new and 1 resolved in 24 h: SLO breach.',
    'Objectives breached: p99 latency.',
    'Least error budget left: 42.2 % (availability).',
    'Costs, 30 days: $20.00; net -$19.00, margin -1900 %; figures are more than 26 hours old.',
    'Keys: 1 overdue, 3 due within 7 days.',
    'Outside effects that failed in 24 h: 4; see effects.',
    'Dead letters of the job engine: 5.',
  ]);
});

test('costs are told while nobody has sent a payment yet', () => {
  const ledger = { ...QUIET.ledger, costs: { amountMinor: 2000n, currency: 'USD' } };
  expect(summaryLines({ ...QUIET, ledger })).toEqual(['Costs, 30 days: $20.00; revenue is not known.']);
});
