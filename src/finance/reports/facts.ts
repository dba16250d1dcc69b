import type { Money } from '../../kernel/money.ts';

/** What the ops summary speaks of (spec n.4); parts that nobody can say anything about are null. */
export interface SummaryFacts {
  /** `YYYY-MM-DD` in London. */
  readonly day: string;
  readonly kpis: {
    readonly revenue: Money;
    /** Against the day before; null without one. */
    readonly revenueGrowthPct: string | null;
    readonly ordersPaid: number;
    readonly paymentSuccessRatePct: string | null;
    readonly conversionRatePct: string | null;
  } | null;
  readonly issues: Readonly<Record<'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW', number>>;
  readonly incidents: {
    readonly open: number;
    readonly openedLastDay: number;
    readonly resolvedLastDay: number;
    readonly live: readonly string[];
  };
  readonly slo: {
    readonly breached: readonly string[];
    readonly burning: readonly string[];
    readonly leastBudget: { readonly name: string; readonly left: number } | null;
  };
  readonly ledger: {
    readonly costs: Money | null;
    readonly net: Money | null;
    readonly marginPct: number | null;
    readonly isStale: boolean;
    readonly missing: readonly string[];
  };
  readonly keys: { readonly overdue: number; readonly dueSoon: number };
  /** Effects that ended without a result in the last day. */
  readonly failedEffects: number;
  /** Dead letters of the job engine; only the installation's own summary knows them. */
  readonly deadJobs: number | null;
}
