import {
  type ImportBatch,
  type ItemResult,
  MAX_ITEMS,
  type Outcome,
  readItems,
} from '../../commerce/ingest/index.ts';
import { ValidationError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { type BookedAmount, type Cost, readConversion, readCost } from './fact.ts';

/*
 * One statement: what is new is inserted, what is different is corrected, and what is the same is left alone. xmax is 0
 * for a row that the statement has inserted.
 */
const COSTS = `
  WITH sent AS (SELECT * FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, source text, "externalId" text, category text,
    "amountMinor" bigint, currency text, "occurredAt" timestamptz))
  INSERT INTO cost_entry AS c (tenant_id, id, source, external_id, category, amount_minor, currency, occurred_at, recorded_at)
  SELECT $1, id, source, "externalId", category, "amountMinor", currency, "occurredAt", $3 FROM sent ORDER BY id
  ON CONFLICT (tenant_id, id) DO UPDATE SET category = excluded.category, amount_minor = excluded.amount_minor,
    currency = excluded.currency, occurred_at = excluded.occurred_at, recorded_at = excluded.recorded_at
  WHERE (c.category, c.amount_minor, c.currency, c.occurred_at)
    IS DISTINCT FROM (excluded.category, excluded.amount_minor, excluded.currency, excluded.occurred_at)
  RETURNING id, xmax = 0 AS "isNew"`;

/** What was paid out is settled: a correction of it is refused by leaving it alone. */
const CONVERSIONS = `
  WITH sent AS (SELECT * FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, source text, "externalId" text,
    "amountMinor" bigint, currency text, "occurredAt" timestamptz))
  INSERT INTO partner_conversion AS c (tenant_id, id, partner, external_id, amount_minor, currency, occurred_at)
  SELECT $1, id, source, "externalId", "amountMinor", currency, "occurredAt" FROM sent ORDER BY id
  ON CONFLICT (tenant_id, id) DO UPDATE SET amount_minor = excluded.amount_minor, currency = excluded.currency,
    occurred_at = excluded.occurred_at
  WHERE c.paid_at IS NULL AND (c.amount_minor, c.currency, c.occurred_at)
    IS DISTINCT FROM (excluded.amount_minor, excluded.currency, excluded.occurred_at)
  RETURNING id, xmax = 0 AS "isNew"`;

/** Books up to 1,000 costs of one source; sending twice is harmless. Throws ValidationError for the call as a whole. */
export const recordCosts = (scope: Scope, batch: ImportBatch): Promise<ItemResult[]> =>
  record<Cost>(scope, batch, readCost, (tx, rows) => tx.rows(COSTS, [scope.tenantId, rows, scope.now]));

/** Books up to 1,000 sales that one partner (the batch's source) brought; those paid out stay as they are. */
export const recordConversions = (scope: Scope, batch: ImportBatch): Promise<ItemResult[]> =>
  record<BookedAmount>(scope, batch, readConversion, (tx, rows) =>
    tx.rows(CONVERSIONS, [scope.tenantId, rows]),
  );

type Written = { id: string; isNew: boolean };

async function record<F extends BookedAmount>(
  scope: Scope,
  { source, items }: ImportBatch,
  read: (raw: Record<string, unknown>, context: { tenantId: string; source: string; now: Date }) => F,
  write: (tx: Tx, rows: string) => Promise<Written[]>,
): Promise<ItemResult[]> {
  if (source.trim() === '' || source.length > 100) {
    throw new ValidationError('source', 'Name where the amounts come from, in 1 to 100 characters.');
  }
  if (items.length > MAX_ITEMS) {
    throw new ValidationError('items', `A batch holds at most ${MAX_ITEMS} items, not ${items.length}.`);
  }
  const context = { tenantId: scope.tenantId, source: source.trim(), now: scope.now };
  const { results, accepted } = readItems(
    items,
    (raw) => read(raw, context),
    ({ id }) => id,
  );
  if (accepted.length === 0) return results;
  const rows = JSON.stringify(
    accepted.map(({ item: fact }) => ({ ...fact, amountMinor: fact.amountMinor.toString() })),
  );
  const written = new Map((await scope.db.tx((tx) => write(tx, rows))).map((row) => [row.id, row]));
  for (const { index, item: fact } of accepted) {
    const row = written.get(fact.id);
    const outcome: Outcome = row ? (row.isNew ? 'CREATED' : 'UPDATED') : 'UNCHANGED';
    results[index] = { index, externalId: fact.externalId, outcome, id: fact.id };
  }
  return results;
}
