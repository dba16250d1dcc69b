import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { applyDeltas, createDeltas, type Deltas } from '../rollups/index.ts';
import type { FactKind } from './kind.ts';

/** What the facts of one transaction add up to; written once, at its end. */
export interface Batch {
  readonly deltas: Deltas;
  readonly latest: Map<FactKind, Date>;
}

/*
 * Locks the tenant's row for this transaction: imports of one tenant run one after the other. Everything an import
 * reads it reads by key, but while tables are young the planner thinks them empty and scans them, and foreign-key
 * checks keep that plan for the connection's life: so scans are off for this transaction. A batch of lines fits in memory.
 */
const LOCK = `WITH locked AS (
    INSERT INTO import_state (tenant_id) VALUES ($1)
    ON CONFLICT (tenant_id) DO UPDATE SET tenant_id = EXCLUDED.tenant_id RETURNING 1
  )
  SELECT set_config('enable_seqscan', 'off', true), set_config('work_mem', '64MB', true) FROM locked`;

const ADVANCE = `UPDATE import_state SET
    last_customer_at = greatest(last_customer_at, $2), last_order_at = greatest(last_order_at, $3),
    last_cart_at = greatest(last_cart_at, $4), last_payment_at = greatest(last_payment_at, $5),
    last_error_at = greatest(last_error_at, $6),
    customers_gained = customers_gained + $7, customers_churned = customers_churned + $8
  WHERE tenant_id = $1`;

/**
 * One transaction of imports: takes the lock first, so that the old rows which `work` reads cannot change before
 * their contributions are subtracted, then writes the rollups and the watermarks once.
 */
export function withBatch<T>(scope: Scope, work: (tx: Tx, batch: Batch) => Promise<T>): Promise<T> {
  return scope.db.tx(async (tx) => {
    await tx.run(LOCK, [scope.tenantId], 'import_lock');
    const batch: Batch = { deltas: createDeltas(), latest: new Map() };
    const result = await work(tx, batch);
    await applyDeltas(tx, scope.tenantId, batch.deltas);
    await advance(tx, scope.tenantId, batch);
    return result;
  });
}

/** Moves the kind's watermark forward, never back. */
export function reach(batch: Batch, kind: FactKind, at: Date): void {
  const known = batch.latest.get(kind);
  if (!known || at > known) batch.latest.set(kind, at);
}

async function advance(tx: Tx, tenantId: string, { deltas, latest }: Batch): Promise<void> {
  if (latest.size === 0) return;
  let gained = 0;
  let churned = 0;
  for (const row of deltas.values()) {
    gained += row.customersGained;
    churned += row.customersChurned;
  }
  const marks = (['customer', 'order', 'cart', 'payment', 'error'] as const).map((kind) => latest.get(kind));
  await tx.run(ADVANCE, [tenantId, ...marks, gained, churned], 'import_advance');
}
