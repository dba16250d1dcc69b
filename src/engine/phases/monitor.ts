import { takeSnapshot } from '../../growth/kpis/index.ts';
import type { Phase } from '../phase.ts';

/** MONITOR: the KPI snapshot as of the cycle's instant (spec a.2). */
export const monitor: Phase = {
  name: 'MONITOR',
  async run(scope, tx, cycle) {
    const { id, asOf, intervalSec } = cycle;
    const snapshot = await takeSnapshot(scope, tx, { cycleId: id, asOf, intervalSec });
    return {
      isDone: true,
      result: {
        snapshotId: snapshot.id,
        revenueMinor: snapshot.revenueMinor.toString(),
        currency: snapshot.reportingCurrency,
        revenueGrowthPct: snapshot.revenueGrowthPct,
        activeOrders: snapshot.activeOrders,
        abandonedOrders: snapshot.abandonedOrders,
        errorCount: snapshot.errorCount,
      },
    };
  },
};
