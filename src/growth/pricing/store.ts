import { isDuplicate } from '../../kernel/bad-value.ts';
import { VersionConflictError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Money } from '../../kernel/money.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Price } from './price.ts';

export const PRICE_COLUMNS = `id, subject, amount_minor AS "amountMinor", currency, status, decision_id AS "decisionId",
  revision, proposed_at AS "proposedAt", proposed_by AS "proposedBy", decided_at AS "decidedAt",
  decided_by AS "decidedBy", effective_at AS "effectiveAt", active_at AS "activeAt", ended_at AS "endedAt",
  provider_ref AS "providerRef", reason`;

/** What a subject's next price has to be held against. */
export interface PriceBook {
  readonly active: Price | null;
  /** A price that waits for a person or for the provider. */
  readonly open: Price | null;
  /** Prices of the subject so far. */
  readonly revision: number;
}

/** One at a time for a subject, whatever state its prices are in: row locks alone would be taken in any order. */
const lockSubject = (tx: Tx, tenantId: string, subject: string): Promise<number> =>
  tx.run("SELECT pg_advisory_xact_lock(hashtextextended('price|' || $1 || '|' || $2, 0))", [
    tenantId,
    subject,
  ]);

/** The subject's prices, locked until the commit. */
export async function lockBook(tx: Tx, tenantId: string, subject: string): Promise<PriceBook> {
  await lockSubject(tx, tenantId, subject);
  const rows = await tx.rows<Price>(
    `SELECT ${PRICE_COLUMNS} FROM price WHERE tenant_id = $1 AND subject = $2
       AND status IN ('PROPOSED', 'APPLYING', 'ACTIVE') ORDER BY id FOR UPDATE`,
    [tenantId, subject],
  );
  const newest = await tx.row<{ revision: number | null }>(
    'SELECT max(revision) AS revision FROM price WHERE tenant_id = $1 AND subject = $2',
    [tenantId, subject],
  );
  const active = rows.find(({ status }) => status === 'ACTIVE') ?? null;
  const open = rows.find(({ status }) => status !== 'ACTIVE') ?? null;
  return { active, open, revision: newest?.revision ?? 0 };
}

/** The price with this id, its subject and itself locked, or undefined. */
export async function lockPrice(tx: Tx, tenantId: string, id: string): Promise<Price | undefined> {
  if (!isUuid(id)) return undefined;
  const sql = `SELECT ${PRICE_COLUMNS} FROM price WHERE tenant_id = $1 AND id = $2`;
  const found = await tx.row<Price>(sql, [tenantId, id]);
  if (!found) return undefined;
  await lockSubject(tx, tenantId, found.subject);
  return tx.row<Price>(`${sql} FOR UPDATE`, [tenantId, id]);
}

/** The price that was in force 30 days before `now`, or the first one since; null when there was none. */
export async function priceAMonthAgo(
  sql: Sql,
  tenantId: string,
  subject: string,
  now: Date,
): Promise<Money | null> {
  const then = addMs(now, -30 * DAY_MS);
  const row = await sql.row<Money>(
    `SELECT amount_minor AS "amountMinor", currency FROM price
     WHERE tenant_id = $1 AND subject = $2 AND active_at IS NOT NULL AND (ended_at IS NULL OR ended_at > $3)
     ORDER BY active_at LIMIT 1`,
    [tenantId, subject, then],
  );
  return row ?? null;
}

/** Adds a price. VersionConflictError when somebody else has just done so for the same subject. */
export async function insertPrice(tx: Tx, tenantId: string, price: Price): Promise<void> {
  try {
    await tx.run(
      `INSERT INTO price (tenant_id, id, subject, amount_minor, currency, status, decision_id, revision, proposed_at,
         proposed_by, decided_at, decided_by, effective_at, reason)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
      [
        ...[tenantId, price.id, price.subject, price.amountMinor, price.currency, price.status],
        ...[price.decisionId, price.revision, price.proposedAt, price.proposedBy, price.decidedAt],
        ...[price.decidedBy, price.effectiveAt, price.reason],
      ],
    );
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new VersionConflictError('price', price.revision - 1, price.revision);
  }
}

/** Writes what may change of a price. */
export async function savePrice(tx: Tx, tenantId: string, price: Price): Promise<void> {
  await tx.run(
    `UPDATE price SET status = $3, decided_at = $4, decided_by = $5, effective_at = $6, active_at = $7, ended_at = $8,
       provider_ref = $9, reason = $10 WHERE tenant_id = $1 AND id = $2`,
    [
      ...[tenantId, price.id, price.status, price.decidedAt, price.decidedBy, price.effectiveAt],
      ...[price.activeAt, price.endedAt, price.providerRef, price.reason],
    ],
  );
}
