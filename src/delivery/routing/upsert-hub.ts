import { idempotently } from '../../control/access/index.ts';
import { writeAudit } from '../../control/audit/index.ts';
import { NotFoundError, VersionConflictError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { checkHub, type HubInput } from './edit-hub.ts';
import { hubsById } from './read.ts';
import { type HubRow, type HubView, lockHubs, putHubs, switchHub } from './store.ts';

/**
 * Creates a hub or changes all of it. VersionConflictError when `expectedVersion` is not the current one,
 * NotFoundError when it is given and there is no such hub, ValidationError for everything that cannot work.
 * Once per idempotency key.
 */
export async function upsertHub(
  scope: Scope,
  input: HubInput,
  expectedVersion: number | null = null,
  idempotencyKey?: string | null,
): Promise<HubView> {
  const request = ['upsertRoutingNode', input, expectedVersion];
  const work = async () => (await upsert(scope, input, expectedVersion)).nodeId;
  return idempotently(scope, idempotencyKey, request, work, (nodeId) => hubOf(scope, nodeId));
}

async function upsert(scope: Scope, input: HubInput, expectedVersion: number | null): Promise<HubView> {
  return scope.db.tx(async (tx) => {
    const hubs = await lockHubs(tx, scope.tenantId);
    const before = hubs.find((hub) => hub.nodeId === input.nodeId) ?? null;
    if (expectedVersion !== null) {
      if (!before) throw new NotFoundError('routing node', input.nodeId);
      checkVersion(before, expectedVersion);
    }
    const others = hubs.filter((hub) => hub !== before);
    checkHub(input, others, before?.reserved ?? 0);
    const { isEnabled, ...fields } = input;
    const next = { ...fields, name: input.name.trim(), enabled: isEnabled ?? before?.enabled ?? true };
    const [after] = (await putHubs(tx, scope.tenantId, [next], scope.now)) as [HubView];
    return record(scope, tx, before, after, before ? 'UPDATED' : 'CREATED');
  });
}

/** Takes a hub into service or out of it; asking for what is already so changes nothing. */
export async function setHubEnabled(
  scope: Scope,
  nodeId: string,
  isEnabled: boolean,
  expectedVersion: number | null = null,
): Promise<HubView> {
  const changed = await scope.db.tx(async (tx) => {
    const before = (await lockHubs(tx, scope.tenantId)).find((hub) => hub.nodeId === nodeId);
    if (!before) throw new NotFoundError('routing node', nodeId);
    if (expectedVersion !== null) checkVersion(before, expectedVersion);
    if (before.enabled === isEnabled) return null;
    const after = await switchHub(tx, scope.tenantId, nodeId, isEnabled, scope.now);
    return record(scope, tx, before, after, isEnabled ? 'ENABLED' : 'DISABLED');
  });
  return changed ?? hubOf(scope, nodeId);
}

async function hubOf(scope: Scope, nodeId: string): Promise<HubView> {
  const [hub] = await hubsById(scope, [nodeId]);
  if (!hub) throw new NotFoundError('routing node', nodeId);
  return hub;
}

function checkVersion(hub: HubRow, expected: number): void {
  if (hub.version !== expected) throw new VersionConflictError('routing node', expected, hub.version);
}

async function record(
  scope: Scope,
  tx: Tx,
  before: HubRow | null,
  after: HubView,
  change: 'CREATED' | 'UPDATED' | 'ENABLED' | 'DISABLED',
): Promise<HubView> {
  const { nodeId, region, enabled, capacity } = after;
  await writeAudit(scope, tx, {
    action: `hub.${change === 'CREATED' || change === 'UPDATED' ? 'upsert' : change.toLowerCase()}`,
    subject: nodeId,
    before: before && { ...before },
    after: { ...after },
  });
  const payload = { hubId: nodeId, region, isEnabled: enabled, capacity, change };
  await scope.events.append(tx, scope.tenantId, [{ type: 'HUB_CHANGED', payload }]);
  return after;
}
