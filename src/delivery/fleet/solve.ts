import { greedy, type Matrix } from './greedy.ts';
import { optimal } from './optimal.ts';

/** Up to here the optimum is worth its time; beyond, the greedy one is (spec c.8). */
export const MAX_OPTIMAL = 200;
/** Costs are compared in thousandths of a minute, so that every sum is exact. */
const UNIT = 1_000;

/**
 * The column of each row, −1 for none. Up to 200 × 200 as many pairs as possible and of all such the cheapest, beyond
 * it greedily by (rank descending, cost ascending) (spec c.8). Of equal columns the lower one is taken.
 */
export function solve(costs: Matrix, ranks: readonly number[]): number[] {
  const width = costs[0]?.length ?? 0;
  if (width === 0) return costs.map(() => -1);
  const exact = costs.map((row) => row.map((cost) => Math.round(cost * UNIT)));
  const isSmall = Math.max(costs.length, width) <= MAX_OPTIMAL;
  return settleTies(exact, isSmall ? optimal(exact) : greedy(exact, ranks));
}

/** Two drones side by side cost the same: the lower id goes. */
function settleTies(costs: Matrix, columns: number[]): number[] {
  const free = new Set(costs[0]?.keys() ?? []);
  for (const column of columns) free.delete(column);
  for (const [row, column] of columns.entries()) {
    if (column < 0) continue;
    const twin = [...free].find((other) => other < column && costs[row]?.[other] === costs[row]?.[column]);
    if (twin === undefined) continue;
    columns[row] = twin;
    free.delete(twin);
    free.add(column);
  }
  return columns;
}
