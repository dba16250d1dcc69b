import { ValidationError } from '../../kernel/errors.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Scope } from '../../platform/scope.ts';

/** Users who were active on a UTC day. */
export interface ActiveDay {
  /** Any instant of the day. */
  readonly at: Date;
  readonly userIds: readonly string[];
}

export const MAX_ACTIVITIES = 10_000;
const MAX_AGE_DAYS = 400;
/** One (day, user) each, so that sending a day twice counts once; a user's first day never moves forward. */
const RECORD = `
  WITH sent AS (SELECT DISTINCT day, user_id FROM unnest($2::date[], $3::text[]) AS s (day, user_id)),
  added AS (
    INSERT INTO user_activity (tenant_id, day, user_id) SELECT $1, day, user_id FROM sent
    ORDER BY day, user_id ON CONFLICT DO NOTHING RETURNING 1),
  cohorts AS (
    INSERT INTO user_cohort AS c (tenant_id, user_id, first_day)
    SELECT $1, user_id, min(day) FROM sent GROUP BY user_id ORDER BY user_id
    ON CONFLICT (tenant_id, user_id) DO UPDATE SET first_day = excluded.first_day
    WHERE c.first_day > excluded.first_day)
  SELECT count(*)::int AS added FROM added`;

/**
 * Notes which users were active on which days, at most 10,000 (day, user) pairs a call; one statement. Returns how many
 * were not known yet. ValidationError names the wrong day or user.
 */
export async function recordActivity(scope: Scope, days: readonly ActiveDay[]): Promise<number> {
  const total = days.reduce((sum, { userIds }) => sum + userIds.length, 0);
  if (total > MAX_ACTIVITIES) {
    throw new ValidationError(
      'days',
      `A call holds at most ${MAX_ACTIVITIES} users over all days, not ${total}.`,
    );
  }
  const dates: string[] = [];
  const users: string[] = [];
  for (const [i, { at, userIds }] of days.entries()) {
    const date = checkedDay(scope, at, `days.${i}.at`);
    for (const [j, userId] of userIds.entries()) {
      if (!/^[\x21-\x7e]{1,200}$/.test(userId)) {
        const text = 'A user id has 1 to 200 visible ASCII characters and no spaces.';
        throw new ValidationError(`days.${i}.userIds.${j}`, text);
      }
      dates.push(date);
      users.push(userId);
    }
  }
  if (total === 0) return 0;
  const row = await scope.db.row<{ added: number }>(RECORD, [scope.tenantId, dates, users]);
  return row?.added ?? 0;
}

function checkedDay({ now }: Scope, at: Date, field: string): string {
  if (at > addMs(now, DAY_MS) || at < addMs(now, -MAX_AGE_DAYS * DAY_MS)) {
    throw new ValidationError(field, `A day lies within the last ${MAX_AGE_DAYS} days.`);
  }
  return at.toISOString().slice(0, 10);
}
