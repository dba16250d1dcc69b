import munkres from 'munkres-js';

/** What an impossible pair costs, so that as many pairs as possible are made. */
const DEAR = 1e9;

/**
 * The cheapest assignment by another family of algorithms than the product's: the Hungarian method of munkres-js.
 * Answers the column of each row, −1 for none.
 */
export function optimum(costs: readonly (readonly number[])[]): number[] {
  const size = Math.max(costs.length, costs[0]?.length ?? 0);
  const square = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => Math.min(DEAR, costs[i]?.[j] ?? DEAR)),
  );
  const columns = costs.map(() => -1);
  for (const [row, column] of munkres(square)) {
    if (Number.isFinite(costs[row]?.[column])) columns[row] = column;
  }
  return columns;
}
