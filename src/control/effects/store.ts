import { sha256Hex, uuidv7 } from '../../kernel/ids.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { EFFECT_COLUMNS, type Effect, type NewEffect } from './effect.ts';

/** Longer than every provider call of one attempt together; by the database's clock. */
const LEASE_SEC = 120;
const OPEN = `('PENDING', 'SENDING', 'UNKNOWN')`;

/*
 * created_at decides the order within a subject, so it must not run backwards when the clocks of two instances
 * differ: each row comes after the subject's last one. The caller holds its subject's lock.
 */
const INSERT = `
  INSERT INTO effect (tenant_id, id, kind, dedupe_key, subject, payload, status, next_at, created_at)
  SELECT $1, n.id, n.kind, n."dedupeKey", n.subject, n.payload, 'PENDING', coalesce(n."nextAt", $3),
    greatest($3::timestamptz + make_interval(secs => n.position * 0.001),
      (SELECT max(created_at) FROM effect l WHERE l.tenant_id = $1 AND l.subject = n.subject)
        + make_interval(secs => (n.position + 1) * 0.001))
  FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, kind text, "dedupeKey" text, subject text, payload jsonb,
    "nextAt" timestamptz, position int)
  ON CONFLICT (tenant_id, dedupe_key) DO NOTHING RETURNING id`;

/**
 * Adds effects in the transaction of the state change they belong to; one that was added before (same kind, subject
 * and step) is left out. Returns the ids of those added. One statement.
 */
export async function addEffects(scope: Scope, tx: Tx, effects: readonly NewEffect[]): Promise<string[]> {
  if (effects.length === 0) return [];
  const rows = effects.map(({ kind, subject, step, payload, nextAt }, position) => ({
    ...{ kind, subject, payload, nextAt, position },
    id: uuidv7(scope.now.getTime()),
    dedupeKey: sha256Hex(scope.tenantId, kind, subject, step, ''),
  }));
  const added = await tx.rows<{ id: string }>(
    INSERT,
    [scope.tenantId, JSON.stringify(rows), scope.now],
    'add_effects',
  );
  return added.map(({ id }) => id);
}

/** Takes back effects of a subject that nobody has attempted; returns how many. */
export function skipEffects(
  tx: Tx,
  tenantId: string,
  { subject, kind }: { subject: string; kind: string },
): Promise<number> {
  return tx.run(
    `UPDATE effect SET status = 'SKIPPED', settled_at = clock_timestamp()
     WHERE tenant_id = $1 AND subject = $2 AND kind = $3 AND status = 'PENDING' AND attempts = 0`,
    [tenantId, subject, kind],
    'skip_effects',
  );
}

/** A claimed effect; `wasAttempted` when nobody knows how an earlier attempt ended. */
export type Claimed = Effect & { readonly wasAttempted: boolean };

/*
 * Due effects at the head of their subject's queue, in one pass over what is open. SENDING rows are due when their lease
 * has run out: whoever had them was cut off. The conditions are on the locked row, so they are read again when somebody
 * else changed it meanwhile: two runners never claim the same attempt.
 */
const claim = (ofSubject: string) => `
  WITH heads AS MATERIALIZED (
    SELECT DISTINCT ON (subject) id FROM effect WHERE tenant_id = $1 AND status IN ${OPEN} ${ofSubject}
    ORDER BY subject, created_at, id),
  due AS (
    SELECT d.id, d.status FROM effect d JOIN heads USING (id)
    WHERE d.tenant_id = $1 AND d.status IN ${OPEN} AND d.kind = ANY($3)
      AND CASE d.status WHEN 'SENDING' THEN d.lease_until <= clock_timestamp() ELSE d.next_at <= $2 END
    ORDER BY d.next_at, d.id LIMIT $4 FOR UPDATE OF d SKIP LOCKED)
  UPDATE effect e SET status = 'SENDING', attempts = e.attempts + 1,
    lease_until = clock_timestamp() + make_interval(secs => $5)
  FROM due WHERE e.tenant_id = $1 AND e.id = due.id
  RETURNING ${EFFECT_COLUMNS}, due.status <> 'PENDING' AS "wasAttempted"`;
const CLAIM = claim('');
const CLAIM_OF_SUBJECT = claim('AND subject = $6');

/** Claims due effects, at most `limit` and one per subject; of one subject when it is given. */
export function claimDue(
  scope: Scope,
  { subject, kinds, limit }: { subject: string | undefined; kinds: readonly string[]; limit: number },
): Promise<Claimed[]> {
  const values = [scope.tenantId, scope.now, kinds, limit, LEASE_SEC];
  return subject === undefined
    ? scope.db.rows<Claimed>(CLAIM, values, 'claim_effects')
    : scope.db.rows<Claimed>(CLAIM_OF_SUBJECT, [...values, subject], 'claim_effect_of');
}

/** How an attempt ended, or when the next one is due. */
export type Ending =
  | { readonly status: 'SENT' | 'FAILED' | 'DEAD'; readonly reason: string | null }
  | { readonly status: 'PENDING' | 'UNKNOWN'; readonly reason: string; readonly nextAt: Date };

/**
 * Ends the attempt that `effect` was claimed for. False when the attempt is no longer ours: its lease ran out and
 * somebody else has taken over.
 */
export async function endAttempt(
  sql: Sql,
  scope: Scope,
  effect: Pick<Effect, 'id' | 'attempts' | 'nextAt'>,
  ending: Ending,
): Promise<boolean> {
  const isOver = !('nextAt' in ending);
  const changed = await sql.run(
    `UPDATE effect SET status = $4, last_error = $5, next_at = $6, settled_at = $7, lease_until = NULL
     WHERE tenant_id = $1 AND id = $2 AND status = 'SENDING' AND attempts = $3`,
    [
      ...[scope.tenantId, effect.id, effect.attempts, ending.status, ending.reason],
      ...[isOver ? effect.nextAt : ending.nextAt, isOver ? scope.now : null],
    ],
    'end_effect',
  );
  return changed === 1;
}

/** Whether any effect of these kinds is still to be carried out. */
export async function hasOpenEffects(sql: Sql, tenantId: string, kinds: readonly string[]): Promise<boolean> {
  const row = await sql.row<{ isOpen: boolean }>(
    `SELECT EXISTS (SELECT FROM effect WHERE tenant_id = $1 AND status IN ${OPEN} AND kind = ANY($2)) AS "isOpen"`,
    [tenantId, kinds],
    'open_effects',
  );
  return row?.isOpen ?? false;
}

/** Days that ended effects are kept; money and prices keep theirs, because their steps must never be offered again. */
const KEPT_DAYS = 90;

/** Removes effects that ended long ago, at most 10,000 a call. */
export function pruneEffects({ tenantId, now }: Scope, tx: Tx): Promise<number> {
  return tx.run(
    `DELETE FROM effect WHERE tenant_id = $1 AND id IN (
       SELECT id FROM effect WHERE tenant_id = $1 AND settled_at < $2::timestamptz - make_interval(days => ${KEPT_DAYS})
         AND kind NOT LIKE 'payment.%' AND kind NOT LIKE 'price.%' LIMIT 10000)`,
    [tenantId, now],
  );
}
