import { sha256Hex, uuidv7 } from '../../kernel/ids.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { EFFECT_COLUMNS, type Effect, handledKinds, type NewEffect } from './effect.ts';

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
 * One due effect whose predecessors have ended. SENDING rows are due when their lease has run out: whoever had them
 * was cut off. Statuses are read again after the row's lock is won, so two runners never claim the same attempt.
 */
const CLAIM = `
  WITH due AS (
    SELECT id, status FROM effect d
    WHERE tenant_id = $1 AND status IN ${OPEN} AND kind = ANY($3) AND ($4::text IS NULL OR subject = $4)
      AND CASE status WHEN 'SENDING' THEN lease_until <= clock_timestamp() ELSE next_at <= $2 END
      AND NOT EXISTS (SELECT FROM effect b WHERE b.tenant_id = $1 AND b.subject = d.subject AND b.status IN ${OPEN}
        AND (b.created_at, b.id) < (d.created_at, d.id))
    ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
  UPDATE effect e SET status = 'SENDING', attempts = e.attempts + 1,
    lease_until = clock_timestamp() + make_interval(secs => $5)
  FROM due WHERE e.tenant_id = $1 AND e.id = due.id
  RETURNING ${EFFECT_COLUMNS}, due.status <> 'PENDING' AS "wasAttempted"`;

/** Claims the next due effect, or undefined. */
export function claimNext(scope: Scope, subject: string | null): Promise<Claimed | undefined> {
  return scope.db.row<Claimed>(
    CLAIM,
    [scope.tenantId, scope.now, handledKinds(), subject, LEASE_SEC],
    'claim_effect',
  );
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
