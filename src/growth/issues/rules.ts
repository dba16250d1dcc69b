import { formatMoney, money } from '../../kernel/money.ts';
import { type Kpi, type KpiSnapshot, type RevenueBaseline, STALE_INTERVALS } from '../kpis/index.ts';

export const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const ISSUE_TYPES = [
  'REVENUE_DROP',
  'HIGH_CHURN',
  'PAYMENT_FAILURES',
  'ABANDONED_CARTS',
  'LOW_CONVERSION',
  'ERROR_SPIKE',
  'STALE_KPI',
] as const;
export type IssueType = (typeof ISSUE_TYPES)[number];

export type RuleUnit = 'PERCENT' | 'COUNT' | 'INTERVALS';

/** One built-in rule (spec a.3). All comparisons are strict: the threshold itself raises nothing. */
export interface RuleDefinition {
  readonly type: IssueType;
  /** What is watched; null for STALE_KPI, which watches the freshness of every other rule's KPI. */
  readonly kpi: Kpi | null;
  readonly comparison: 'BELOW' | 'ABOVE';
  readonly threshold: string;
  /** Thresholds a tenant may set, inclusive; null when it is fixed. */
  readonly range: { readonly min: number; readonly max: number } | null;
  readonly unit: RuleUnit;
  readonly severity: Severity;
  /** Below this many cases in the denominator the finding's confidence is LOW. */
  readonly minCases: number;
  /** What is done about it. */
  readonly playbook: string;
}

const PERCENT = { min: 0, max: 100 } as const;
const COUNT = { min: 0, max: 1_000_000 } as const;

export const RULES: Record<IssueType, RuleDefinition> = {
  REVENUE_DROP: {
    type: 'REVENUE_DROP',
    kpi: 'REVENUE_GROWTH',
    comparison: 'BELOW',
    threshold: '-15.0000',
    range: { min: -100, max: 0 },
    unit: 'PERCENT',
    severity: 'CRITICAL',
    minCases: 10,
    playbook: 'Look for revenue leakage: prices, checkout, payment provider. Alert at once.',
  },
  HIGH_CHURN: {
    type: 'HIGH_CHURN',
    kpi: 'CHURN_RATE',
    comparison: 'ABOVE',
    threshold: '5.0000',
    range: PERCENT,
    unit: 'PERCENT',
    severity: 'HIGH',
    minCases: 30,
    playbook: 'Score churn risk and start win-back for the customers who left.',
  },
  PAYMENT_FAILURES: {
    type: 'PAYMENT_FAILURES',
    kpi: 'PAYMENT_SUCCESS_RATE',
    comparison: 'BELOW',
    threshold: '90.0000',
    range: PERCENT,
    unit: 'PERCENT',
    severity: 'HIGH',
    minCases: 30,
    playbook: 'Start dunning for the failed charges and check the provider and its decline codes.',
  },
  ABANDONED_CARTS: {
    type: 'ABANDONED_CARTS',
    kpi: 'ABANDONED_ORDERS',
    comparison: 'ABOVE',
    threshold: '20.0000',
    range: COUNT,
    unit: 'COUNT',
    severity: 'MEDIUM',
    minCases: 0,
    playbook: 'Start cart recovery for the contactable checkouts.',
  },
  LOW_CONVERSION: {
    type: 'LOW_CONVERSION',
    kpi: 'CONVERSION_RATE',
    comparison: 'BELOW',
    threshold: '3.0000',
    range: PERCENT,
    unit: 'PERCENT',
    severity: 'MEDIUM',
    minCases: 30,
    playbook: 'Propose an experiment on the checkout.',
  },
  ERROR_SPIKE: {
    type: 'ERROR_SPIKE',
    kpi: 'ERROR_COUNT',
    comparison: 'ABOVE',
    threshold: '50.0000',
    range: COUNT,
    unit: 'COUNT',
    severity: 'CRITICAL',
    minCases: 0,
    playbook: 'Open an incident and find the failing service.',
  },
  STALE_KPI: {
    type: 'STALE_KPI',
    kpi: null,
    comparison: 'ABOVE',
    threshold: `${STALE_INTERVALS}.0000`,
    range: null,
    unit: 'INTERVALS',
    severity: 'LOW',
    minCases: 0,
    playbook: 'Check the connection to the source: its facts stopped arriving.',
  },
};

/** A rule as it holds for one tenant: the built-in one with the tenant's own threshold and switch. */
export interface EffectiveRule {
  readonly type: IssueType;
  readonly isEnabled: boolean;
  readonly threshold: string;
  readonly isCustomThreshold: boolean;
  /** REVENUE_DROP only. */
  readonly baseline: RevenueBaseline | null;
  /** 0 until the tenant changes the rule for the first time. */
  readonly version: number;
  readonly updatedAt: Date | null;
  readonly updatedBy: string | null;
}

/** What a rule reads in a snapshot: the value (null: unknown), its denominator and a sentence about it. */
export interface Reading {
  readonly value: string | null;
  /** Null for plain counts, which have no denominator to be small. */
  readonly cases: number | null;
  readonly text: string;
}

type Reader = (snapshot: KpiSnapshot) => Reading;

/** How each KPI is read. STALE_KPI reads the snapshot's sources instead (see evaluate). */
export const READERS: Record<Exclude<IssueType, 'STALE_KPI'>, Reader> = {
  REVENUE_DROP: (s) => ({
    value: s.revenueGrowthPct,
    cases: s.baselinePayments,
    text: `Revenue of 24 h is ${amount(s.revenueMinor, s)} against ${amount(s.baselineMinor ?? 0n, s)} ${
      s.revenueBaseline === 'PREVIOUS_DAY' ? 'the day before' : 'usual for this weekday'
    }: ${plain(s.revenueGrowthPct)} %`,
  }),
  HIGH_CHURN: (s) => ({
    value: s.churnRatePct,
    cases: s.customersAtStart,
    text: `${s.customersChurned} of ${s.customersAtStart} customers left in 30 days: ${plain(s.churnRatePct)} %`,
  }),
  PAYMENT_FAILURES: (s) => ({
    value: s.paymentSuccessRatePct,
    cases: s.firstAttempts,
    text: `${s.firstSuccesses} of ${s.firstAttempts} first payment attempts succeeded in 24 h: ${plain(s.paymentSuccessRatePct)} %`,
  }),
  ABANDONED_CARTS: (s) => ({
    value: String(s.abandonedOrders),
    cases: null,
    text: `${s.abandonedOrders} contactable checkouts are abandoned`,
  }),
  LOW_CONVERSION: (s) => ({
    value: s.conversionRatePct,
    cases: s.checkouts,
    text: `${s.ordersPaid} orders paid of ${s.checkouts} checkouts started in 24 h: ${plain(s.conversionRatePct)} %`,
  }),
  ERROR_SPIKE: (s) => ({
    value: String(s.errorCount),
    cases: null,
    text: `${s.errorCount} errors in the last interval`,
  }),
};

const amount = (minor: bigint, { reportingCurrency }: KpiSnapshot): string =>
  formatMoney(money(minor, reportingCurrency), 'en');

/** `'-15.0010'` → `'-15.001'`, `'20.0000'` → `'20'`. */
export function plain(value: string | null): string {
  return value?.includes('.') ? value.replace(/\.?0+$/, '') : (value ?? '');
}
