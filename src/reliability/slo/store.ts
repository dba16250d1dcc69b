import { addMs, DAY_MS, floorMinute, MINUTE_MS } from '../../kernel/time.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { LATENCY_KEPT_MS, latencyIds } from './latency.ts';
import {
  BUILT_IN,
  builtInId,
  freshBuiltIn,
  OBJECTIVE_COLUMNS,
  type Objective,
  PHASE_LATENCY_MS,
} from './objective.ts';
import { type Tallies, type Tally, WINDOWS } from './rules.ts';

/** Rows that the built-in objectives do not have yet. One statement; nothing is written when all exist. */
export async function ensureBuiltIn(scope: Scope, tx: Tx): Promise<void> {
  const rows = BUILT_IN.map((one) => freshBuiltIn(scope.tenantId, one, scope.now));
  await tx.run(
    `INSERT INTO slo_objective (tenant_id, id, name, indicator, source, threshold, target, is_built_in, created_at)
     SELECT $1, n.id, n.name, n.indicator, n.source, n.threshold, n.target, true, $3
     FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, name text, indicator text, source text, threshold float8,
       target float8) ON CONFLICT DO NOTHING`,
    [scope.tenantId, JSON.stringify(rows), scope.now],
    'ensure_objectives',
  );
}

const ALL = `SELECT ${OBJECTIVE_COLUMNS} FROM slo_objective o WHERE o.tenant_id = $1`;

/** Every objective of the tenant, the built-in ones first; those without a row are as they will be. One statement. */
export async function allObjectives(scope: Scope, sql: Sql): Promise<Objective[]> {
  const rows = await sql.rows<Objective>(`${ALL} ORDER BY o.name, o.id`, [scope.tenantId], 'objectives');
  const byId = new Map(rows.map((row) => [row.id, row]));
  const builtIn = BUILT_IN.map(
    (one) => byId.get(builtInId(scope.tenantId, one.key)) ?? freshBuiltIn(scope.tenantId, one, scope.now),
  );
  return [...builtIn, ...rows.filter((row) => !row.isBuiltIn)];
}

/** The enabled objectives, locked in one order: two watchdogs of one tenant take turns. */
export function lockEnabled(scope: Scope, tx: Tx): Promise<Objective[]> {
  return tx.rows<Objective>(
    `${ALL} AND o.is_enabled ORDER BY o.id FOR UPDATE`,
    [scope.tenantId],
    'lock_objectives',
  );
}

/** How far back finished phases are counted again: longer than any watchdog is late, and idempotent. */
const PHASES_BACK_MS = 2 * 60 * MINUTE_MS;

/** Counts phases of the cycle into buckets of the minute in which they ended; the same phases give the same rows. */
export async function countPhases(scope: Scope, tx: Tx): Promise<void> {
  await tx.run(
    `INSERT INTO sli_bucket AS b (tenant_id, objective_id, minute, good, bad)
     SELECT $1, o.id, date_trunc('minute', p.finished_at), count(*) FILTER (WHERE NOT o.bad), count(*) FILTER (WHERE o.bad)
     FROM cycle c JOIN cycle_phase p ON p.tenant_id = $1 AND p.cycle_id = c.id
     CROSS JOIN LATERAL (VALUES
       ($2::uuid, p.finished_at - p.started_at >= make_interval(secs => $6 / 1000.0)),
       ($3::uuid, p.status = 'FAILED')) AS o (id, bad)
     WHERE c.tenant_id = $1 AND NOT c.is_dry_run AND c.started_at >= $4::timestamptz - interval '1 day'
       AND p.status IN ('COMPLETED', 'FAILED') AND p.finished_at >= $4 AND p.finished_at < $5
     GROUP BY o.id, 3
     ON CONFLICT (tenant_id, objective_id, minute) DO UPDATE SET good = excluded.good, bad = excluded.bad
       WHERE (b.good, b.bad) IS DISTINCT FROM (excluded.good, excluded.bad)`,
    [
      ...[
        scope.tenantId,
        builtInId(scope.tenantId, 'phase-latency'),
        builtInId(scope.tenantId, 'phase-errors'),
      ],
      ...[floorMinute(addMs(scope.now, -PHASES_BACK_MS)), scope.now],
      PHASE_LATENCY_MS,
    ],
    'count_phases',
  );
}

const column = (minutes: number, kind: 'good' | 'bad'): string =>
  `coalesce(sum(${kind}) FILTER (WHERE minute >= $2::timestamptz - interval '${minutes} minutes'), 0)::float8 AS ${kind}_${minutes}`;
const columns = (windows: readonly number[]): string =>
  windows.flatMap((minutes) => [column(minutes, 'good'), column(minutes, 'bad')]).join(', ');
const tallySql = (windows: readonly number[]): string =>
  `SELECT objective_id AS id, ${columns(windows)} FROM sli_bucket
   WHERE tenant_id = $1 AND objective_id = ANY($3::uuid[]) AND minute < $2
     AND minute >= $2::timestamptz - interval '${Math.max(...windows)} minutes' GROUP BY objective_id`;
const CHECK = tallySql(WINDOWS);
/** The period of the error budget, days and minutes (spec j.2). */
export const BUDGET_DAYS = 30;
const BUDGET_MINUTES = BUDGET_DAYS * 1_440;
const REPORT = tallySql([...WINDOWS, BUDGET_MINUTES]);

const NOTHING: Tally = { good: 0, bad: 0 };

type TallyRow = { id: string } & Record<`${'good' | 'bad'}_${number}`, number>;

/** What happened before `scope.now`, by objective and window; `month` only when asked. One statement. */
export async function tallyWindows(
  scope: Scope,
  sql: Sql,
  ids: readonly string[],
  withMonth = false,
): Promise<(id: string) => { windows: Tallies; month: Tally }> {
  const rows = await sql.rows<TallyRow>(
    withMonth ? REPORT : CHECK,
    [scope.tenantId, scope.now, ids],
    withMonth ? 'slo_report' : 'slo_check',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return (id) => {
    const row = byId.get(id);
    const of = (minutes: number): Tally =>
      row ? { good: row[`good_${minutes}`] ?? 0, bad: row[`bad_${minutes}`] ?? 0 } : NOTHING;
    const windows = Object.fromEntries(WINDOWS.map((window) => [window, of(window)])) as unknown as Tallies;
    return { windows, month: of(BUDGET_MINUTES) };
  };
}

/** Writes what a check found. One statement for any number. */
export async function saveChecks(scope: Scope, tx: Tx, objectives: readonly Objective[]): Promise<void> {
  if (objectives.length === 0) return;
  await tx.run(
    `UPDATE slo_objective o SET failing_checks = n."failingChecks", status = n.status, burn_alert = n."burnAlert",
       breached_at = n."breachedAt", last_checked_at = $3, last_check = n."lastCheck"
     FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, "failingChecks" int, status text, "burnAlert" text,
       "breachedAt" timestamptz, "lastCheck" jsonb)
     WHERE o.tenant_id = $1 AND o.id = n.id`,
    [scope.tenantId, JSON.stringify(objectives), scope.now],
    'save_slo_checks',
  );
}

const KEPT_DAYS = 32;

/** Forgets buckets beyond the budget's period, and the latency histogram after two hours. Two statements. */
export async function pruneSli(scope: Scope, tx: Tx): Promise<number> {
  const old = await tx.run('DELETE FROM sli_bucket WHERE tenant_id = $1 AND minute < $2', [
    scope.tenantId,
    addMs(scope.now, -KEPT_DAYS * DAY_MS),
  ]);
  const latency = await tx.run(
    'DELETE FROM sli_bucket WHERE tenant_id = $1 AND objective_id = ANY($2::uuid[]) AND minute < $3',
    [scope.tenantId, latencyIds(scope.tenantId), addMs(scope.now, -LATENCY_KEPT_MS)],
  );
  return old + latency;
}
