import { uuidv7 } from '../../kernel/ids.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Offer } from '../offers/index.ts';
import type { Charge, ChargeEntry, EntryKind, EntrySource } from './charge.ts';

/** The columns of `Charge`; `c` is the table. */
export const CHARGE_COLUMNS = `c.id, c.offer_id AS "offerId", c.provider, c.provider_ref AS "providerRef", c.status,
  c.currency, c.amount_minor AS "amountMinor", c.authorized_minor AS "authorizedMinor",
  c.captured_minor AS "capturedMinor", c.refunded_minor AS "refundedMinor", c.action_url AS "actionUrl",
  c.failure_code AS "failureCode", c.created_at AS "createdAt", c.updated_at AS "updatedAt", c.version`;

/** The columns of `ChargeEntry`. */
export const ENTRY_COLUMNS = `id, charge_id AS "chargeId", kind, amount_minor AS "amountMinor", source,
  source_id AS "sourceId", at`;

/*
 * The provider is the account's at this moment; a tenant without an account pays with the built-in test provider.
 * Accepting twice finds the first charge.
 */
const INSERT = `
  INSERT INTO charge AS c (tenant_id, id, offer_id, provider, status, currency, amount_minor, created_at, updated_at)
  VALUES ($1, $2, $3, coalesce((SELECT provider FROM payment_account WHERE tenant_id = $1), 'TEST'), 'PENDING',
    $4, $5, $6, $6)
  ON CONFLICT (tenant_id, offer_id) DO NOTHING RETURNING ${CHARGE_COLUMNS}`;

/** The charge of an offer that has none yet; undefined when it has. */
export function insertCharge(scope: Scope, tx: Tx, offer: Offer): Promise<Charge | undefined> {
  return tx.row<Charge>(
    INSERT,
    [
      ...[scope.tenantId, uuidv7(scope.now.getTime()), offer.id],
      ...[offer.currency, offer.bundlePriceMinor, scope.now],
    ],
    'insert_charge',
  );
}

/** The charge of an offer, or null. Whoever is going to change it holds the offer's lock. */
export async function chargeOf(sql: Sql, tenantId: string, offerId: string): Promise<Charge | null> {
  const row = await sql.row<Charge>(
    `SELECT ${CHARGE_COLUMNS} FROM charge c WHERE c.tenant_id = $1 AND c.offer_id = $2`,
    [tenantId, offerId],
    'charge_of_offer',
  );
  return row ?? null;
}

/** Writes what changes about a charge. */
export async function saveCharge(tx: Tx, tenantId: string, charge: Charge): Promise<void> {
  await tx.run(
    `UPDATE charge SET provider_ref = $3, status = $4, authorized_minor = $5, captured_minor = $6,
       refunded_minor = $7, action_url = $8, failure_code = $9, updated_at = $10, version = $11
     WHERE tenant_id = $1 AND id = $2`,
    [
      ...[tenantId, charge.id, charge.providerRef, charge.status, charge.authorizedMinor],
      ...[charge.capturedMinor, charge.refundedMinor, charge.actionUrl, charge.failureCode],
      ...[charge.updatedAt, charge.version],
    ],
    'save_charge',
  );
}

export interface NewEntry {
  readonly kind: EntryKind;
  readonly amountMinor: bigint;
}

/** How we learned of a change. */
export interface Origin {
  readonly source: EntrySource;
  /** The effect's or webhook event's id. */
  readonly sourceId: string;
}

/** Appends to the ledger what it does not have yet and returns all of it. One statement. */
export function appendEntries(
  scope: Scope,
  tx: Tx,
  charge: Charge,
  entries: readonly NewEntry[],
  { source, sourceId }: Origin,
): Promise<NewEntry[]> {
  const ids = entries.map(() => uuidv7(scope.now.getTime()));
  return tx.rows<NewEntry>(
    `WITH added AS (
       INSERT INTO charge_entry (tenant_id, id, charge_id, kind, amount_minor, source, source_id, at)
       SELECT $1, n.id, $2, n.kind, n.amount, $6, $7, $8
       FROM unnest($3::uuid[], $4::text[], $5::int8[]) AS n (id, kind, amount)
       ON CONFLICT (tenant_id, charge_id, kind) DO NOTHING RETURNING kind, amount_minor)
     SELECT kind, amount_minor AS "amountMinor" FROM charge_entry WHERE tenant_id = $1 AND charge_id = $2
     UNION ALL SELECT kind, amount_minor FROM added`,
    [
      ...[scope.tenantId, charge.id, ids, entries.map(({ kind }) => kind)],
      ...[entries.map(({ amountMinor }) => amountMinor), source, sourceId, scope.now],
    ],
    'append_charge_entries',
  );
}

/** The ledger of some charges, in the order in which money moves; news of it may come in any order. */
export function entriesOf(sql: Sql, tenantId: string, chargeIds: readonly string[]): Promise<ChargeEntry[]> {
  return sql.rows<ChargeEntry>(
    `SELECT ${ENTRY_COLUMNS} FROM charge_entry WHERE tenant_id = $1 AND charge_id = ANY($2::uuid[])
     ORDER BY array_position(ARRAY['DECLINE', 'AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND'], kind)`,
    [tenantId, chargeIds],
    'charge_entries',
  );
}
