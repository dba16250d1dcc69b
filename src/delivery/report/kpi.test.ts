import { describe, expect, it } from 'vitest';
import { type DroneKpiKey, judgeKpis, type KpiFacts, perThousandOrders } from './kpi.ts';

const HOUR_MS = 3_600_000;
const hub = (hubId: string, capacity: number, free: number) => ({ hubId, capacity, free });
/** A tenant where all is well. */
const FINE: KpiFacts = {
  ...{ windowMs: 24 * HOUR_MS, eligibleOrders: 500, detected: 100, elite: 10, offered: 50, accepted: 15 },
  ...{ crossBorderEnded: 20, crossBorderDelivered: 19, captures: 12 },
  hubs: [hub('A', 50, 40), hub('B', 40, 30)],
};

/** `STATE value` of one KPI. */
function stateOf(key: DroneKpiKey, facts: Partial<KpiFacts>): string {
  const kpi = judgeKpis({ ...FINE, ...facts }).find((each) => each.key === key);
  return `${kpi?.state} ${kpi?.value} n=${kpi?.n}`;
}

describe('the six KPIs of spec c.9', () => {
  it('are in the order of the spec', () => {
    expect(judgeKpis(FINE).map(({ key, state, value }) => [key, state, value])).toEqual([
      ['DETECTION_RATE', 'OK', 4.17],
      ['ELITE_SHARE', 'OK', 10],
      ['UPSELL_CONVERSION', 'OK', 30],
      ['CROSS_BORDER_SUCCESS', 'OK', 95],
      ['REVENUE_CAPTURED', 'INFORMATIONAL', null],
      ['CAPACITY_REMAINING', 'OK', 77.78],
    ]);
  });

  it.each([
    [48, 500, 'OK 2 n=500'],
    [47, 500, 'OFF_TARGET 1.96 n=500'],
    [24, 500, 'OFF_TARGET 1 n=500'],
    [23, 500, 'ALERT 0.96 n=500'],
    [0, 20, 'ALERT 0 n=20'],
    [0, 19, 'SUPPRESSED 0 n=19'],
    [48, 0, 'SUPPRESSED 2 n=0'],
  ])('detection: %d found in 24 h of %d eligible orders → %s', (detected, eligibleOrders, expected) => {
    expect(stateOf('DETECTION_RATE', { detected, eligibleOrders })).toBe(expected);
  });

  it.each([
    [0, 0, 'SUPPRESSED null n=0'],
    [4, 100, 'OFF_TARGET 4 n=100'],
    [5, 100, 'OK 5 n=100'],
    [15, 100, 'OK 15 n=100'],
    [16, 100, 'OFF_TARGET 16 n=100'],
    [30, 100, 'OFF_TARGET 30 n=100'],
    [31, 100, 'ALERT 31 n=100'],
    [301, 1_000, 'ALERT 30.1 n=1000'],
    [1, 3, 'ALERT 33.33 n=3'],
  ])('elite share: %d of %d → %s', (elite, detected, expected) => {
    expect(stateOf('ELITE_SHARE', { elite, detected })).toBe(expected);
  });

  it.each([
    [0, 19, 'SUPPRESSED 0 n=19'],
    [0, 20, 'ALERT 0 n=20'],
    [1, 20, 'OFF_TARGET 5 n=20'],
    [4, 100, 'ALERT 4 n=100'],
    [19, 100, 'OFF_TARGET 19 n=100'],
    [20, 100, 'OK 20 n=100'],
    [40, 100, 'OK 40 n=100'],
    [41, 100, 'OFF_TARGET 41 n=100'],
    [60, 100, 'OFF_TARGET 60 n=100'],
    [61, 100, 'ALERT 61 n=100'],
    [0, 0, 'SUPPRESSED null n=0'],
  ])('conversion: %d of %d accepted → %s', (accepted, offered, expected) => {
    expect(stateOf('UPSELL_CONVERSION', { accepted, offered })).toBe(expected);
  });

  it.each([
    [0, 9, 'SUPPRESSED 0 n=9'],
    [9, 10, 'OK 90 n=10'],
    [8, 10, 'OFF_TARGET 80 n=10'],
    [7, 10, 'ALERT 70 n=10'],
    [79, 100, 'ALERT 79 n=100'],
    [89, 100, 'OFF_TARGET 89 n=100'],
  ])('cross-border: %d of %d delivered → %s', (crossBorderDelivered, crossBorderEnded, expected) => {
    expect(stateOf('CROSS_BORDER_SUCCESS', { crossBorderDelivered, crossBorderEnded })).toBe(expected);
  });

  it.each([
    ['just above half', [hub('A', 100, 51)], 'OK 51 n=100'],
    ['half', [hub('A', 100, 50)], 'OFF_TARGET 50 n=100'],
    ['a fifth', [hub('A', 100, 20)], 'OFF_TARGET 20 n=100'],
    ['less than a fifth', [hub('A', 100, 19)], 'ALERT 19 n=100'],
    ['one hub short among many', [hub('A', 1_000, 990), hub('B', 10, 1)], 'ALERT 98.12 n=1010'],
    ['a hub without slots is not short', [hub('A', 100, 90), hub('B', 0, 0)], 'OK 90 n=100'],
    ['no hub', [], 'SUPPRESSED null n=0'],
  ])('capacity: %s', (_name, hubs, expected) => {
    expect(stateOf('CAPACITY_REMAINING', { hubs })).toBe(expected);
  });

  it('says why it does not judge, and which hub is short', () => {
    const kpis = judgeKpis({ ...FINE, eligibleOrders: 3, hubs: [hub('A', 100, 90), hub('B', 10, 1)] });
    expect(kpis[0]?.reason).toBe('3 eligible orders in the window; judged from 20 on.');
    expect(kpis[5]?.reason).toBe('Short of slots: B (1 of 10).');
  });
});

it.each([
  [2, 20, 100],
  [2, 19, null],
  [1, 3_000, 0.33],
])('%d opportunities of %d eligible orders are %s per 1,000', (found, orders, expected) => {
  expect(perThousandOrders(found, orders)).toBe(expected);
});
