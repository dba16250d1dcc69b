import type { Tx } from '../../platform/db/sql.ts';
import { COLUMNS, fromStored, SELECT_LIST, type StoredSnapshot, toValues } from './columns.ts';
import type { KpiSnapshotRow } from './snapshot.ts';

const UPSERT = `
  INSERT INTO kpi_snapshot (tenant_id, ${COLUMNS.join(', ')})
  VALUES ($1, ${COLUMNS.map((_, i) => `$${i + 2}`).join(', ')})
  ON CONFLICT (tenant_id, at) DO UPDATE SET
    ${COLUMNS.filter((column) => column !== 'id' && column !== 'at')
      .map((column) => `${column} = EXCLUDED.${column}`)
      .join(', ')}
  RETURNING ${SELECT_LIST}`;

/** One row per (tenant, at): the same instant again replaces the values and keeps the id. */
export async function saveSnapshot(tx: Tx, tenantId: string, row: KpiSnapshotRow): Promise<KpiSnapshotRow> {
  const stored = await tx.row<StoredSnapshot>(UPSERT, [tenantId, ...toValues(row)], 'kpi_snapshot_upsert');
  return fromStored(stored as StoredSnapshot);
}
