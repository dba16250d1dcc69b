import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  addAll,
  addTo,
  type Histogram,
  percentileRank,
  ranked,
  rankTable,
  rawBucket,
  subtractAll,
  total,
  valueBin,
} from './histogram.ts';

describe('counts', () => {
  it('adds and removes in place and drops empty buckets', () => {
    const window: Histogram = {};
    addTo(window, 5);
    addTo(window, 5, 2);
    addTo(window, -3);
    expect(window).toEqual({ 5: 3, '-3': 1 });
    addAll(window, { 5: 1, 9: 4 });
    expect(total(window)).toBe(9);
    subtractAll(window, { 5: 4, 9: 1 });
    expect(window).toEqual({ '-3': 1, 9: 3 });
  });

  it('never counts below zero, so a day that leaves twice does no lasting harm', () => {
    const window: Histogram = { 1: 2 };
    subtractAll(window, { 1: 5, 2: 1 });
    expect(window).toEqual({});
  });

  it('gives back the window when a day enters and leaves, through JSON', () => {
    const histogram = fc.dictionary(
      fc.integer({ min: -5, max: 1000 }).map(String),
      fc.integer({ min: 1, max: 99 }),
    );
    fc.assert(
      fc.property(histogram, histogram, (window, day) => {
        const copy: Histogram = JSON.parse(JSON.stringify(window));
        addAll(copy, day);
        expect(total(copy)).toBe(total(window) + total(day));
        subtractAll(copy, day);
        expect({ ...copy }).toEqual({ ...window });
      }),
    );
  });
});

describe('ranks', () => {
  const histogram = { 10: 1, 2: 2, 30: 1 };

  it('orders buckets by number, not by text', () => {
    expect(ranked(histogram)).toEqual([
      { bucket: 2, count: 2, below: 0 },
      { bucket: 10, count: 1, below: 2 },
      { bucket: 30, count: 1, below: 3 },
    ]);
  });

  test.each([
    [1, 0],
    [2, 25],
    [5, 50],
    [10, 62.5],
    [29, 75],
    [30, 87.5],
    [31, 100],
  ])('bucket %i stands at %d %%', (bucket, rank) => {
    expect(percentileRank(histogram, bucket)).toBe(rank);
    expect(rankTable(histogram).rankOf(bucket)).toBe(rank);
  });

  it('has no rank without entries', () => {
    expect(percentileRank({}, 1)).toBeNull();
    expect(rankTable({})).toMatchObject({ n: 0 });
    expect(rankTable({}).rankOf(1)).toBeNull();
  });
});

describe('bins', () => {
  test.each([
    [0n, 0],
    [-500n, 0],
    [1n, 0],
    [100n, 923],
    [500000n, 2631],
    [9_223_372_036_854_775_807n, 8755],
  ])('%s minor units fall into bin %i', (minor, bin) => expect(valueBin(minor)).toBe(bin));

  it('never puts amounts more than 0.5 % apart into one bin', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 1e12 }), (minor) => {
        expect(valueBin(minor * 1.0051)).toBeGreaterThan(valueBin(minor));
      }),
    );
  });

  test.each([
    [0, 0],
    [62.5, 6250],
    [99.604, 9960],
    [99.606, 9961],
    [100, 10000],
  ])('raw %d falls into bucket %i', (raw, bucket) => expect(rawBucket(raw)).toBe(bucket));
});
