import type { Tx } from '../../platform/db/sql.ts';
import { COUNTERS, type Deltas } from './contribution.ts';

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const NAMES = COUNTERS.map(snake);
const TYPES = COUNTERS.map((name) => (name.endsWith('Minor') ? 'int8' : 'int4'));

const UPSERT = `
  INSERT INTO kpi_hour AS k (tenant_id, hour, currency, ${NAMES.join(', ')})
  SELECT $1, * FROM unnest($2::timestamptz[], $3::text[], ${TYPES.map((type, i) => `$${i + 4}::${type}[]`).join(', ')})
  ON CONFLICT (tenant_id, hour, currency) DO UPDATE SET
    ${NAMES.map((name) => `${name} = k.${name} + EXCLUDED.${name}`).join(', ')}`;

/**
 * Adds the changes to the hours, in one statement; hours in order, so that two tenants' or two kinds' batches
 * never deadlock. The caller holds the tenant's import_state lock, which is what makes old-minus-new exact.
 */
export async function applyDeltas(tx: Tx, tenantId: string, deltas: Deltas): Promise<void> {
  const rows = [...deltas.values()].filter((row) => COUNTERS.some((counter) => row[counter]));
  if (rows.length === 0) return;
  rows.sort((a, b) => a.hour - b.hour || (a.currency < b.currency ? -1 : 1));
  await tx.run(
    UPSERT,
    [
      tenantId,
      rows.map((row) => new Date(row.hour).toISOString()),
      rows.map((row) => row.currency),
      ...COUNTERS.map((counter) => rows.map((row) => row[counter].toString())),
    ],
    'rollup_upsert',
  );
}
