import type { Sql } from '../../platform/db/sql.ts';
import { type Strategy, type StrategyBase, strategyFrom } from './strategy.ts';
import { loadState } from './strategy-store.ts';

/** What is in force for an action type: the settings as learning has moved them (spec d.3). One statement. */
export async function strategyOf(
  sql: Sql,
  tenantId: string,
  actionType: string,
  settings: StrategyBase,
): Promise<Strategy> {
  return strategyFrom(await loadState(sql, tenantId, actionType), settings);
}
