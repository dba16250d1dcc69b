import type { Point } from '../../kernel/geo.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Delivery } from './delivery.ts';
import type { FlightFacts } from './next-step.ts';
import { DELIVERY_COLUMNS, LIVE } from './store.ts';

/** What a delivery's own row does not say. */
export interface Situation {
  readonly delivery: Delivery;
  /** The flight that carries the leg under way. */
  readonly flight: FlightFacts | null;
  /** Why nobody wants it any more; null while somebody does. */
  readonly withdrawn: string | null;
}

/*
 * The flight is read from its own row, never from what was announced: a worker that died between a flight's progress
 * and ours leaves nothing to be missed.
 */
const SELECT = `
  SELECT ${DELIVERY_COLUMNS}, to_jsonb(flown.*) AS flight,
    CASE WHEN o.status NOT IN ('PAYMENT_AUTHORIZED', 'DISPATCHED') THEN coalesce(o.closed_reason, o.status)
      WHEN v.picked_up_at IS NULL AND g.status IN ('CANCELLED', 'REFUNDED') THEN 'ORDER_CANCELLED' END AS withdrawn
  FROM delivery v
  JOIN offer o ON o.tenant_id = v.tenant_id AND o.id = v.offer_id
  JOIN opportunity p ON p.tenant_id = v.tenant_id AND p.id = v.opportunity_id
  JOIN orders g ON g.tenant_id = p.tenant_id AND g.id = p.order_id
  LEFT JOIN LATERAL (
    SELECT l.status, l.picked_up_at AS "pickedUpAt", l.dropped_at AS "droppedAt", l.reason,
      d.state AS "droneState", CASE WHEN l.status = 'RETURNING' THEN l.plan -> 'waypoints' -> -1
        ELSE jsonb_build_object('lat', d.lat, 'lon', d.lon) END AS "dronePosition",
      extract(epoch FROM clock_timestamp() - coalesce(d.seen_at, l.started_at))::float8 AS "silentSec"
    FROM flight l JOIN drone d ON d.tenant_id = l.tenant_id AND d.id = l.drone_id
    WHERE l.tenant_id = v.tenant_id AND l.id = (v.legs -> v.leg_index ->> 'flightId')::uuid
  ) flown ON true
  WHERE v.tenant_id = $1`;

type Row = Delivery & { flight: Record<string, unknown> | null; withdrawn: string | null };

function situationOf({ flight, withdrawn, ...delivery }: Row): Situation {
  if (!flight) return { delivery, flight: null, withdrawn };
  const instant = (value: unknown): Date | null => (value == null ? null : new Date(String(value)));
  const { pickedUpAt, droppedAt, dronePosition } = flight;
  const { lat, lon } = dronePosition as Point;
  return {
    delivery,
    withdrawn,
    flight: {
      ...(flight as unknown as FlightFacts),
      ...{ pickedUpAt: instant(pickedUpAt), droppedAt: instant(droppedAt), dronePosition: { lat, lon } },
    },
  };
}

/** Every delivery under way, the most urgent and then the oldest first. One statement. */
export async function liveSituations(sql: Sql, tenantId: string, limit: number): Promise<Situation[]> {
  const rows = await sql.rows<Row>(
    `${SELECT} AND v.status IN ${LIVE}
     ORDER BY v.priority = 'VIP_RARE' DESC, v.created_at, v.id LIMIT $2`,
    [tenantId, limit],
    'live_deliveries',
  );
  return rows.map(situationOf);
}

/**
 * One delivery as it stands, locked: its flight does not move on meanwhile. The caller holds its offer's lock and takes
 * every other lock after this one.
 */
export async function lockSituation(tx: Tx, tenantId: string, id: string): Promise<Situation | undefined> {
  const row = await tx.row<Row>(`${SELECT} AND v.id = $2 FOR UPDATE OF v`, [tenantId, id], 'lock_delivery');
  return row && situationOf(row);
}
