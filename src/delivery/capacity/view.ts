import type { Sql } from '../../platform/db/sql.ts';

/** Slots of one hub or of all in service: free = capacity − held − confirmed. */
export interface Slots {
  readonly capacity: number;
  readonly held: number;
  readonly confirmed: number;
  readonly free: number;
  /** 0..100; null where there is no capacity at all. */
  readonly freePct: number | null;
}

export interface HubCapacity extends Slots {
  readonly hubId: string;
  readonly region: string;
  readonly isEnabled: boolean;
  /** Too few slots are free, and the alert about it has been raised. */
  readonly isAlert: boolean;
}

export interface CapacityView {
  /** By node id, out of service included. */
  readonly hubs: readonly HubCapacity[];
  /** Of the hubs in service. */
  readonly total: Slots & { readonly isAlert: boolean };
}

const VIEW = `
  SELECT h.id AS "hubId", h.region, h.is_enabled AS "isEnabled", h.capacity, COALESCE(r.held, 0) AS held,
    COALESCE(r.confirmed, 0) AS confirmed, h.alerted_at IS NOT NULL AS "isAlert",
    (SELECT capacity_alerted_at FROM engine_counters WHERE tenant_id = $1) IS NOT NULL AS "isTotalAlert"
  FROM hub AS h LEFT JOIN (SELECT hub_id, (count(*) FILTER (WHERE state = 'HELD'))::int AS held,
      (count(*) FILTER (WHERE state = 'CONFIRMED'))::int AS confirmed
    FROM hub_reservation WHERE tenant_id = $1 AND state IN ('HELD', 'CONFIRMED') GROUP BY hub_id) AS r ON r.hub_id = h.id
  WHERE h.tenant_id = $1 ORDER BY h.id`;

type Row = Omit<HubCapacity, 'free' | 'freePct'> & { isTotalAlert: boolean };

/** All slots at one instant, counted from the reservations themselves. One statement. */
export async function capacityView(sql: Sql, tenantId: string): Promise<CapacityView> {
  const rows = await sql.rows<Row>(VIEW, [tenantId], 'capacity');
  const hubs = rows.map(({ isTotalAlert, ...row }) => ({ ...row, ...free(row) }));
  const open = hubs.filter(({ isEnabled }) => isEnabled);
  const sum = (of: 'capacity' | 'held' | 'confirmed') => open.reduce((total, hub) => total + hub[of], 0);
  const total = { capacity: sum('capacity'), held: sum('held'), confirmed: sum('confirmed') };
  return { hubs, total: { ...total, ...free(total), isAlert: rows[0]?.isTotalAlert ?? false } };
}

function free({ capacity, held, confirmed }: Pick<Slots, 'capacity' | 'held' | 'confirmed'>) {
  const slots = capacity - held - confirmed;
  return { free: slots, freePct: capacity > 0 ? (slots / capacity) * 100 : null };
}
