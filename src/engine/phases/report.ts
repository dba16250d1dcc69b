import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { queueReport } from '../../reliability/channels/index.ts';
import type { Phase, PhaseResult } from '../phase.ts';
import { getPhases } from '../store.ts';

/** REPORT: one flat summary of what the cycle saw and did; kept on the cycle and streamed with CYCLE_COMPLETED. */
export const report: Phase = {
  name: 'REPORT',
  async run(scope, tx, cycle) {
    const phases = await getPhases(tx, scope.tenantId, cycle.id);
    const of = (name: string): PhaseResult => phases.find((phase) => phase.name === name)?.result ?? {};
    const failed = phases.filter((phase) => phase.status === 'FAILED').map((phase) => phase.name);
    const pick = (name: string, keys: string[]) =>
      Object.fromEntries(keys.map((key) => [key, of(name)[key] ?? null] as const));
    const result: PhaseResult = {
      ...pick('MONITOR', ['revenueMinor', 'currency', 'revenueGrowthPct', 'activeOrders', 'abandonedOrders']),
      issuesOpened: of('DETECT').opened ?? null,
      issuesResolved: of('DETECT').resolved ?? null,
      issuesOpen: of('DETECT').open ?? null,
      ...pick('DELIVERY_DETECT', ['scored', 'detected', 'elite', 'crossBorder']),
      ...pick('DELIVERY_UPSELL', ['actionsCreated', 'totalRevenueMinor', 'expectedRevenueMinor']),
      outcomes: of('DELIVERY_FEEDBACK').outcomes ?? null,
      ...pick('LEARN', [
        'lessons',
        'patterns',
        'changesApplied',
        'changesProposed',
        'isReweighted',
        'pausedArms',
      ]),
      learningAlerts: of('LEARN').alerts ?? null,
      failedPhases: failed.length === 0 ? null : failed.join(' '),
    };
    await tellPeople(scope, tx, cycle.id, result);
    return { isDone: true, result };
  },
};

/** Channels that want every cycle get its summary (spec n.2); there are none unless somebody has asked for it. */
async function tellPeople(scope: Scope, tx: Tx, cycleId: string, result: PhaseResult): Promise<void> {
  const facts = Object.fromEntries(Object.entries(result).filter(([, value]) => value !== null));
  const lines = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
  const title = `Cycle of ${scope.now.toISOString()}`;
  // The phase's own events come after this.
  await queueReport(scope, tx, { kind: 'CYCLE', reportKey: cycleId, title, lines, facts, isPatient: true });
}
