import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Detector } from './detect/index.ts';
import { knownDetectors } from './known.ts';
import type { Observed } from './observe.ts';
import type { Series } from './series.ts';
import { saveStates, storedOf } from './store.ts';
import { revive, type Stored } from './tail.ts';

/** Detectors by series: known ones, the others restored; none for a series that has not learned anything yet. */
export async function detectorsOf(
  scope: Scope,
  tx: Tx,
  all: readonly Series[],
): Promise<Map<string, Detector>> {
  const known = knownDetectors(scope);
  const detectors = new Map<string, Detector>();
  const cold = new Map<string, Series>();
  for (const series of all) {
    const detector = known.take(scope.tenantId, series);
    if (detector) detectors.set(series.id, detector);
    else if (series.samples > 0) cold.set(series.id, series);
  }
  for (const [id, stored] of await storedOf(tx, scope.tenantId, [...cold.keys()])) {
    detectors.set(id, revived(scope, cold.get(id) as Series, stored));
  }
  return detectors;
}

/** The detector that was stored. One that this version cannot read learns anew: better blind for a while than no answer. */
export function revived(scope: Scope, { id, detector }: Series, stored: Stored): Detector {
  try {
    return revive(detector, stored);
  } catch (error) {
    scope.log.warn({ err: error, seriesId: id }, 'a detector starts anew');
    return revive(detector, { ...stored, state: null });
  }
}

/** Writes the states that are due; all detectors are known again once that is committed. */
export async function saveDetectors(
  scope: Scope,
  tx: Tx,
  observed: readonly Pick<Observed, 'series' | 'track' | 'detector' | 'fresh'>[],
): Promise<void> {
  const known = knownDetectors(scope);
  const states = observed.flatMap(({ series, detector, fresh }) =>
    detector && fresh === null ? [{ id: series.id, detector }] : [],
  );
  await saveStates(tx, scope.tenantId, states);
  tx.afterCommit(() => {
    for (const { series, track, detector } of observed) {
      if (detector) known.put(scope.tenantId, { ...series, ...track }, detector);
    }
  });
}
