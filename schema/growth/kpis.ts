import {
  findSnapshots,
  KPIS,
  type Kpi,
  type KpiSnapshotRow,
  type KpiSource,
  kpiSeries,
  latestSnapshot,
  type RevenueBaseline,
} from '../../src/growth/kpis/index.ts';
import { money } from '../../src/kernel/money.ts';
import { builder } from '../builder.ts';
import { MoneyType } from '../money.ts';

const KPI_TEXT: Record<Kpi, string> = {
  REVENUE: 'Captured payments of 24 h.',
  REVENUE_GROWTH: 'Revenue against its baseline.',
  ACTIVE_ORDERS: 'Unpaid checkouts with activity in the last 60 minutes.',
  ABANDONED_ORDERS: 'Unpaid, contactable checkouts without activity for 60 minutes up to 30 days.',
  CONVERSION_RATE: 'Orders paid per checkouts started.',
  CHURN_RATE: 'Customers lost in 30 days.',
  PAYMENT_SUCCESS_RATE: 'First payment attempts that succeeded.',
  ERROR_COUNT: 'Errors of the last engine interval.',
  AVG_ORDER_VALUE: 'Revenue per captured payment.',
};

export const KpiEnum = builder.enumType('Kpi', {
  description: 'One key figure (spec a.2).',
  values: Object.fromEntries(KPIS.map((kpi) => [kpi, { description: KPI_TEXT[kpi] }])) as Record<
    Kpi,
    { description: string }
  >,
});

export const RevenueBaselineEnum = builder.enumType('RevenueBaseline', {
  description: 'What the revenue of 24 h is compared with.',
  values: {
    PREVIOUS_DAY: { description: 'The 24 h before (the default).' },
    SAME_WEEKDAY_4W_MEDIAN: {
      description:
        'Median of the same 24 h one to four weeks ago, without weeks that had no captured payment; removes the weekly rhythm.',
    },
  } satisfies Record<RevenueBaseline, { description: string }>,
});

const KpiSourceType = builder.objectRef<KpiSource>('KpiSource').implement({
  description: 'How fresh the facts behind one KPI are.',
  fields: (t) => ({
    kpi: t.field({ type: KpiEnum, description: 'The KPI.', resolve: (source) => source.kpi }),
    watermark: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Newest fact of its sources; null when they never delivered.',
      resolve: (source) => source.watermark,
    }),
    isStale: t.exposeBoolean('isStale', {
      description: 'Older than two engine intervals: STALE_KPI is raised instead of the KPI’s own rule.',
    }),
    ageIntervals: t.float({
      nullable: true,
      description: 'Age of the watermark in engine intervals.',
      resolve: (source) => number(source.ageIntervals),
    }),
  }),
});

const KpiSnapshotType = builder.objectRef<KpiSnapshotRow>('KpiSnapshot');

builder.node(KpiSnapshotType, {
  description: 'The tenant’s KPIs at one instant. A percentage is null where there is nothing to divide by.',
  id: { description: 'Global id.', resolve: (snapshot) => snapshot.id },
  loadMany: (ids: string[], { scope }) => findSnapshots(scope, ids),
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'The instant.', resolve: (s) => s.at }),
    windowFrom: t.field({
      type: 'DateTime',
      description: 'Start of the 24 h, inclusive.',
      resolve: (s) => s.windowFrom,
    }),
    windowTo: t.field({
      type: 'DateTime',
      description: 'End of the 24 h, exclusive.',
      resolve: (s) => s.windowTo,
    }),
    revenue24h: t.field({
      type: [MoneyType],
      description: 'Captured in the window, one amount per currency; never added up, refunds not netted.',
      resolve: (s) => s.revenue,
    }),
    refunds24h: t.field({
      type: [MoneyType],
      description: 'Refunded in the window, one amount per currency.',
      resolve: (s) => s.refunds,
    }),
    reportingRevenue: t.field({
      type: MoneyType,
      description: 'The part of revenue24h in the tenant’s reporting currency; growth is about this.',
      resolve: (s) => money(s.revenueMinor, s.reportingCurrency),
    }),
    previousRevenue: t.field({
      type: MoneyType,
      description: 'The same for the 24 h before.',
      resolve: (s) => money(s.previousRevenueMinor, s.reportingCurrency),
    }),
    revenueBaseline: t.field({
      type: RevenueBaselineEnum,
      description: 'What growth compares with.',
      resolve: (s) => s.revenueBaseline,
    }),
    baselineRevenue: t.field({
      type: MoneyType,
      nullable: true,
      description: 'The amount growth compares with; null when there is none yet.',
      resolve: (s) => (s.baselineMinor === null ? null : money(s.baselineMinor, s.reportingCurrency)),
    }),
    baselinePayments: t.exposeInt('baselinePayments', {
      description: 'Captured payments behind the baseline; below 10 an issue’s confidence is LOW.',
    }),
    revenueGrowthPct: t.float({
      nullable: true,
      description: '(reportingRevenue − baselineRevenue) / baselineRevenue × 100, 4 decimals.',
      resolve: (s) => number(s.revenueGrowthPct),
    }),
    activeOrders: t.exposeInt('activeOrders', { description: KPI_TEXT.ACTIVE_ORDERS }),
    abandonedOrders: t.exposeInt('abandonedOrders', { description: KPI_TEXT.ABANDONED_ORDERS }),
    checkouts: t.exposeInt('checkouts', { description: 'Checkouts started in the window.' }),
    ordersPaid: t.exposeInt('ordersPaid', { description: 'Orders paid in the window.' }),
    conversionRatePct: t.float({
      nullable: true,
      description: 'ordersPaid / checkouts × 100, 4 decimals.',
      resolve: (s) => number(s.conversionRatePct),
    }),
    customersAtStart: t.exposeInt('customersAtStart', { description: 'Active customers 30 days earlier.' }),
    customersChurned: t.exposeInt('customersChurned', { description: 'Customers lost in these 30 days.' }),
    churnRatePct: t.float({
      nullable: true,
      description: 'customersChurned / customersAtStart × 100, 4 decimals.',
      resolve: (s) => number(s.churnRatePct),
    }),
    firstAttempts: t.exposeInt('firstAttempts', {
      description: 'First payment attempts in the window; retries do not count.',
    }),
    firstSuccesses: t.exposeInt('firstSuccesses', { description: 'Those of them that succeeded.' }),
    paymentSuccessRatePct: t.float({
      nullable: true,
      description: 'firstSuccesses / firstAttempts × 100, 4 decimals.',
      resolve: (s) => number(s.paymentSuccessRatePct),
    }),
    errorCount: t.exposeInt('errorCount', { description: KPI_TEXT.ERROR_COUNT }),
    avgOrderValue: t.field({
      type: MoneyType,
      nullable: true,
      description: 'reportingRevenue per captured payment, HALF_UP to the minor unit.',
      resolve: (s) =>
        s.avgOrderValueMinor === null ? null : money(s.avgOrderValueMinor, s.reportingCurrency),
    }),
    sources: t.field({
      type: [KpiSourceType],
      description: 'Freshness of every KPI.',
      resolve: (s) => s.sources,
    }),
  }),
});

const KpiStepEnum = builder.enumType('KpiStep', {
  description: 'How far apart the points of a chart are; each is the last snapshot of its step (UTC).',
  values: {
    HOUR: { description: 'One point an hour.', value: 3_600 },
    SIX_HOURS: { description: 'Four points a day.', value: 21_600 },
    DAY: { description: 'One point a day.', value: 86_400 },
    WEEK: { description: 'One point a week.', value: 604_800 },
  } as const,
});

builder.queryFields((t) => ({
  currentKpis: t.field({
    type: KpiSnapshotType,
    nullable: true,
    description: 'The newest snapshot; null before the first cycle.',
    resolve: (_root, _args, { scope }) => latestSnapshot(scope),
  }),
  kpiSnapshots: t.field({
    type: [KpiSnapshotType],
    description:
      'Snapshots for a chart, oldest first, at most 2,000: closer points are thinned evenly, the last of each step stays.',
    // One statement whatever the number of points, so it costs like a page and not like 2,000 rows.
    complexity: { field: 10, multiplier: 20 },
    args: {
      from: t.arg({ type: 'DateTime', required: true, description: 'Start, inclusive.' }),
      to: t.arg({ type: 'DateTime', required: true, description: 'End, exclusive.' }),
      every: t.arg({ type: KpiStepEnum, description: 'Distance of the points; default every snapshot.' }),
    },
    resolve: (_root, { from, to, every }, { scope }) => kpiSeries(scope, { from, to, everySec: every }),
  }),
}));

/** A decimal of at most 4 places is exact as a JSON number far beyond any percentage. */
function number(decimal: string | null): number | null {
  return decimal === null ? null : Number(decimal);
}
