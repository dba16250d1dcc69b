import { raiseAlerts, resolveAlerts } from '../control/alert-intake/index.ts';
import type { Tx } from '../platform/db/sql.ts';
import type { Scope } from '../platform/scope.ts';
import type { CycleStatus, PhaseRow } from './store.ts';

const ofPhase = (phase: string) => ({ type: 'ENGINE_PHASE_FAILED', component: 'engine', labels: { phase } });
const OF_CYCLE = { type: 'ENGINE_CYCLE_FAILED', component: 'engine' } as const;

/**
 * Tells operators of phases that failed and of a cycle that got nowhere, and that those which failed before have got
 * through; last in the closing transaction. At most three statements.
 */
export async function tellOfCycle(
  scope: Scope,
  tx: Tx,
  status: CycleStatus,
  phases: readonly PhaseRow[],
): Promise<void> {
  const failed = phases.filter((phase) => phase.status === 'FAILED');
  const news = failed.map(({ name, error }) => ({
    ...ofPhase(name),
    ...{ level: 'error' as const, message: `The phase ${name} failed: ${error ?? 'for no known reason'}` },
  }));
  const cycle = {
    ...{ ...OF_CYCLE, level: 'critical' as const, opensIncident: true },
    message: `The cycle of ${scope.now.toISOString()} failed: no phase got through.`,
  };
  await raiseAlerts(scope, tx, status === 'FAILED' ? [...news, cycle] : news);
  const good = phases.filter((phase) => phase.status === 'COMPLETED').map(({ name }) => ofPhase(name));
  await resolveAlerts(scope, tx, status === 'FAILED' ? good : [...good, OF_CYCLE]);
}
