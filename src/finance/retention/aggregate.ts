import { ValidationError } from '../../kernel/errors.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Scope } from '../../platform/scope.ts';

/** How many of those who began `days` before came back on the day. */
export interface Cohort {
  readonly days: number;
  readonly size: number;
  readonly returned: number;
}

/** Active users as of a UTC day (spec m.5). */
export interface RetentionDay {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly dau: number;
  readonly wau: number;
  readonly mau: number;
  readonly cohorts: readonly Cohort[];
  readonly computedAt: Date;
}

/*
 * DAU, WAU and MAU are distinct users in [D, D+1), [D−6, D+1) and [D−29, D+1): one pass over 30 days of activity. A cohort
 * are the users whose first day was D−1, D−7 or D−30.
 */
const AGGREGATE = `
  WITH active AS (
    SELECT user_id, max(day) AS last FROM user_activity
    WHERE tenant_id = $1 AND day BETWEEN $2::date - 29 AND $2::date GROUP BY user_id),
  counted AS (
    SELECT count(*) FILTER (WHERE last = $2::date)::int AS dau, count(*) FILTER (WHERE last > $2::date - 7)::int AS wau,
      count(*)::int AS mau FROM active),
  cohorts AS (
    SELECT jsonb_agg(jsonb_build_object('days', d.days, 'size', d.size, 'returned', d.returned) ORDER BY d.days) AS list
    FROM (SELECT n.days, count(c.user_id)::int AS size, count(a.user_id)::int AS returned
      FROM unnest(ARRAY[1, 7, 30]) AS n (days)
      LEFT JOIN user_cohort c ON c.tenant_id = $1 AND c.first_day = $2::date - n.days
      LEFT JOIN user_activity a ON a.tenant_id = $1 AND a.day = $2::date AND a.user_id = c.user_id
      GROUP BY n.days) AS d)
  INSERT INTO retention_day (tenant_id, day, dau, wau, mau, cohorts, computed_at)
  SELECT $1, $2::date, counted.dau, counted.wau, counted.mau, cohorts.list, $3 FROM counted, cohorts
  ON CONFLICT (tenant_id, day) DO UPDATE SET dau = excluded.dau, wau = excluded.wau, mau = excluded.mau,
    cohorts = excluded.cohorts, computed_at = excluded.computed_at
  RETURNING day::text AS day, dau, wau, mau, cohorts, computed_at AS "computedAt"`;

/**
 * Counts the UTC day before now (C23: a day is counted when it is over): job retention-aggregation at 00:05. A re-run
 * overwrites. O(activity of 30 days).
 */
export async function aggregateRetention(scope: Scope): Promise<RetentionDay> {
  const day = addMs(scope.now, -DAY_MS).toISOString().slice(0, 10);
  const row = await scope.db.row<RetentionDay>(AGGREGATE, [scope.tenantId, day, scope.now], 'retention_day');
  return row as RetentionDay;
}

const MAX_DAYS = 366;

/** The days in [from, to], oldest first; days that nobody has counted are not there. At most 366 of them. */
export async function retentionDays(scope: Scope, from: Date, to: Date): Promise<RetentionDay[]> {
  if (from > to) throw new ValidationError('from', 'The first day comes before the last one.');
  if (to.getTime() - from.getTime() > MAX_DAYS * DAY_MS) {
    throw new ValidationError('to', `Ask for at most ${MAX_DAYS} days.`);
  }
  return scope.db.rows<RetentionDay>(
    `SELECT day::text AS day, dau, wau, mau, cohorts, computed_at AS "computedAt" FROM retention_day
     WHERE tenant_id = $1 AND day BETWEEN $2::date AND $3::date ORDER BY day`,
    [scope.tenantId, from.toISOString().slice(0, 10), to.toISOString().slice(0, 10)],
  );
}

/** Activity older than this is not needed by any window; whole days of retention stay. */
export async function pruneActivity(
  { tenantId, now }: Scope,
  sql: { run: Scope['db']['run'] },
): Promise<number> {
  return sql.run('DELETE FROM user_activity WHERE tenant_id = $1 AND day < $2::date', [
    tenantId,
    addMs(now, -400 * DAY_MS)
      .toISOString()
      .slice(0, 10),
  ]);
}
