import { unwatchIfIdle, watchTenant } from '../../control/watch/index.ts';
import { addMs, MINUTE_MS } from '../../kernel/time.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { hasOpenSends, runSends } from '../channels/index.ts';
import { judgeFailures } from './failures.ts';
import { flushAll } from './flush.ts';
import { drainIntake } from './intake.ts';

/** Transactions of one visit at most, so that other tenants get their turn. */
const MAX_CHUNKS = 20;
/**
 * A tenant stays on the loop's list while something is due within this time, and the sweep that runs every five minutes
 * puts it back: so what is due is done within seconds, and what is due in hours costs nothing until then.
 */
export const HORIZON_MS = 10 * MINUTE_MS;

/** What one visit of the router did. */
export interface TickResult {
  /** Rows of the inbox. */
  readonly taken: number;
  readonly looked: number;
  /** Attempts to send. */
  readonly attempts: number;
  readonly isIdle: boolean;
}

/**
 * One visit of the router (spec n.1): takes the inbox, tells what is due, sends, and leaves the loop's list when nothing
 * is to come soon. Safe on any number of instances at once: the router of a tenant is locked, and messages are effects.
 * `sending` says how long it waits for slow partners.
 */
export async function tickAlerts(scope: Scope, sending: { patienceMs?: number } = {}): Promise<TickResult> {
  const pending = await pendingWork(scope.db, scope.tenantId, scope.now);
  const taken = pending.hasIntake ? await drainIntake(scope, MAX_CHUNKS) : 0;
  const looked = pending.isDue || taken > 0 ? await flushAll(scope, MAX_CHUNKS) : 0;
  const attempts = await runSends(scope, sending);
  await judgeFailures(scope);
  return { taken, looked, attempts, isIdle: await leaveWhenIdle(scope) };
}

async function pendingWork(
  sql: Sql,
  tenantId: string,
  until: Date,
): Promise<{ hasIntake: boolean; isDue: boolean }> {
  const row = await sql.row<{ hasIntake: boolean; isDue: boolean }>(
    `SELECT EXISTS (SELECT FROM alert_intake WHERE tenant_id = $1) AS "hasIntake",
       EXISTS (SELECT FROM alert WHERE tenant_id = $1 AND due_at <= $2) AS "isDue"`,
    [tenantId, until],
    'alerts_pending',
  );
  return row ?? { hasIntake: false, isDue: false };
}

/** Whether the router has anything to do within the horizon. */
async function isBusy(sql: Sql, scope: Scope): Promise<boolean> {
  const { hasIntake, isDue } = await pendingWork(sql, scope.tenantId, addMs(scope.now, HORIZON_MS));
  return hasIntake || isDue || (await hasOpenSends(sql, scope.tenantId));
}

async function leaveWhenIdle(scope: Scope): Promise<boolean> {
  if (await isBusy(scope.db, scope)) return false;
  return scope.db.tx((tx) =>
    unwatchIfIdle(tx, 'ALERTS', scope.tenantId, async () => !(await isBusy(tx, scope))),
  );
}

/** Puts the tenant back on the loop's list when something is due soon: for the sweep every five minutes. */
export async function rewatchAlerts(scope: Scope): Promise<void> {
  if (await isBusy(scope.db, scope)) {
    await scope.db.tx((tx) => watchTenant(tx, 'ALERTS', scope.tenantId));
  }
}
