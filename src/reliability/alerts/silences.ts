import { writeAudit } from '../../control/audit/index.ts';
import { watchTenant } from '../../control/watch/index.ts';
import { InvalidTransitionError, NotFoundError, ValidationError } from '../../kernel/errors.ts';
import { isUuid, uuidv7 } from '../../kernel/ids.ts';
import { checkText } from '../../kernel/text.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { lockRouter } from './intake.ts';
import { checkedMatchers, type Matcher } from './match.ts';
import { SILENCE_COLUMNS, type Silence } from './silence.ts';

/** A silence ends: whoever forgets one must hear of things again. */
export const MAX_SILENCE_DAYS = 30;
const MAX_COMMENT = 500;
const MAX_LIVE = 500;

export interface NewSilence {
  matchers: readonly Matcher[];
  comment: string;
  /** Default: now. */
  startsAt?: Date | null | undefined;
  endsAt: Date;
}

/**
 * Keeps matching alerts from being told in [startsAt, endsAt), at most 30 days; they stay visible, and what still fires
 * at the end is told then. Throws ValidationError.
 */
export async function createSilence(scope: Scope, input: NewSilence): Promise<Silence> {
  const { now, tenantId } = scope;
  const startsAt = input.startsAt ?? now;
  const matchers = checkedMatchers(input.matchers);
  checkSilence(input, startsAt, now);
  return scope.db.tx(async (tx) => {
    await lockRouter(tx, tenantId);
    const live = await tx.row<{ n: number }>(
      'SELECT count(*)::int AS n FROM alert_silence WHERE tenant_id = $1 AND ends_at > $2',
      [tenantId, now],
    );
    if ((live?.n ?? 0) >= MAX_LIVE) {
      throw new ValidationError('matchers', `There are ${MAX_LIVE} silences already; end some of them.`);
    }
    const silence = (await tx.row<Silence>(
      `INSERT INTO alert_silence AS s (tenant_id, id, matchers, comment, starts_at, ends_at, created_at, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${SILENCE_COLUMNS}`,
      [
        ...[tenantId, uuidv7(now.getTime()), JSON.stringify(matchers), input.comment.trim()],
        ...[startsAt, input.endsAt, now, scope.actor.name],
      ],
    )) as Silence;
    await lookAgain(scope, tx, `status = 'FIRING'`);
    await writeAudit(scope, tx, {
      ...{ action: 'alertSilence.create', subject: silence.id, before: null, after: audited(silence) },
      reason: silence.comment,
    });
    await watchTenant(tx, 'ALERTS', tenantId);
    return silence;
  });
}

/** Ends a silence now. Throws NotFoundError, and InvalidTransitionError when it has ended. */
export function endSilence(scope: Scope, { id }: { id: string }): Promise<Silence> {
  const { now, tenantId } = scope;
  return scope.db.tx(async (tx) => {
    await lockRouter(tx, tenantId);
    const before = isUuid(id)
      ? await tx.row<Silence>(
          `SELECT ${SILENCE_COLUMNS} FROM alert_silence s WHERE s.tenant_id = $1 AND s.id = $2 FOR UPDATE`,
          [tenantId, id],
        )
      : undefined;
    if (!before) throw new NotFoundError('silence', id);
    if (before.endsAt <= now) throw new InvalidTransitionError('silence', 'ENDED', 'ENDED');
    // One that has not begun ends an instant after its beginning: the row says what was planned.
    const startsAt = before.startsAt < now ? before.startsAt : addMs(now, -1);
    const after = (await tx.row<Silence>(
      `UPDATE alert_silence s SET starts_at = $3, ends_at = $4 WHERE s.tenant_id = $1 AND s.id = $2
       RETURNING ${SILENCE_COLUMNS}`,
      [tenantId, id, startsAt, now],
    )) as Silence;
    await lookAgain(scope, tx, `status = 'FIRING' AND suppression = 'SILENCED'`);
    await writeAudit(scope, tx, {
      ...{ action: 'alertSilence.end', subject: id, before: audited(before), after: audited(after) },
    });
    await watchTenant(tx, 'ALERTS', tenantId);
    return after;
  });
}

/** Makes the router look at these alerts, because what it goes by has changed. */
export async function lookAgain(scope: Scope, tx: Tx, condition: string): Promise<void> {
  await tx.run(`UPDATE alert SET due_at = $2 WHERE tenant_id = $1 AND ${condition}`, [
    scope.tenantId,
    scope.now,
  ]);
}

function checkSilence({ matchers, comment, endsAt }: NewSilence, startsAt: Date, now: Date): void {
  if (matchers.length === 0) {
    throw new ValidationError('matchers', 'Say what is silenced; for everything: level IS_NOT "".');
  }
  if (comment.trim() === '') {
    throw new ValidationError('comment', `Say why, in 1 to ${MAX_COMMENT} characters.`);
  }
  checkText(comment, 'comment', MAX_COMMENT);
  if (endsAt <= startsAt || endsAt <= now) {
    throw new ValidationError('endsAt', 'A silence ends after it begins, and in the future.');
  }
  if (endsAt > addMs(startsAt, MAX_SILENCE_DAYS * DAY_MS)) {
    throw new ValidationError('endsAt', `A silence lasts at most ${MAX_SILENCE_DAYS} days.`);
  }
  if (startsAt > addMs(now, 365 * DAY_MS)) {
    throw new ValidationError('startsAt', 'A silence begins within a year.');
  }
}

const audited = ({ matchers, comment, startsAt, endsAt }: Silence): Record<string, unknown> => ({
  matchers,
  comment,
  startsAt: startsAt.toISOString(),
  endsAt: endsAt.toISOString(),
});
