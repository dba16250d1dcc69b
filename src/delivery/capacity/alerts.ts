import { raiseAlerts, resolveAlerts } from '../../control/alert-intake/index.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';

/** An alert begins below this share of free slots (spec c.9) and ends at the other, so that it does not flicker. */
export const ALERT_PCT = 20;
export const CALM_PCT = 25;

/** Whether the alert holds, given whether it held before. A hub out of service or without capacity has none. Pure. */
export function isAlert(wasAlert: boolean, free: number, capacity: number, isEnabled = true): boolean {
  if (!isEnabled || capacity <= 0) return false;
  return (free / capacity) * 100 < (wasAlert ? CALM_PCT : ALERT_PCT);
}

interface Place {
  readonly id: string;
  readonly isEnabled: boolean;
  readonly capacity: number;
  readonly free: number;
  readonly wasAlert: boolean;
}

/**
 * Raises CAPACITY_ALERT where too few slots are free, per hub and over all hubs in service, and tells when that is over;
 * once each. It appends events, so call it at the end of a transaction. A hub that somebody else has locked is skipped
 * until the next time: this never waits.
 */
export async function checkCapacityAlerts(scope: Scope, tx: Tx): Promise<void> {
  const { tenantId } = scope;
  const hubs = await tx.rows<Place>(
    `SELECT id, is_enabled AS "isEnabled", capacity, capacity - reserved AS free, alerted_at IS NOT NULL AS "wasAlert"
     FROM hub WHERE tenant_id = $1 ORDER BY id`,
    [tenantId],
    'capacity_alerts',
  );
  const changed = hubs.filter(({ wasAlert, free, capacity, isEnabled }) => {
    return isAlert(wasAlert, free, capacity, isEnabled) !== wasAlert;
  });
  const told = changed.length > 0 ? await turn(scope, tx, changed) : [];
  const events = told.map((hub) => eventOf(hub.id, hub));
  const total = await turnTotal(
    scope,
    tx,
    hubs.filter(({ isEnabled }) => isEnabled),
  );
  if (total) events.push(total);
  if (events.length === 0) return;
  await scope.events.append(tx, tenantId, events);
  await tell(scope, tx, events);
}

/** Operators hear of a hub that runs full, and louder of all of them together. */
async function tell(scope: Scope, tx: Tx, events: readonly NewEvent[]): Promise<void> {
  const places = events.flatMap(({ type, payload }) => (type === 'CAPACITY_ALERT' ? [payload] : []));
  const identityOf = (hubId: string | null) => ({
    ...{ type: 'CAPACITY_LOW', component: 'capacity' },
    labels: { hub: hubId ?? 'all' },
  });
  const raised = places.filter(({ isRaised }) => isRaised);
  await raiseAlerts(
    scope,
    tx,
    raised.map(({ hubId, free, capacity, freePct }) => ({
      ...identityOf(hubId),
      level: hubId === null ? ('error' as const) : ('warning' as const),
      message: `${free} of ${capacity} slots (${freePct} %) are free ${hubId === null ? 'in all hubs' : `at ${hubId}`}.`,
    })),
  );
  const calm = places.filter(({ isRaised }) => !isRaised);
  await resolveAlerts(
    scope,
    tx,
    calm.map(({ hubId }) => identityOf(hubId)),
  );
}

const eventOf = (
  hubId: string | null,
  { free, capacity, wasAlert }: Omit<Place, 'id' | 'isEnabled'>,
): NewEvent => ({
  type: 'CAPACITY_ALERT',
  payload: {
    ...{ hubId, free, capacity, isRaised: !wasAlert },
    freePct: capacity > 0 ? Math.round((free / capacity) * 10_000) / 100 : 0,
  },
});

/** Turns the alerts of these hubs over; answers those that nobody else has turned meanwhile. */
async function turn(scope: Scope, tx: Tx, changed: readonly Place[]): Promise<Place[]> {
  const rows = await tx.rows<{ id: string }>(
    `UPDATE hub AS h SET alerted_at = CASE WHEN l.was THEN NULL ELSE $2::timestamptz END
     FROM (SELECT h.id, c.was FROM hub AS h JOIN unnest($3::text[], $4::boolean[]) AS c (id, was) USING (id)
       WHERE h.tenant_id = $1 AND (h.alerted_at IS NOT NULL) = c.was ORDER BY h.id FOR NO KEY UPDATE OF h SKIP LOCKED) AS l
     WHERE h.tenant_id = $1 AND h.id = l.id RETURNING h.id`,
    [scope.tenantId, scope.now, changed.map(({ id }) => id), changed.map(({ wasAlert }) => wasAlert)],
    'turn_capacity_alerts',
  );
  const turned = new Set(rows.map(({ id }) => id));
  return changed.filter(({ id }) => turned.has(id));
}

/** The same over all hubs in service. */
async function turnTotal(scope: Scope, tx: Tx, hubs: readonly Place[]): Promise<NewEvent | null> {
  const { tenantId, now } = scope;
  const sum = (of: 'free' | 'capacity') => hubs.reduce((total, hub) => total + hub[of], 0);
  const [free, capacity] = [sum('free'), sum('capacity')];
  await tx.run('INSERT INTO engine_counters (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING', [tenantId]);
  const row = await tx.row<{ isOn: boolean }>(
    `SELECT capacity_alerted_at IS NOT NULL AS "isOn" FROM engine_counters WHERE tenant_id = $1
     FOR NO KEY UPDATE SKIP LOCKED`,
    [tenantId],
    'capacity_alert_total',
  );
  if (!row || isAlert(row.isOn, free, capacity) === row.isOn) return null;
  await tx.run('UPDATE engine_counters SET capacity_alerted_at = $2 WHERE tenant_id = $1', [
    tenantId,
    row.isOn ? null : now,
  ]);
  return eventOf(null, { free, capacity, wasAlert: row.isOn });
}
