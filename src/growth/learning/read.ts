import { ValidationError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import {
  type Connection,
  newestFirst,
  type Page,
  type PageArgs,
  pageOf,
  toConnection,
} from '../../kernel/page.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ExperimentStatus, PriceExperiment } from './experiment.ts';
import { EXPERIMENT_COLUMNS, type ExperimentRow, experimentOf } from './experiment-store.ts';
import type { OutcomeKind } from './facts.ts';
import type { Outcome, OutcomeStatus } from './outcome.ts';
import { OUTCOME_COLUMNS } from './outcome-store.ts';
import type { PatternWeight } from './patterns.ts';
import {
  type ChangeKind,
  type ChangeStatus,
  type Strategy,
  type StrategyBase,
  type StrategyChange,
  strategyFrom,
} from './strategy.ts';
import { CHANGE_COLUMNS, loadState } from './strategy-store.ts';

/** What is in force for an action type: the settings as learning has moved them (spec d.3). One statement. */
export async function strategyOf(
  sql: Sql,
  tenantId: string,
  actionType: string,
  settings: StrategyBase,
): Promise<Strategy> {
  return strategyFrom(await loadState(sql, tenantId, actionType), settings);
}

const INSTANT = (text: string | undefined): boolean => !Number.isNaN(Date.parse(text ?? ''));

function checkCursor(isFine: boolean, { isForward }: Page): void {
  if (isFine) return;
  throw new ValidationError(isForward ? 'after' : 'before', 'This cursor was not made by this list.');
}

/** A learned pattern with what selection reads. */
export interface LearnedPattern extends PatternWeight {
  /** Outcomes of all patterns. */
  readonly total: number;
}

export interface PatternFilter {
  actionType?: string | null | undefined;
  /** True: only weights above 0.8 that rest on at least 9 outcomes. */
  isHighScore?: boolean | null | undefined;
}

/** What was learned about patterns, the greatest weight first. One statement with keyset paging. */
export async function listPatterns(
  scope: Scope,
  args: PageArgs,
  filter: PatternFilter = {},
): Promise<Connection<LearnedPattern>> {
  const page = pageOf(args, 2);
  const [weight, key] = page.cursor ?? [null, null];
  checkCursor(weight === null || Number.isFinite(Number(weight)), page);
  const [edge, way] = page.isForward ? ['<', 'DESC'] : ['>', 'ASC'];
  const rows = await scope.db.rows<LearnedPattern>(
    `SELECT key, weight, n, last_at AS "lastAt",
       (SELECT sum(n)::float8 FROM pattern_weight WHERE tenant_id = $1) AS total
     FROM pattern_weight WHERE tenant_id = $1 AND ($3::text IS NULL OR split_part(key, '|', 1) = $3)
       AND ($4::boolean IS NULL OR (weight > 0.8 AND n >= 9) = $4)
       AND ($5::float8 IS NULL OR (weight, key) ${edge} ($5, $6::text))
     ORDER BY weight ${way}, key ${way} LIMIT $2`,
    [scope.tenantId, page.size + 1, filter.actionType ?? null, filter.isHighScore ?? null, weight, key],
    `patterns_${way}`,
  );
  return toConnection(rows, page, (row) => [row.weight, row.key]);
}

export interface ChangeFilter {
  actionType?: string | null | undefined;
  kind?: readonly ChangeKind[] | null | undefined;
  status?: readonly ChangeStatus[] | null | undefined;
}

/** Steps of learning, newest first. One statement with keyset paging. */
export async function listChanges(
  scope: Scope,
  args: PageArgs,
  filter: ChangeFilter = {},
): Promise<Connection<StrategyChange>> {
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  const rows = await scope.db.rows<StrategyChange>(
    `SELECT ${CHANGE_COLUMNS} FROM strategy_change WHERE tenant_id = $1 AND ($3::text IS NULL OR action_type = $3)
       AND ($4::text[] IS NULL OR kind = ANY($4)) AND ($5::text[] IS NULL OR status = ANY($5))
       AND ($6::timestamptz IS NULL OR (created_at, id) ${edge} ($6, $7::uuid))
     ORDER BY created_at ${way}, id ${way} LIMIT $2`,
    [
      scope.tenantId,
      page.size + 1,
      filter.actionType ?? null,
      filter.kind ?? null,
      filter.status ?? null,
      at,
      id,
    ],
    `changes_${way}`,
  );
  return toConnection(rows, page, (change) => [change.createdAt, change.id]);
}

/** Changes by id, in the order asked; null where there is none. */
export async function changesById(scope: Scope, ids: readonly string[]): Promise<(StrategyChange | null)[]> {
  const rows = await scope.db.rows<StrategyChange>(
    `SELECT ${CHANGE_COLUMNS} FROM strategy_change WHERE tenant_id = $1 AND id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'changes_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

export interface ExperimentFilter {
  actionType?: string | null | undefined;
  status?: readonly ExperimentStatus[] | null | undefined;
}

/** Price experiments, newest first. One statement with keyset paging. */
export async function listExperiments(
  scope: Scope,
  args: PageArgs,
  filter: ExperimentFilter = {},
): Promise<Connection<PriceExperiment>> {
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  const rows = await scope.db.rows<ExperimentRow>(
    `SELECT ${EXPERIMENT_COLUMNS} FROM price_experiment e
     WHERE e.tenant_id = $1 AND ($3::text IS NULL OR e.action_type = $3) AND ($4::text[] IS NULL OR e.status = ANY($4))
       AND ($5::timestamptz IS NULL OR (e.started_at, e.id) ${edge} ($5, $6::uuid))
     ORDER BY e.started_at ${way}, e.id ${way} LIMIT $2`,
    [scope.tenantId, page.size + 1, filter.actionType ?? null, filter.status ?? null, at, id],
    `experiments_${way}`,
  );
  return toConnection(rows.map(experimentOf), page, (experiment) => [experiment.startedAt, experiment.id]);
}

/** Experiments by id, in the order asked; null where there is none. */
export async function experimentsById(
  scope: Scope,
  ids: readonly string[],
): Promise<(PriceExperiment | null)[]> {
  const rows = await scope.db.rows<ExperimentRow>(
    `SELECT ${EXPERIMENT_COLUMNS} FROM price_experiment e WHERE e.tenant_id = $1 AND e.id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'experiments_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, experimentOf(row)]));
  return ids.map((id) => byId.get(id) ?? null);
}

export interface OutcomeFilter {
  kind?: readonly OutcomeKind[] | null | undefined;
  status?: readonly OutcomeStatus[] | null | undefined;
  /** Plain id of the action. */
  actionId?: string | null | undefined;
}

/** How actions ended, the latest recorded first. One statement with keyset paging. */
export async function listOutcomes(
  scope: Scope,
  args: PageArgs,
  filter: OutcomeFilter = {},
): Promise<Connection<Outcome>> {
  const page = pageOf(args, 3);
  const [at, id, kind] = page.cursor ?? [null, null, null];
  checkCursor(at === null || (INSTANT(at) && isUuid(id ?? '')), page);
  if (filter.actionId != null && !isUuid(filter.actionId)) {
    throw new ValidationError('filter.actionId', 'An action is named by its plain id, a UUID.');
  }
  // Newest first, but of one action RESULT and FEEDBACK in either case by name: that is how the index is ordered.
  const [edge, other, way, tie] = page.isForward ? ['<', '>', 'DESC', 'ASC'] : ['>', '<', 'ASC', 'DESC'];
  const rows = await scope.db.rows<Outcome>(
    `SELECT ${OUTCOME_COLUMNS} FROM outcome WHERE tenant_id = $1 AND ($3::text[] IS NULL OR kind = ANY($3))
       AND ($4::text[] IS NULL OR status = ANY($4)) AND ($5::uuid IS NULL OR action_id = $5)
       AND ($6::timestamptz IS NULL OR (recorded_at, action_id) ${edge} ($6, $7::uuid)
         OR (recorded_at = $6 AND action_id = $7::uuid AND kind ${other} $8::text))
     ORDER BY recorded_at ${way}, action_id ${way}, kind ${tie} LIMIT $2`,
    [
      scope.tenantId,
      page.size + 1,
      filter.kind ?? null,
      filter.status ?? null,
      filter.actionId ?? null,
      at,
      id,
      kind,
    ],
    `outcomes_${way}`,
  );
  return toConnection(rows, page, (outcome) => [outcome.recordedAt, outcome.actionId, outcome.kind]);
}

/** Steps that wait, held by the freeze or proposed to people. One statement. */
export async function countWaitingChanges(sql: Sql, tenantId: string): Promise<number> {
  const row = await sql.row<{ n: number }>(
    `SELECT count(*)::int AS n FROM strategy_change WHERE tenant_id = $1 AND status IN ('HELD', 'PROPOSED')`,
    [tenantId],
    'strategy_waiting',
  );
  return row?.n ?? 0;
}
