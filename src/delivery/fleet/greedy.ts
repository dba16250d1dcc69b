/** `costs[row][column]`, Infinity where a pair is impossible. */
export type Matrix = readonly (readonly number[])[];

/** A row's cheapest columns, which nearly always suffice; the others are looked at only when these are taken. */
const NEAR = 48;
/** In practice nothing is left to better after four or five passes. */
const MAX_PASSES = 20;

/** The pairing so far: each row's column, each column's row, −1 for none. */
interface Pairing {
  readonly columns: number[];
  readonly holders: number[];
}

/**
 * Pairs by (rank descending, cost ascending, row, column) as in spec c.8, then bettered by deterministic passes: rows
 * exchange their columns or move to a free one when that is cheaper, and room is made for rows that were left over. No
 * step takes a row's column away without giving it another. Answers the column of each row, −1 for none.
 */
export function greedy(costs: Matrix, ranks: readonly number[]): number[] {
  const possible = costs.map(byCost);
  const near = possible.map((line) => line.slice(0, NEAR));
  const width = costs[0]?.length ?? 0;
  const pairing: Pairing = {
    columns: costs.map(() => -1),
    holders: Array.from({ length: width }, () => -1),
  };
  first(costs, ranks, near, pairing);
  const order = [...costs.keys()].sort((a, b) => (ranks[b] ?? 0) - (ranks[a] ?? 0) || a - b);
  seatAll(
    order.filter((row) => pairing.columns[row] === -1),
    possible,
    pairing,
  );
  for (let pass = 0; pass < MAX_PASSES; pass++) if (!exchange(costs, near, pairing)) break;
  return pairing.columns;
}

/** The columns that are possible for a row, the cheapest first. */
const byCost = (line: readonly number[]): number[] =>
  [...line.keys()]
    .filter((column) => line[column] !== Number.POSITIVE_INFINITY)
    .sort((a, b) => (line[a] as number) - (line[b] as number) || a - b);

const costAt = (costs: Matrix, row: number, column: number): number =>
  (costs[row] as readonly number[])[column] as number;

function put({ columns, holders }: Pairing, row: number, column: number): void {
  columns[row] = column;
  holders[column] = row;
}

function first(costs: Matrix, ranks: readonly number[], near: number[][], pairing: Pairing): void {
  const pairs = near.flatMap((line, row) =>
    line.map((column) => ({ row, column, cost: costAt(costs, row, column), rank: ranks[row] ?? 0 })),
  );
  pairs.sort((a, b) => b.rank - a.rank || a.cost - b.cost || a.row - b.row || a.column - b.column);
  for (const { row, column } of pairs) {
    if (pairing.columns[row] === -1 && pairing.holders[column] === -1) put(pairing, row, column);
  }
}

function seatAll(rows: readonly number[], possible: number[][], pairing: Pairing): void {
  // What one search found to be a dead end stays one until somebody has moved.
  const seen = new Set<number>();
  for (const row of rows) if (seat(row, possible, pairing, seen)) seen.clear();
}

/** Gives a row the cheapest free column, else one whose row can move on, along a chain of any length. */
function seat(row: number, possible: number[][], pairing: Pairing, seen: Set<number>): boolean {
  const columns = possible[row] as number[];
  const free = columns.find((column) => pairing.holders[column] === -1);
  if (free !== undefined) {
    put(pairing, row, free);
    return true;
  }
  for (const column of columns) {
    if (seen.has(column)) continue;
    seen.add(column);
    if (!seat(pairing.holders[column] as number, possible, pairing, seen)) continue;
    put(pairing, row, column);
    return true;
  }
  return false;
}

/** One pass over all rows and the columns that would be cheaper for them; whether anything got better. */
function exchange(costs: Matrix, near: number[][], pairing: Pairing): boolean {
  const { columns, holders } = pairing;
  let isBetter = false;
  for (const [row, line] of near.entries()) {
    for (const wanted of line) {
      const own = columns[row] as number;
      if (own === -1 || costAt(costs, row, wanted) >= costAt(costs, row, own)) break;
      const holder = holders[wanted] as number;
      const gain = costAt(costs, row, own) - costAt(costs, row, wanted);
      const loss = holder === -1 ? 0 : costAt(costs, holder, own) - costAt(costs, holder, wanted);
      if (loss >= gain) continue;
      holders[own] = holder;
      if (holder !== -1) columns[holder] = own;
      put(pairing, row, wanted);
      isBetter = true;
    }
  }
  return isBetter;
}
