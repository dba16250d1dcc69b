import { ValidationError } from '../kernel/errors.ts';
import { uuidv7 } from '../kernel/ids.ts';
import type { Tx } from '../platform/db/sql.ts';
import type { Scope } from '../platform/scope.ts';
import {
  type CycleRow,
  getCycle,
  insertClaim,
  insertCycle,
  lockClaim,
  type Trigger,
  takeOverClaim,
} from './store.ts';

export interface CycleRequest {
  asOf: Date;
  trigger: Trigger;
  /** The instant of asking, by the wall clock. */
  startedAt: Date;
}

/** A cycle that this instance now owns, or the one that somebody else is running. */
export interface Claimed {
  cycle: CycleRow;
  isMine: boolean;
}

/** Starts a new cycle, resumes an abandoned one, or finds the running one: one per tenant at a time. */
export async function claimCycle(scope: Scope, request: CycleRequest, owner: string): Promise<Claimed> {
  return scope.db.tx(async (tx) => {
    const id = uuidv7(request.startedAt.getTime());
    if (await insertClaim(tx, scope.tenantId, id, owner)) {
      await refuseBackwards(scope, tx, request.asOf);
      const { asOf, trigger, startedAt } = request;
      const cycle: CycleRow = {
        ...{ id, asOf, trigger, startedAt, attempt: 1 },
        ...{ isDryRun: false, status: 'RUNNING', finishedAt: null, report: null },
      };
      await insertCycle(tx, scope.tenantId, cycle, owner);
      await announceStart(scope, tx, cycle);
      return { cycle, isMine: true };
    }
    return joinOrResume(scope, tx, owner);
  });
}

/** Resumes the tenant's abandoned cycle; null when there is none or another instance was quicker. */
export async function resumeCycle(scope: Scope, owner: string): Promise<CycleRow | null> {
  return scope.db.tx(async (tx) => {
    const claim = await lockClaim(tx, scope.tenantId);
    if (!claim?.isExpired) return null;
    return (await joinOrResume(scope, tx, owner)).cycle;
  });
}

async function joinOrResume(scope: Scope, tx: Tx, owner: string): Promise<Claimed> {
  const claim = await lockClaim(tx, scope.tenantId);
  const cycle = claim && (await getCycle(tx, scope.tenantId, claim.cycleId));
  // Ended between our insert and our look: the caller may simply ask again.
  if (!claim || !cycle) throw new ValidationError('tenant', 'A cycle has just ended; ask again.');
  if (!claim.isExpired) return { cycle, isMine: false };
  await takeOverClaim(tx, scope.tenantId, owner);
  const resumed: CycleRow = { ...cycle, attempt: cycle.attempt + 1 };
  await tx.run('UPDATE cycle SET attempt = $3, owner = $4 WHERE tenant_id = $1 AND id = $2', [
    scope.tenantId,
    cycle.id,
    resumed.attempt,
    owner,
  ]);
  await announceStart(scope, tx, resumed);
  return { cycle: resumed, isMine: true };
}

/** State machines (issues, offers, corpus) only make sense when time moves forward. */
async function refuseBackwards(scope: Scope, tx: Tx, asOf: Date): Promise<void> {
  const row = await tx.row<{ last: Date | null }>(
    'SELECT last_cycle_at AS last FROM engine_counters WHERE tenant_id = $1',
    [scope.tenantId],
  );
  if (row?.last && asOf <= row.last) {
    const last = row.last.toISOString();
    throw new ValidationError(
      'asOf',
      `Cycles move forward in time: the last one ran as of ${last}; give a later instant.`,
    );
  }
}

async function announceStart(scope: Scope, tx: Tx, cycle: CycleRow): Promise<void> {
  const payload = {
    cycleId: cycle.id,
    asOf: cycle.asOf.toISOString(),
    trigger: cycle.trigger,
    attempt: cycle.attempt,
  };
  await scope.events.append(tx, scope.tenantId, [{ type: 'CYCLE_STARTED', payload }]);
}
