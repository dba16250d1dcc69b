import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { solve } from '../../src/delivery/fleet/index.ts';
import { type Random, seeded } from '../../src/kernel/random.ts';
import { optimum as optimalColumns } from '../kit/optimum.ts';

const NONE = Number.POSITIVE_INFINITY;

function total(costs: number[][], columns: readonly number[]): { pairs: number; cost: number } {
  const paid = columns.flatMap((column, row) => {
    const cost = costs[row]?.[column];
    return cost === undefined || cost === NONE ? [] : [cost];
  });
  return { pairs: paid.length, cost: Math.round(paid.reduce((sum, cost) => sum + cost, 0) * 1000) / 1000 };
}

/** The optimum by shortest augmenting paths, another family of algorithms than ours. */
const optimum = (costs: number[][]) => total(costs, optimalColumns(costs));

/** Every way to give columns to rows. */
function bruteForce(costs: number[][], row = 0, taken = new Set<number>()): { pairs: number; cost: number } {
  if (row === costs.length) return { pairs: 0, cost: 0 };
  let best = bruteForce(costs, row + 1, taken);
  for (const [column, cost] of (costs[row] as number[]).entries()) {
    if (taken.has(column) || cost === NONE) continue;
    const rest = bruteForce(costs, row + 1, new Set([...taken, column]));
    const found = { pairs: rest.pairs + 1, cost: rest.cost + cost };
    if (found.pairs > best.pairs || (found.pairs === best.pairs && found.cost < best.cost)) best = found;
  }
  return best;
}

/** Drones and jobs in a city: minutes grow with distance, some pairs are out of reach, priorities from 1 to 4. */
function city(
  random: Random,
  jobs: number,
  drones: number,
  radiusKm = 20,
): { costs: number[][]; ranks: number[] } {
  const place = () => [random.next() * 40, random.next() * 40] as const;
  const homes = Array.from({ length: drones }, place);
  const ranks = Array.from({ length: jobs }, () => random.int(1, 4));
  const costs = ranks.map((rank) => {
    const [pickup, drop] = [place(), place()];
    const length = Math.hypot(pickup[0] - drop[0], pickup[1] - drop[1]);
    return homes.map((home) => {
      const km = Math.hypot(pickup[0] - home[0], pickup[1] - home[1]);
      return km > radiusKm
        ? NONE
        : Math.round((2 * km + 2 * length + 5.06 + 45 - 15 * (rank - 1)) * 1000) / 1000;
    });
  });
  return { costs, ranks };
}

describe('solve', () => {
  test.each<[string, number[][], number[]]>([
    ['nothing to do', [], []],
    ['no drone', [[], []], [-1, -1]],
    ['one and one', [[7]], [0]],
    ['impossible', [[NONE]], [-1]],
    [
      'the greedy trap',
      [
        [1, 2],
        [2, 100],
      ],
      [1, 0],
    ],
    ['more drones than jobs', [[5, 3, 9]], [1]],
    ['more jobs than drones', [[5], [3], [9]], [-1, 0, -1]],
    [
      'two jobs rather than the cheapest one',
      [
        [1, 50],
        [2, NONE],
      ],
      [1, 0],
    ],
    [
      'costs below zero',
      [
        [-40, -10],
        [-39, 5],
      ],
      [1, 0],
    ],
    ['equal drones: the lower', [[4, 4, 4]], [0]],
    [
      'equal drones and jobs: in order',
      [
        [4, 4],
        [4, 4],
      ],
      [0, 1],
    ],
    [
      'an impossible row among others',
      [
        [NONE, NONE],
        [3, 1],
      ],
      [-1, 1],
    ],
  ])('%s', (_case, costs, columns) => {
    expect(
      solve(
        costs,
        costs.map(() => 1),
      ),
    ).toEqual(columns);
  });

  it('agrees with brute force on every small problem', () => {
    const cell = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: -50, max: 200 }) }, fc.constant(NONE));
    const matrix = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
      .chain(([rows, width]) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
          minLength: rows,
          maxLength: rows,
        }),
      );
    fc.assert(
      fc.property(matrix, (costs) => {
        const columns = solve(
          costs,
          costs.map(() => 1),
        );
        expect(total(costs, columns)).toEqual(bruteForce(costs));
        const used = columns.filter((column) => column >= 0);
        expect(new Set(used).size).toBe(used.length);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    [200, 200, 20],
    [200, 200, 6],
    [120, 200, 60],
    [200, 90, 20],
  ])('is the optimum at %d jobs × %d drones within %d km', (jobs, drones, radiusKm) => {
    const { costs, ranks } = city(seeded(jobs + drones + radiusKm), jobs, drones, radiusKm);
    expect(total(costs, solve(costs, ranks))).toEqual(optimum(costs));
  });

  test.each([
    [201, 201, 60],
    [300, 300, 20],
    [300, 300, 8],
    [210, 280, 20],
    [250, 250, 60],
    [280, 140, 12],
  ])(
    'beyond the limit it is within a tenth of the optimum: %d jobs × %d drones within %d km',
    (jobs, drones, radiusKm) => {
      const { costs, ranks } = city(seeded(jobs * 7 + drones + radiusKm), jobs, drones, radiusKm);
      const [found, best] = [total(costs, solve(costs, ranks)), optimum(costs)];
      expect(found.pairs).toBeGreaterThanOrEqual(best.pairs * 0.99);
      expect(found.cost / found.pairs).toBeLessThanOrEqual((best.cost / best.pairs) * 1.1);
      expect(solve(costs, ranks)).toEqual(solve(costs, ranks));
    },
  );

  it('beyond the limit serves the higher priority first', () => {
    // One drone in reach of all: it goes to the job of rank 4, though that costs more.
    const costs = Array.from({ length: 201 }, (_, row) => [row === 150 ? 90 : 10]);
    const ranks = costs.map((_, row) => (row === 150 ? 4 : 1));
    expect(solve(costs, ranks).flatMap((column, row) => (column === 0 ? [row] : []))).toEqual([150]);
  });
});
