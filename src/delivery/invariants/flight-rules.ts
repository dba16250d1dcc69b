import { LIVE_DELIVERY, type Rule } from './rule.ts';

/** Drones, flights and the deliveries they carry (spec c.8). */
export const FLIGHT_RULES: readonly Rule[] = [
  {
    name: 'BUSY_DRONE_HAS_ONE_FLIGHT',
    description: 'A drone that is assigned, on its way or delivering flies exactly one flight. Names drones.',
    broken: `SELECT d.id FROM drone d WHERE d.tenant_id = $1 AND d.state IN ('ASSIGNED', 'EN_ROUTE', 'DELIVERING')
        AND (SELECT count(*) FROM flight f WHERE f.tenant_id = d.tenant_id AND f.drone_id = d.id
          AND f.status = 'ACTIVE') <> 1`,
  },
  {
    name: 'FLIGHT_HAS_ITS_DRONE',
    description: 'A flight under way has a drone in the air, and a drone at most one flight. Names drones.',
    broken: `SELECT f.drone_id AS id FROM flight f
        LEFT JOIN drone d ON d.tenant_id = f.tenant_id AND d.id = f.drone_id
      WHERE f.tenant_id = $1 AND f.status IN ('ACTIVE', 'RETURNING')
      GROUP BY f.drone_id
      HAVING count(*) > 1 OR bool_or(d.state IS NULL OR CASE f.status
        WHEN 'RETURNING' THEN d.state <> 'RETURNING'
        ELSE d.state NOT IN ('ASSIGNED', 'EN_ROUTE', 'DELIVERING') END)`,
  },
  {
    name: 'DELIVERY_AND_DRONE_AGREE',
    description: 'A delivery under way and its drone name each other. Names deliveries.',
    broken: `SELECT v.id::text FROM delivery v LEFT JOIN drone d ON d.tenant_id = v.tenant_id AND d.id = v.drone_id
      WHERE v.tenant_id = $1 AND v.status IN ${LIVE_DELIVERY} AND v.drone_id IS NOT NULL
        AND d.delivery_id IS DISTINCT FROM v.id
      UNION ALL
      SELECT d.delivery_id::text FROM drone d
        LEFT JOIN delivery v ON v.tenant_id = d.tenant_id AND v.id = d.delivery_id
      WHERE d.tenant_id = $1 AND d.delivery_id IS NOT NULL
        AND (v.id IS NULL OR v.drone_id IS DISTINCT FROM d.id)`,
  },
  {
    name: 'ASSIGNED_DELIVERY_HAS_A_DRONE',
    description: 'An assigned delivery has its drone. Names deliveries.',
    broken: `SELECT id::text FROM delivery WHERE tenant_id = $1 AND status = 'ASSIGNED' AND drone_id IS NULL`,
  },
  {
    name: 'ONE_LIVE_DELIVERY',
    description: 'An offer has at most one delivery that has not failed. Names offers.',
    broken: `SELECT offer_id::text AS id FROM delivery WHERE tenant_id = $1 AND status NOT IN ('FAILED', 'CANCELLED')
      GROUP BY offer_id HAVING count(*) > 1`,
  },
];
