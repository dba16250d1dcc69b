import { describe, expect, it, test } from 'vitest';
import { ValidationError } from '../../kernel/errors.ts';
import { money } from '../../kernel/money.ts';
import { DAY_MS } from '../../kernel/time.ts';
import { type CorpusView, corpusView, itemKey, normaliseName } from './corpus.ts';
import { addTo, type Histogram, valueBin } from './histogram.ts';
import { type Package, scoreRaw } from './score.ts';
import { itemSetHash } from './set-hash.ts';

const AT = new Date('2026-06-30T12:00:00Z');

/** N = 1022, so N+2 = 1024 and log2 is 10 (spec c.1). */
function corpus(facts: Partial<CorpusView> & { valueAt?: number } = {}): CorpusView {
  return {
    orders: 1022,
    itemOrders: () => 0,
    valueRank: () => ({ rank: facts.valueAt ?? 98, n: 500 }),
    setFirstSeen: () => null,
    ...facts,
  };
}

function pkg(items: number, categories: number): Package {
  return {
    items: Array.from({ length: items }, (_, i) => ({
      name: `item ${i}`,
      sku: `S${i}`,
      category: `c${i % categories}`,
    })),
    estimatedValue: money(500000n, 'INR'),
  };
}

const codes = (reasons: readonly { code: string }[]) => reasons.map((reason) => reason.code);

describe('raw score, the worked packages of spec c.1', () => {
  it('A: unseen items, five of them in three categories, is 99.60', () => {
    const { raw, components, reasons } = scoreRaw(pkg(5, 3), corpus(), AT);
    expect(components).toEqual({ uniqueness: 100, complexity: 100, value: 98, freshness: 100 });
    expect(raw).toBeCloseTo(99.6, 10);
    expect(codes(reasons)).toEqual(['UNSEEN_ITEMS', 'RICH_SET', 'TOP_VALUE', 'NEVER_SEEN_SET']);
  });

  it('B: three items in two categories is 90.27', () => {
    const { raw, components } = scoreRaw(pkg(3, 2), corpus(), AT);
    expect(components.complexity).toBeCloseTo(62.667, 3);
    expect(raw).toBeCloseTo(90.2667, 4);
  });

  it('C: items seen 31 times, first together 15 days ago, is 55.17', () => {
    const seen = {
      valueAt: 60,
      itemOrders: () => 31,
      setFirstSeen: () => new Date(AT.getTime() - 15 * DAY_MS),
    };
    const { raw, components, reasons } = scoreRaw(pkg(3, 2), corpus(seen), AT);
    expect(components.uniqueness).toBeCloseTo(50, 10);
    expect(components.freshness).toBe(50);
    expect(raw).toBeCloseTo(55.1667, 4);
    expect(codes(reasons)).toEqual(['RARE_ITEMS', 'RECENT_SET']);
  });
});

describe('components', () => {
  test.each([
    [0, 100],
    [31, 50],
    [1022, 0.0141],
    [5000, 0], // counts ahead of N, as while a batch is being ingested, do not go negative
  ])('an item in %i of 1022 orders has uniqueness %d', (seen, expected) => {
    const { components } = scoreRaw(pkg(1, 1), corpus({ itemOrders: () => seen }), AT);
    expect(components.uniqueness).toBeCloseTo(expected, 3);
  });

  it('takes the two rarest distinct items, wherever they stand', () => {
    const counts: Record<string, number> = { S0: 1022, S1: 31, S2: 900, S3: 0 };
    const { components, reasons } = scoreRaw(
      pkg(4, 1),
      corpus({ itemOrders: (key) => counts[key] ?? 0 }),
      AT,
    );
    expect(components.uniqueness).toBeCloseTo(75, 10);
    expect(reasons[0]?.text).toMatch(/^The rarest item appears in no order/);
  });

  it('counts a repeated item once', () => {
    const twice = { items: [...pkg(1, 1).items, ...pkg(1, 1).items] };
    const { components } = scoreRaw(twice, corpus({ itemOrders: () => 31 }), AT);
    expect(components.uniqueness).toBeCloseTo(50, 10);
    expect(components.complexity).toBeCloseTo(100 * (0.6 / 5 + 0.4 / 3), 10);
  });

  test.each([
    ['no value', undefined, 50, 'NO_VALUE'],
    ['19 values', { rank: 99, n: 19 }, 50, 'FEW_VALUES'],
    ['20 values', { rank: 99, n: 20 }, 99, 'TOP_VALUE'],
    ['another currency', { rank: null, n: 0 }, 50, 'FEW_VALUES'],
  ])('value with %s', (_case, rank, expected, code) => {
    const input = { ...pkg(1, 1), estimatedValue: rank ? money(1n, 'EUR') : null };
    const { components, reasons } = scoreRaw(input, corpus(rank ? { valueRank: () => rank } : {}), AT);
    expect(components.value).toBe(expected);
    expect(codes(reasons)).toContain(code);
  });

  test.each([
    [0, 100],
    [29.97, 0.1],
    [30, 0],
    [400, 0],
    [-1, 100],
  ])('a set first seen %d days ago has freshness %d', (days, expected) => {
    const seen = { setFirstSeen: () => new Date(AT.getTime() - days * DAY_MS) };
    expect(scoreRaw(pkg(2, 1), corpus(seen), AT).components.freshness).toBeCloseTo(expected, 6);
  });

  it('scores an empty corpus as all new and says COLD_START', () => {
    const empty = corpusView({ orders: 0, itemOrders: new Map(), values: {}, firstSeen: new Map() });
    const { components, reasons } = scoreRaw(pkg(1, 1), empty, AT);
    expect(components).toMatchObject({ uniqueness: 100, value: 50, freshness: 100 });
    expect(codes(reasons)).toContain('COLD_START');
  });

  it('refuses a package without items', () => {
    expect(() => scoreRaw({ items: [] }, corpus(), AT)).toThrow(ValidationError);
  });
});

describe('identity of items', () => {
  test.each([
    [{ sku: 'Ab-1', name: 'x' }, 'Ab-1'],
    [{ sku: ' Ab-1 ', name: 'x' }, 'Ab-1'],
    [{ sku: '  ', name: 'The Vase of Ming' }, '~ming vase'],
    [{ sku: null, name: 'ming  VASE!' }, '~ming vase'],
    [{ name: 'Ｍｉｎｇ ﬁne vase' }, '~fine ming vase'],
    [{ name: 'हिन्दी किताब' }, '~किताब हिन्दी'],
    [{ name: 'The The' }, '~the the'],
    [{ name: ' 🚁 ' }, '~🚁'],
  ])('%o is %s', (item, key) => expect(itemKey(item)).toBe(key));

  it('hashes a set, not a list', () => {
    const keys = ['b', 'a', 'b'];
    expect(itemSetHash(keys)).toBe(itemSetHash(['a', 'b']));
    expect(keys).toEqual(['b', 'a', 'b']);
    expect(itemSetHash(['a', 'b'])).toMatch(/^[\w-]{12}$/);
    expect(itemSetHash(['ab'])).not.toBe(itemSetHash(['a', 'b']));
    expect(normaliseName('B a C')).toBe('b c');
  });
});

describe('corpus in memory', () => {
  it('answers from counts, values by currency and first sightings', () => {
    const eur: Histogram = {};
    for (let i = 1; i <= 100; i++) addTo(eur, valueBin(i * 1000));
    const first = new Date('2026-06-01T00:00:00Z');
    const view = corpusView({
      orders: 100,
      itemOrders: new Map([['S1', 7]]),
      values: { EUR: eur },
      firstSeen: new Map([[itemSetHash(['S1']), first]]),
    });
    expect(view.itemOrders('S1')).toBe(7);
    expect(view.itemOrders('S2')).toBe(0);
    expect(view.valueRank('EUR', 50_000n)).toEqual({ rank: 49.5, n: 100 });
    expect(view.valueRank('USD', 50_000n)).toEqual({ rank: null, n: 0 });
    expect(view.setFirstSeen(itemSetHash(['S1']))).toBe(first);
    expect(view.setFirstSeen('never')).toBeNull();
  });
});
