import { LIVE_DELIVERY, type Rule } from './rule.ts';

const IN_THE_AIR = `('ASSIGNED', 'EN_ROUTE', 'DELIVERING', 'RETURNING')`;

/**
 * Drones, flights and the deliveries they carry (spec c.8). A delivery follows its drone a moment later, and an
 * external drone goes where it likes; what is said here holds in between, too.
 */
export const FLIGHT_RULES: readonly Rule[] = [
  {
    name: 'ONE_FLIGHT_PER_DRONE',
    description: 'A drone flies at most one flight. Names drones.',
    broken: `SELECT drone_id AS id FROM flight WHERE tenant_id = $1 AND status IN ('ACTIVE', 'RETURNING')
      GROUP BY drone_id HAVING count(*) > 1`,
  },
  {
    name: 'DRONE_CARRIES_WHAT_IT_FLIES',
    description: 'A drone that has a delivery flies the flight of it, and the other way round. Names drones.',
    broken: `SELECT coalesce(d.id, f.drone_id) AS id
      FROM (SELECT * FROM drone WHERE tenant_id = $1 AND delivery_id IS NOT NULL) d
      FULL JOIN (SELECT * FROM flight WHERE tenant_id = $1 AND status = 'ACTIVE') f
        ON f.drone_id = d.id AND f.delivery_id = d.delivery_id
      WHERE d.id IS NULL OR f.id IS NULL`,
  },
  {
    name: 'SIMULATED_DRONE_FLIES_ITS_FLIGHT',
    description: 'A simulated drone is in the air exactly while it has a flight. Names drones.',
    broken: `SELECT d.id FROM drone d WHERE d.tenant_id = $1 AND d.adapter = 'SIMULATOR'
      AND (d.state IN ${IN_THE_AIR}) <> EXISTS (SELECT FROM flight f WHERE f.tenant_id = d.tenant_id
        AND f.drone_id = d.id AND f.status IN ('ACTIVE', 'RETURNING'))`,
  },
  {
    name: 'DELIVERY_AND_DRONE_AGREE',
    description: 'The delivery that a drone has is under way and names the drone. Names deliveries.',
    broken: `SELECT d.delivery_id::text AS id FROM drone d
        LEFT JOIN delivery v ON v.tenant_id = d.tenant_id AND v.id = d.delivery_id
      WHERE d.tenant_id = $1 AND d.delivery_id IS NOT NULL
        AND (v.drone_id IS DISTINCT FROM d.id OR v.status NOT IN ${LIVE_DELIVERY})`,
  },
  {
    name: 'ASSIGNED_DELIVERY_HAS_A_DRONE',
    description: 'An assigned delivery has a drone, and a drone’s delivery a flight. Names deliveries.',
    broken: `SELECT v.id::text FROM delivery v WHERE v.tenant_id = $1 AND v.status IN ${LIVE_DELIVERY}
      AND CASE WHEN v.drone_id IS NULL THEN v.status = 'ASSIGNED' ELSE NOT EXISTS (SELECT FROM flight f
        WHERE f.tenant_id = v.tenant_id AND f.delivery_id = v.id AND f.drone_id = v.drone_id) END`,
  },
  {
    name: 'ONE_LIVE_DELIVERY',
    description: 'An offer has at most one delivery that has not failed. Names offers.',
    broken: `SELECT offer_id::text AS id FROM delivery WHERE tenant_id = $1 AND status NOT IN ('FAILED', 'CANCELLED')
      GROUP BY offer_id HAVING count(*) > 1`,
  },
  {
    name: 'WORK_IS_WATCHED',
    description: 'While anything is under way, the delivery loop visits the tenant. Names the tenant.',
    broken: `SELECT t.id::text FROM tenant t
      WHERE t.id = $1 AND NOT EXISTS (SELECT FROM tenant_watch w WHERE w.kind = 'DELIVERIES'
        AND w.tenant_id = t.id) AND (
        EXISTS (SELECT FROM delivery WHERE tenant_id = $1 AND status IN ${LIVE_DELIVERY})
        OR EXISTS (SELECT FROM hub_reservation WHERE tenant_id = $1 AND state = 'HELD')
        OR EXISTS (SELECT FROM effect WHERE tenant_id = $1 AND kind LIKE 'payment.%'
          AND status IN ('PENDING', 'SENDING', 'UNKNOWN')))`,
  },
];
