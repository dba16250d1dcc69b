import { idempotently } from '../../control/access/index.ts';
import { writeAudit } from '../../control/audit/index.ts';
import {
  InvalidTransitionError,
  NotFoundError,
  ValidationError,
  VersionConflictError,
} from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { DRONE_CLASSES } from '../routing/index.ts';
import { announce, stateChange } from './announce.ts';
import {
  CHARGED_SOC,
  checkDrone,
  type Drone,
  type DroneInput,
  type DroneState,
  MAX_DRONES,
} from './drone.ts';
import { dronesById } from './read.ts';
import { type DroneRecord, lockDrone, putDrones, saveDrones } from './store.ts';

/** What keeps a drone where it is: only a parked one changes its class, site or adapter, or goes to the workshop. */
const PARKED: readonly DroneState[] = ['IDLE', 'CHARGING', 'MAINTENANCE', 'OFFLINE'];

/**
 * Adds a drone (at its site, IDLE) or changes all that is said about one; audited. A drone with a delivery keeps its
 * class, site and adapter (InvalidTransitionError). Once per idempotency key.
 */
export async function upsertDrone(
  scope: Scope,
  input: DroneInput,
  expectedVersion: number | null = null,
  idempotencyKey?: string | null,
): Promise<Drone> {
  const request = ['upsertDrone', input, expectedVersion];
  const work = async () => (await scope.db.tx((tx) => upsert(scope, tx, input, expectedVersion))).id;
  return idempotently(scope, idempotencyKey, request, work, async (id) => {
    const [drone] = await dronesById(scope, [id]);
    if (!drone) throw new NotFoundError('drone', id);
    return drone;
  });
}

async function upsert(scope: Scope, tx: Tx, input: DroneInput, expectedVersion: number | null) {
  checkDrone(input);
  const before = (await lockDrone(tx, scope.tenantId, input.id)) ?? null;
  checkVersion(before, input.id, expectedVersion);
  const next: DroneRecord = {
    ...{ id: input.id, name: input.name.trim(), class: input.class, siteId: input.siteId },
    adapter: input.adapter ?? before?.adapter ?? 'SIMULATOR',
    reliability: input.reliability ?? before?.reliability ?? DRONE_CLASSES[input.class].reliability,
    soc: before?.soc ?? input.soc ?? 100,
    state: before?.state ?? 'IDLE',
  };
  if (!before) await checkRoom(scope, tx);
  else if (before.class !== next.class || before.siteId !== next.siteId || before.adapter !== next.adapter) {
    if (!isParked(before))
      throw new InvalidTransitionError('drone', before.state, 'another class, site or adapter');
  }
  const [after] = await putDrones(tx, scope.tenantId, [next], scope.now);
  if (!after) throw new ValidationError('siteId', `No launch site has the id "${input.siteId}".`);
  return conclude(scope, tx, before, after, 'drone.upsert');
}

/** Takes a parked drone out of service or back into it; asking for what is already so changes nothing. Audited. */
export async function setDroneMaintenance(
  scope: Scope,
  id: string,
  isOn: boolean,
  expectedVersion: number | null = null,
): Promise<Drone> {
  return scope.db.tx(async (tx) => {
    const before = (await lockDrone(tx, scope.tenantId, id)) ?? null;
    checkVersion(before, id, expectedVersion);
    if (!before) throw new NotFoundError('drone', id);
    if ((before.state === 'MAINTENANCE') === isOn) return before;
    if (!isParked(before)) throw new InvalidTransitionError('drone', before.state, 'MAINTENANCE');
    const isEmpty = before.adapter === 'SIMULATOR' && before.soc < CHARGED_SOC;
    const state: DroneState = isOn ? 'MAINTENANCE' : isEmpty ? 'CHARGING' : 'IDLE';
    const next = { ...before, state, speedKmh: 0, updatedAt: scope.now };
    const [after] = (await saveDrones(tx, scope.tenantId, [next], false)) as [Drone];
    return conclude(scope, tx, before, after, isOn ? 'drone.maintenance' : 'drone.release');
  });
}

const isParked = ({ state, deliveryId }: Drone): boolean => PARKED.includes(state) && deliveryId === null;

function checkVersion(before: Drone | null, id: string, expected: number | null): void {
  if (expected === null) return;
  if (!before) throw new NotFoundError('drone', id);
  if (before.version !== expected) throw new VersionConflictError('drone', expected, before.version);
}

async function checkRoom({ tenantId }: Scope, tx: Tx): Promise<void> {
  const counted = await tx.row<{ n: number }>('SELECT count(*)::int AS n FROM drone WHERE tenant_id = $1', [
    tenantId,
  ]);
  if (counted && counted.n >= MAX_DRONES) {
    throw new ValidationError('id', `A tenant has at most ${MAX_DRONES} drones.`);
  }
}

async function conclude(scope: Scope, tx: Tx, before: Drone | null, after: Drone, action: string) {
  announce(scope, tx, [after]);
  await scope.events.append(tx, scope.tenantId, stateChange(before, after));
  await writeAudit(scope, tx, {
    action,
    subject: after.id,
    before: before && { ...before },
    after: { ...after },
  });
  return after;
}
