import type { Matrix } from './solve.ts';

/** Each pass looks at every pair of rows once; in practice it is still after four or five. */
const MAX_PASSES = 20;

/**
 * Pairs by (rank descending, cost ascending, row, column) as in spec c.8, then bettered by deterministic passes: to a
 * free column that is cheaper, by swapping two rows, and by making room for rows that were left over. No pass takes a
 * row's column away without giving it another. Answers the column of each row, −1 for none.
 */
export function greedy(costs: Matrix, ranks: readonly number[]): number[] {
  const columns = first(costs, ranks);
  const free = new Set(costs[0]?.keys() ?? []);
  for (const column of columns) free.delete(column);
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const isBetter = [relocate(costs, columns, free), makeRoom(costs, columns, free), swap(costs, columns)];
    if (!isBetter.includes(true)) break;
  }
  return columns;
}

function first(costs: Matrix, ranks: readonly number[]): number[] {
  const pairs: { row: number; column: number; cost: number; rank: number }[] = [];
  for (const [row, line] of costs.entries()) {
    for (const [column, cost] of line.entries()) {
      if (cost !== Number.POSITIVE_INFINITY) pairs.push({ row, column, cost, rank: ranks[row] ?? 0 });
    }
  }
  pairs.sort((a, b) => b.rank - a.rank || a.cost - b.cost || a.row - b.row || a.column - b.column);
  const columns = costs.map(() => -1);
  const taken = new Set<number>();
  for (const { row, column } of pairs) {
    if (columns[row] !== -1 || taken.has(column)) continue;
    columns[row] = column;
    taken.add(column);
  }
  return columns;
}

/** What a row pays for a column; a row without one pays without end. */
const price = (costs: Matrix, row: number, column: number): number =>
  (column < 0 ? undefined : costs[row]?.[column]) ?? Number.POSITIVE_INFINITY;

function cheapest(costs: Matrix, row: number, free: ReadonlySet<number>): number {
  let best = -1;
  for (const column of free) {
    const [now, other] = [price(costs, row, best), price(costs, row, column)];
    if (other < now || (other === now && other < Number.POSITIVE_INFINITY && column < best)) best = column;
  }
  return best;
}

function move(columns: number[], free: Set<number>, row: number, to: number): void {
  const from = columns[row] as number;
  if (from >= 0) free.add(from);
  free.delete(to);
  columns[row] = to;
}

function relocate(costs: Matrix, columns: number[], free: Set<number>): boolean {
  let isBetter = false;
  for (const [row, column] of columns.entries()) {
    const best = cheapest(costs, row, free);
    if (price(costs, row, best) >= price(costs, row, column)) continue;
    move(columns, free, row, best);
    isBetter = true;
  }
  return isBetter;
}

/** A row without a column gets one along a chain of rows that move on, each to the cheapest that is possible. */
function makeRoom(costs: Matrix, columns: number[], free: Set<number>): boolean {
  if (free.size === 0) return false;
  const holders = new Map(columns.flatMap((column, row) => (column >= 0 ? [[column, row] as const] : [])));
  const seat = (row: number, seen: Set<number>): boolean => {
    for (const column of byCost(costs[row] ?? [])) {
      if (seen.has(column)) continue;
      seen.add(column);
      const holder = holders.get(column);
      if (holder !== undefined && !seat(holder, seen)) continue;
      holders.set(column, row);
      columns[row] = column;
      free.delete(column);
      return true;
    }
    return false;
  };
  let isBetter = false;
  for (const row of columns.keys()) {
    if (free.size === 0) break;
    if (columns[row] === -1) isBetter = seat(row, new Set()) || isBetter;
  }
  return isBetter;
}

/** The columns that are possible for a row, the cheapest first. */
const byCost = (line: readonly number[]): number[] =>
  [...line.keys()]
    .filter((column) => line[column] !== Number.POSITIVE_INFINITY)
    .sort((a, b) => (line[a] as number) - (line[b] as number) || a - b);

function swap(costs: Matrix, columns: number[]): boolean {
  let isBetter = false;
  for (let a = 0; a < columns.length; a++) {
    for (let b = a + 1; b < columns.length; b++) {
      const [forA, forB] = [columns[a] as number, columns[b] as number];
      if (forA < 0 || forB < 0) continue;
      const now = price(costs, a, forA) + price(costs, b, forB);
      if (price(costs, a, forB) + price(costs, b, forA) >= now) continue;
      columns[a] = forB;
      columns[b] = forA;
      isBetter = true;
    }
  }
  return isBetter;
}
