import type { Matrix } from './greedy.ts';

/**
 * The column of each row, −1 for none: as many pairs as possible and of all such the cheapest. Shortest augmenting
 * paths with potentials (Jonker–Volgenant), O(n³) with n the longer side; 200 × 200 takes tens of milliseconds, where
 * munkres-js would hold the event loop for most of a second. Costs are whole numbers or Infinity.
 *
 * An impossible pair costs more than any full set of possible ones, so it is taken only when there is no other, and
 * dropped afterwards.
 */
export function optimal(costs: Matrix): number[] {
  const finite = costs.flat().filter(Number.isFinite);
  if (finite.length === 0) return costs.map(() => -1);
  const size = Math.max(costs.length, costs[0]?.length ?? 0);
  const low = finite.reduce((least, cost) => Math.min(least, cost));
  const impossible = (finite.reduce((most, cost) => Math.max(most, cost)) - low + 1) * (size + 1);
  const square = new Float64Array(size * size).fill(impossible);
  for (const [i, row] of costs.entries()) {
    for (const [j, cost] of row.entries()) if (Number.isFinite(cost)) square[i * size + j] = cost - low;
  }
  const columns = costs.map(() => -1);
  for (const [column, row] of holders(square, size).entries()) {
    if (Number.isFinite(costs[row]?.[column])) columns[row] = column;
  }
  return columns;
}

/** The row that holds each column in the cheapest full assignment. Arrays are 1-based inside: 0 means nobody. */
function holders(square: Float64Array, size: number): number[] {
  const holder = new Int32Array(size + 1);
  const [rowPrice, columnPrice] = [new Float64Array(size + 1), new Float64Array(size + 1)];
  const at = (list: Float64Array | Int32Array, i: number): number => list[i] as number;
  for (let row = 1; row <= size; row++) {
    holder[0] = row;
    const least = new Float64Array(size + 1).fill(Number.POSITIVE_INFINITY);
    const way = new Int32Array(size + 1);
    const isDone = new Uint8Array(size + 1);
    let column = 0;
    do {
      isDone[column] = 1;
      const from = at(holder, column);
      const [base, price] = [(from - 1) * size - 1, at(rowPrice, from)];
      let [delta, next] = [Number.POSITIVE_INFINITY, 0];
      for (let j = 1; j <= size; j++) {
        if (isDone[j]) continue;
        const cost = at(square, base + j) - price - at(columnPrice, j);
        if (cost < at(least, j)) {
          least[j] = cost;
          way[j] = column;
        }
        if (at(least, j) < delta) [delta, next] = [at(least, j), j];
      }
      for (let j = 0; j <= size; j++) {
        if (isDone[j]) {
          rowPrice[at(holder, j)] = at(rowPrice, at(holder, j)) + delta;
          columnPrice[j] = at(columnPrice, j) - delta;
        } else least[j] = at(least, j) - delta;
      }
      column = next;
    } while (holder[column] !== 0);
    for (let j = column; j !== 0; j = at(way, j)) holder[j] = at(holder, at(way, j));
  }
  return Array.from(holder.subarray(1), (row) => row - 1);
}
