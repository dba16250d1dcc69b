import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compute } from '../../control/decisions/index.ts';
import { type AdaptiveInputs, adaptiveFormula } from './adaptive.ts';

const NONE: AdaptiveInputs = {
  ...{ runs: 0, p95Ms: 120, currency: 'USD', openaiCostMinor: '0', infraCostMinor: '0', refundsMinor: '0' },
  ...{ loadMode: 'CLAMP', perfMode: 'SEED', floorPerThousandRuns: false, minimumMinor: '0' },
};
const priceOf = (inputs: Partial<AdaptiveInputs>) =>
  compute(adaptiveFormula, { ...NONE, ...inputs }).output.amountMinor;
const costs = (oc: number, ic: number, rf = 0) => ({
  openaiCostMinor: `${oc * 100}`,
  infraCostMinor: `${ic * 100}`,
  refundsMinor: `${rf * 100}`,
});

describe('spec b.2', () => {
  test.each([
    ['the seed’s example', 1000, 100, costs(10, 20), '3900', '3900'],
    ['the seed’s second query', 5000, 90, costs(50, 25, 5), '10400', '10400'],
    ['nothing at all', 0, 120, {}, '950', '950'],
    ['1,500 runs', 1500, 150, {}, '2850', '3800'],
    ['slow and busy', 2000, 200, costs(5, 5), '4000', '4000'],
  ])('%s', (_name, runs, p95Ms, given, clamp, offset) => {
    expect(priceOf({ runs, p95Ms, ...given })).toBe(clamp);
    expect(priceOf({ runs, p95Ms, ...given, loadMode: 'OFFSET' })).toBe(offset);
  });

  test.each([
    [79.999, 1700, 2100],
    [80, 1900, 1900],
    [150, 1900, 1900],
    [150.001, 2100, 1700],
    [null, 1900, 1900],
  ])('p95 of %s ms costs %s, and %s when speed has value', (p95Ms, seed, value) => {
    expect(priceOf({ runs: 1000, p95Ms })).toBe(`${seed}`);
    expect(priceOf({ runs: 1000, p95Ms, perfMode: 'VALUE' })).toBe(`${value}`);
  });

  test('says why: what decided, and that latency is missing', () => {
    const { output, reasons } = compute(adaptiveFormula, {
      ...NONE,
      runs: 1000,
      p95Ms: null,
      ...costs(10, 20),
    });
    expect(output).toEqual({
      ...{ amountMinor: '3900', currency: 'USD', bound: 'COST_FLOOR', loadFactor: '1', perfMinor: '0' },
      ...{ listMinor: '1900', costFloorMinor: '3900' },
    });
    expect(reasons.map(({ code }) => code)).toEqual(['LOAD', 'P95_MISSING', 'COST_FLOOR']);
  });

  test('the floor of 1,000 runs and the minimum bind only when asked for', () => {
    const busy = { runs: 4000, ...costs(60, 40) };
    expect(priceOf(busy)).toBe('13000');
    expect(priceOf({ ...busy, floorPerThousandRuns: true })).toBe('3800');
    expect(priceOf({ runs: 0, minimumMinor: '999' })).toBe('999');
  });

  test('currencies keep their own digits', () => {
    expect(priceOf({ runs: 1000, currency: 'JPY' })).toBe('19');
    expect(priceOf({ runs: 1234, currency: 'KWD' })).toBe('23446');
  });
});

test('a price never undercuts its floor, is never negative, and rises with runs', () => {
  const cost = fc.bigInt({ min: 0n, max: 10n ** 12n });
  fc.assert(
    fc.property(fc.nat(5000), fc.nat(5000), cost, cost, (a, b, openai, infra) => {
      const given = { openaiCostMinor: `${openai}`, infraCostMinor: `${infra}` };
      const [low, high] = [Math.min(a, b), Math.max(a, b)].map((runs) => BigInt(priceOf({ runs, ...given })));
      const floor = ((openai + infra) * 13n) / 10n;
      expect(low).toBeGreaterThanOrEqual(floor);
      expect(low).toBeGreaterThanOrEqual(0n);
      expect(high).toBeGreaterThanOrEqual(low as bigint);
    }),
  );
});
