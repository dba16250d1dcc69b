import { describe, expect, test } from 'vitest';
import { growthPct, type KpiSnapshot, type KpiSource, percentOf, sourcesAt } from '../kpis/index.ts';
import { evaluate } from './evaluate.ts';
import { type EffectiveRule, ISSUE_TYPES, plain, RULES } from './rules.ts';

const AT = new Date('2026-11-20T10:00:00Z');
const FRESH = { customers: AT, orders: AT, carts: AT, payments: AT, errors: AT };

const DEFAULTS: EffectiveRule[] = ISSUE_TYPES.map((type) => ({
  type,
  isEnabled: true,
  threshold: RULES[type].threshold,
  isCustomThreshold: false,
  baseline: type === 'REVENUE_DROP' ? 'PREVIOUS_DAY' : null,
  version: 0,
  updatedAt: null,
  updatedBy: null,
}));

const withRule = (change: Partial<EffectiveRule> & Pick<EffectiveRule, 'type'>): EffectiveRule[] =>
  DEFAULTS.map((rule) => (rule.type === change.type ? { ...rule, ...change } : rule));

/** The seed's own demo (S1): ₹50,000, 15 active, 5 abandoned, 12.5 % conversion. */
function snapshot(change: Partial<KpiSnapshot> = {}): KpiSnapshot {
  return {
    at: AT,
    windowFrom: new Date('2026-11-19T10:00:00Z'),
    windowTo: AT,
    revenue: [{ amountMinor: 5_000_000n, currency: 'INR' }],
    refunds: [],
    reportingCurrency: 'INR',
    revenueMinor: 5_000_000n,
    previousRevenueMinor: 5_000_000n,
    revenueBaseline: 'PREVIOUS_DAY',
    baselineMinor: 5_000_000n,
    baselinePayments: 40,
    revenueGrowthPct: '0.0000',
    activeOrders: 15,
    abandonedOrders: 5,
    checkouts: 400,
    ordersPaid: 50,
    conversionRatePct: '12.5000',
    customersAtStart: 1_000,
    customersChurned: 10,
    churnRatePct: '1.0000',
    firstAttempts: 200,
    firstSuccesses: 190,
    paymentSuccessRatePct: '95.0000',
    errorCount: 0,
    avgOrderValueMinor: 100_000n,
    sources: sourcesAt(AT, FRESH, 3600),
    ...change,
  };
}

const raised = (change: Partial<KpiSnapshot>, rules = DEFAULTS) =>
  evaluate(snapshot(change), rules)
    .filter((finding) => finding.outcome === 'RAISED')
    .map(({ type, severity, confidence, value }) => `${type} ${severity} ${confidence} ${value}`);

const revenue = (current: bigint, base: bigint | null, payments = 40): Partial<KpiSnapshot> => ({
  revenueMinor: current,
  baselineMinor: base,
  baselinePayments: payments,
  revenueGrowthPct: growthPct(current, base),
});
const success = (good: number, all: number): Partial<KpiSnapshot> => ({
  firstSuccesses: good,
  firstAttempts: all,
  paymentSuccessRatePct: percentOf(good, all),
});
const churn = (lost: number, start: number): Partial<KpiSnapshot> => ({
  customersChurned: lost,
  customersAtStart: start,
  churnRatePct: percentOf(lost, start),
});
const conversion = (paid: number, checkouts: number): Partial<KpiSnapshot> => ({
  ordersPaid: paid,
  checkouts,
  conversionRatePct: percentOf(paid, checkouts),
});

describe('the acceptance numbers of a.3', () => {
  test.each<[string, Partial<KpiSnapshot>, string[]]>([
    ['the S1 demo', {}, []],
    ['revenue 84,999 of 100,000', revenue(84_999n, 100_000n), ['REVENUE_DROP CRITICAL HIGH -15.0010']],
    ['revenue 85,000 of 100,000', revenue(85_000n, 100_000n), []],
    ['revenue with no base', revenue(85_000n, 0n), []],
    ['revenue with no baseline week', revenue(85_000n, null, 0), []],
    ['revenue on 9 payments', revenue(1n, 100n, 9), ['REVENUE_DROP CRITICAL LOW -99.0000']],
    ['revenue on 10 payments', revenue(1n, 100n, 10), ['REVENUE_DROP CRITICAL HIGH -99.0000']],
    ['abandoned 20', { abandonedOrders: 20 }, []],
    ['abandoned 21', { abandonedOrders: 21 }, ['ABANDONED_CARTS MEDIUM HIGH 21.0000']],
    ['success 179 of 200', success(179, 200), ['PAYMENT_FAILURES HIGH HIGH 89.5000']],
    ['success 180 of 200', success(180, 200), []],
    ['success 26 of 29', success(26, 29), ['PAYMENT_FAILURES HIGH LOW 89.6552']],
    ['success 26 of 30', success(26, 30), ['PAYMENT_FAILURES HIGH HIGH 86.6667']],
    ['no attempt', success(0, 0), []],
    ['churn 5 of 100', churn(5, 100), []],
    ['churn 51 of 1000', churn(51, 1000), ['HIGH_CHURN HIGH HIGH 5.1000']],
    ['churn of nobody', churn(0, 0), []],
    ['conversion 3 of 100', conversion(3, 100), []],
    ['conversion 2 of 100', conversion(2, 100), ['LOW_CONVERSION MEDIUM HIGH 2.0000']],
    ['no checkout', conversion(0, 0), []],
    ['errors 50', { errorCount: 50 }, []],
    ['errors 51', { errorCount: 51 }, ['ERROR_SPIKE CRITICAL HIGH 51.0000']],
  ])('%s', (_, change, expected) => expect(raised(change)).toEqual(expected));
});

describe('outcomes', () => {
  const outcomeOf = (type: string, change: Partial<KpiSnapshot>, rules = DEFAULTS, dimension = '') =>
    evaluate(snapshot(change), rules).find((f) => f.type === type && f.dimension === dimension)?.outcome;

  test('a null KPI is no evidence', () => {
    expect(outcomeOf('LOW_CONVERSION', conversion(0, 0))).toBe('UNKNOWN');
    expect(outcomeOf('LOW_CONVERSION', {})).toBe('CLEAN');
  });

  test('a threshold of the tenant', () => {
    const rules = withRule({ type: 'ABANDONED_CARTS', threshold: '4.0000', isCustomThreshold: true });
    expect(raised({}, rules)).toEqual(['ABANDONED_CARTS MEDIUM HIGH 5.0000']);
  });

  test('a rule that is off', () => {
    const rules = withRule({ type: 'ERROR_SPIKE', isEnabled: false });
    expect(outcomeOf('ERROR_SPIKE', { errorCount: 99 }, rules)).toBe('OFF');
    expect(outcomeOf('STALE_KPI', {}, rules, 'ERROR_COUNT')).toBe('OFF');
  });

  test('a stale KPI raises STALE_KPI instead of its own rule', () => {
    const sources: KpiSource[] = sourcesAt(
      AT,
      { ...FRESH, payments: new Date('2026-11-20T07:30:00Z') },
      3600,
    );
    const change = { ...revenue(1n, 100n), ...success(1, 200), sources };
    expect(raised(change)).toEqual(['STALE_KPI LOW HIGH 2.5000', 'STALE_KPI LOW HIGH 2.5000']);
    expect(outcomeOf('REVENUE_DROP', change)).toBe('UNKNOWN');
    expect(outcomeOf('STALE_KPI', change, DEFAULTS, 'REVENUE_GROWTH')).toBe('RAISED');
    expect(outcomeOf('STALE_KPI', change, DEFAULTS, 'CONVERSION_RATE')).toBe('CLEAN');
  });

  test('STALE_KPI off: the stale KPI still raises nothing', () => {
    const sources = sourcesAt(AT, { ...FRESH, payments: new Date('2026-11-19T10:00:00Z') }, 3600);
    const rules = withRule({ type: 'STALE_KPI', isEnabled: false });
    expect(raised({ ...revenue(1n, 100n), sources }, rules)).toEqual([]);
  });
});

test('messages say value, limit and confidence', () => {
  const messages = evaluate(snapshot({ ...revenue(84_999n, 100_000n), ...success(26, 29) }), DEFAULTS)
    .filter((finding) => finding.outcome === 'RAISED')
    .map((finding) => finding.message);
  expect(messages).toEqual([
    'Revenue of 24 h is ₹849.99 against ₹1,000.00 the day before: -15.001 %; the limit is -15 %.',
    '26 of 29 first payment attempts succeeded in 24 h: 89.6552 %; the limit is 90 %. Low confidence: it rests on 29 cases.',
  ]);
});

test.each([
  ['-15.0010', '-15.001'],
  ['20.0000', '20'],
  ['0.0000', '0'],
  ['100', '100'],
  [null, ''],
])('plain %s is %s', (value, text) => expect(plain(value)).toBe(text));
