/*
 * The definitions of spec a.2 over the raw tables, each restricted to the half-open stretches of a CTE named
 * `edge (f, t)`. contribution.ts says the same in TypeScript; recompute.ts and its tests hold the two together.
 * Column order: currency, revenue, refunds, captures, first attempts, first successes, checkouts, orders paid,
 * customers gained, customers churned, errors.
 */
interface Fact {
  /** The instant that decides the hour. */
  at: string;
  table: string;
  where?: string;
  columns: Partial<Record<(typeof COLUMNS)[number], string>>;
}

export const COLUMNS = [
  'currency',
  'revenue_minor',
  'refunds_minor',
  'captures',
  'first_attempts',
  'first_successes',
  'checkouts',
  'orders_paid',
  'customers_gained',
  'customers_churned',
  'errors',
] as const;

/** A cancelled document of zero or less is a credit note, not somebody's checkout. */
const NOT_A_CREDIT_NOTE = `status <> 'ADJUSTMENT' AND NOT (status = 'CANCELLED' AND total_minor <= 0)`;

export const FACT_LIST: readonly Fact[] = [
  {
    table: 'payment',
    at: 'captured_at',
    columns: { currency: 'currency', revenue_minor: 'amount_minor', captures: '1' },
  },
  { table: 'payment', at: 'refunded_at', columns: { currency: 'currency', refunds_minor: 'refunded_minor' } },
  {
    table: 'payment',
    at: 'attempted_at',
    // A refund without a capture is a credit note on its own: nobody tried to pay.
    where: `attempt = 1 AND (captured_at IS NOT NULL OR status IN ('AUTHORIZED', 'CAPTURED', 'FAILED', 'VOIDED'))`,
    columns: { first_attempts: '1', first_successes: `(CASE WHEN status = 'FAILED' THEN 0 ELSE 1 END)` },
  },
  { table: 'cart', at: 'started_at', columns: { checkouts: '1' } },
  {
    table: 'orders',
    at: 'placed_at',
    where: `cart_id IS NULL AND ${NOT_A_CREDIT_NOTE}`,
    columns: { checkouts: '1' },
  },
  { table: 'orders', at: 'paid_at', where: NOT_A_CREDIT_NOTE, columns: { orders_paid: '1' } },
  { table: 'customer', at: 'signed_up_at', columns: { customers_gained: '1' } },
  { table: 'customer', at: 'churned_at', columns: { customers_churned: '1' } },
  { table: 'error_event', at: 'occurred_at', columns: { errors: 'count' } },
];

function select(fact: Fact): string {
  const columns = COLUMNS.map(
    (column) => fact.columns[column] ?? (column === 'currency' ? `'XXX'::bpchar` : '0'),
  );
  const where = fact.where ? ` AND ${fact.where}` : '';
  return `SELECT fact.* FROM edge, LATERAL (SELECT ${columns.join(', ')} FROM ${fact.table}
      WHERE tenant_id = $1 AND ${fact.at} >= f AND ${fact.at} < t${where} OFFSET 0) AS fact`;
}

/**
 * Rows of COLUMNS for every fact inside the edges. OFFSET 0 keeps each part an index range of its own: a planner with
 * statistics takes a plain join for a ninth of the tenant's history and reads all of it.
 */
export const FACTS = FACT_LIST.map(select).join('\n    UNION ALL ');
