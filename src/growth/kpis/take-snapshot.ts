import { uuidFrom } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { readFacts } from './facts.ts';
import { tenantBaseline } from './read.ts';
import { computeSnapshot, type KpiSnapshotRow } from './snapshot.ts';
import { saveSnapshot } from './store.ts';

export interface SnapshotRequest {
  /** The cycle that takes it; null for one by hand. */
  cycleId: string | null;
  /** The end of its windows, exclusive. */
  asOf: Date;
  /** The tenant's engine interval: window of the error count and measure of staleness. */
  intervalSec: number;
}

/** Computes and stores the tenant's KPIs at an instant (spec a.2). Twice for one instant leaves one row. */
export async function takeSnapshot(scope: Scope, tx: Tx, request: SnapshotRequest): Promise<KpiSnapshotRow> {
  const { cycleId, asOf, intervalSec } = request;
  const baseline = await tenantBaseline(tx, scope.tenantId);
  const facts = await readFacts(scope, tx, asOf, intervalSec, baseline);
  const id = uuidFrom(scope.tenantId, 'kpi_snapshot', asOf.toISOString());
  return saveSnapshot(tx, scope.tenantId, { ...computeSnapshot(facts), id, cycleId });
}
