import type { Scope } from '../../platform/scope.ts';

type Load<Row> = (scope: Scope, ids: readonly string[]) => Promise<Map<string, Row>>;

/**
 * A getter by id whose calls of one tick share one statement, per scope: a page of 100 orders reads its customers
 * once. Nothing is kept after the answer, so nothing is stale.
 */
export function createLoader<Row>(load: Load<Row>): (scope: Scope, id: string) => Promise<Row | null> {
  const waiting = new WeakMap<Scope, { ids: Set<string>; rows: Promise<Map<string, Row>> }>();
  return async (scope, id) => {
    let batch = waiting.get(scope);
    if (!batch) {
      const ids = new Set<string>();
      const rows = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        waiting.delete(scope);
        return load(scope, [...ids]);
      });
      batch = { ids, rows };
      waiting.set(scope, batch);
    }
    batch.ids.add(id);
    return (await batch.rows).get(id) ?? null;
  };
}
