import { isUuid } from '../../kernel/ids.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Objective } from './objective.ts';
import { allObjectives } from './store.ts';

/** Objectives by id, in the order asked; null where there is none. One statement. */
export async function objectivesById(scope: Scope, ids: readonly string[]): Promise<(Objective | null)[]> {
  if (!ids.some(isUuid)) return ids.map(() => null);
  const byId = new Map((await allObjectives(scope, scope.db)).map((one) => [one.id, one]));
  return ids.map((id) => byId.get(id) ?? null);
}
