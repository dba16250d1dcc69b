const NONE = Number.POSITIVE_INFINITY;
/** What an impossible pair costs, so that as many pairs as possible are made. */
const DEAR = 1e9;

/**
 * The cheapest assignment by another family of algorithms than the product's: shortest augmenting paths with
 * potentials (Jonker–Volgenant), O(n³). Answers the column of each row, −1 for none.
 */
export function optimum(costs: readonly (readonly number[])[]): number[] {
  const size = Math.max(costs.length, costs[0]?.length ?? 0);
  const [u, v] = [new Float64Array(size + 1), new Float64Array(size + 1)];
  const holder = new Int32Array(size + 1);
  const get = (list: Float64Array | Int32Array, i: number): number => list[i] as number;
  const reduced = (i: number, j: number) =>
    Math.min(DEAR, costs[i - 1]?.[j - 1] ?? DEAR) - get(u, i) - get(v, j);

  for (let row = 1; row <= size; row++) {
    holder[0] = row;
    const least = new Float64Array(size + 1).fill(NONE);
    const way = new Int32Array(size + 1);
    const isDone = new Uint8Array(size + 1);
    let column = 0;
    do {
      isDone[column] = 1;
      let [delta, next] = [NONE, 0];
      for (let j = 1; j <= size; j++) {
        if (isDone[j]) continue;
        const cost = reduced(get(holder, column), j);
        if (cost < get(least, j)) {
          least[j] = cost;
          way[j] = column;
        }
        if (get(least, j) < delta) [delta, next] = [get(least, j), j];
      }
      for (let j = 0; j <= size; j++) {
        if (isDone[j]) {
          u[get(holder, j)] = get(u, get(holder, j)) + delta;
          v[j] = get(v, j) - delta;
        } else least[j] = get(least, j) - delta;
      }
      column = next;
    } while (holder[column] !== 0);
    for (let j = column; j !== 0; j = get(way, j)) holder[j] = get(holder, get(way, j));
  }

  const columns = costs.map(() => -1);
  for (let j = 1; j <= size; j++) {
    const row = get(holder, j) - 1;
    if ((costs[row]?.[j - 1] ?? NONE) < NONE) columns[row] = j - 1;
  }
  return columns;
}
