import { getSettings } from '../../control/tenancy/index.ts';
import { unwatchIfIdle } from '../../control/watch/index.ts';
import type { Scope } from '../../platform/scope.ts';
import { checkCapacityAlerts } from '../capacity/index.ts';
import { expireUnpaid, runPayments } from '../charges/index.ts';
import { advanceFleet, fleetIsBusy, sweepSilent } from '../fleet/index.ts';
import { assignDrones, waitsForDrone } from './assign-drones.ts';
import { dispatchDue } from './dispatch-due.ts';
import { liveSituations } from './facts.ts';
import { progress, type World } from './progress.ts';
import { hasWork } from './work.ts';

/** Deliveries of a tenant looked at in one visit; its hubs have far fewer slots. */
const MAX_LIVE = 2_000;

/**
 * One visit of the delivery loop to a tenant: money, holds, dispatches, legs, drones. Every step is a short
 * transaction guarded by locks, so visits may overlap, be cut off anywhere and be repeated. Errors of single
 * deliveries are collected; the others go on.
 */
export async function tickDeliveries(scope: Scope): Promise<void> {
  const errors: unknown[] = [];
  const attempt = async (work: () => Promise<unknown>) => {
    await work().catch((error: unknown) => errors.push(error));
  };
  await attempt(() => runPayments(scope));
  await attempt(() => expireUnpaid(scope));
  await attempt(() => scope.db.tx((tx) => checkCapacityAlerts(scope, tx)));
  await attempt(() => dispatchDue(scope));
  await attempt(() => fly(scope));
  await attempt(() => carry(scope, attempt));
  await attempt(() => runPayments(scope));
  if (errors.length === 0) await attempt(() => rest(scope));
  if (errors.length > 0) throw new AggregateError(errors, messageOf(errors));
}

const messageOf = (errors: readonly unknown[]): string =>
  errors.map((error) => (error instanceof Error ? error.message : String(error))).join('; ');

async function fly(scope: Scope): Promise<void> {
  if (!(await fleetIsBusy(scope.db, scope.tenantId))) return;
  await scope.db.tx((tx) => advanceFleet(scope, tx));
  await scope.db.tx((tx) => sweepSilent(scope, tx));
}

/** Carries what is under way, then sends drones to what waits for one. */
async function carry(scope: Scope, attempt: (work: () => Promise<unknown>) => Promise<void>): Promise<void> {
  const live = await liveSituations(scope.db, scope.tenantId, MAX_LIVE);
  if (live.length === 0) return;
  const world = await worldOf(scope);
  let isMoved = false;
  for (const each of live) {
    await attempt(async () => {
      isMoved = (await progress(scope, world, each)) || isMoved;
    });
  }
  const now = isMoved ? await liveSituations(scope.db, scope.tenantId, MAX_LIVE) : live;
  if (now.some(waitsForDrone)) await assignDrones(scope, world, now);
}

async function worldOf(scope: Scope): Promise<World> {
  const settings = await getSettings(scope.db, scope.tenantId);
  const disabled = await scope.db.rows<{ id: string }>(
    'SELECT id FROM hub WHERE tenant_id = $1 AND NOT is_enabled',
    [scope.tenantId],
    'hubs_disabled',
  );
  return {
    speed: settings.simulationSpeed,
    disabledHubs: new Set(disabled.map(({ id }) => id)),
    isGroundAllowed: settings.dispatchGroundFallback,
  };
}

/** Nothing under way: the loop need not come again until somebody calls it. */
async function rest(scope: Scope): Promise<void> {
  if (await hasWork(scope.db, scope.tenantId)) return;
  await scope.db.tx((tx) =>
    unwatchIfIdle(tx, 'DELIVERIES', scope.tenantId, async () => !(await hasWork(tx, scope.tenantId))),
  );
}
