import { detectIssues } from '../../growth/issues/index.ts';
import { latestSnapshot } from '../../growth/kpis/index.ts';
import type { Phase, Step } from '../phase.ts';

/** DETECT: the issue rules over this cycle's snapshot, or over a recent one when MONITOR failed (spec 0.9). */
export const detect: Phase = {
  name: 'DETECT',
  async run(scope, tx, cycle): Promise<Step> {
    const snapshot = await latestSnapshot(scope, tx);
    const ageMs = snapshot ? cycle.asOf.getTime() - snapshot.at.getTime() : Number.POSITIVE_INFINITY;
    if (!snapshot || ageMs > 2 * cycle.intervalSec * 1000) {
      return { isDone: true, result: {}, skipped: 'SKIPPED_NO_KPIS' };
    }
    const { opened, repeated, resolved, open } = await detectIssues(scope, tx, snapshot);
    return { isDone: true, result: { opened, repeated, resolved, open, isSnapshotFresh: ageMs === 0 } };
  },
};
