import { LIVE_DELIVERY, type Rule, UNDER_WAY } from './rule.ts';

/** Slots of hubs (spec c.6). */
export const CAPACITY_RULES: readonly Rule[] = [
  {
    name: 'HUB_RESERVED_IS_COUNTED',
    description: 'What a hub says is taken equals its HELD and CONFIRMED slots. Names hubs.',
    broken: `SELECT h.id FROM hub h LEFT JOIN (
        SELECT hub_id, count(*) AS n FROM hub_reservation
        WHERE tenant_id = $1 AND state IN ('HELD', 'CONFIRMED') GROUP BY hub_id) r ON r.hub_id = h.id
      WHERE h.tenant_id = $1 AND h.reserved <> coalesce(r.n, 0)`,
  },
  {
    name: 'HUB_WITHIN_CAPACITY',
    description: 'No hub has fewer than 0 or more than `capacity` slots taken. Names hubs.',
    broken: 'SELECT id FROM hub WHERE tenant_id = $1 AND reserved NOT BETWEEN 0 AND capacity',
  },
  {
    name: 'SLOT_HAS_AN_OFFER',
    description:
      'Every HELD or CONFIRMED slot belongs to an accepted offer or a delivery under way. Names opportunities.',
    broken: `SELECT DISTINCT r.opportunity_id AS id FROM hub_reservation r
      WHERE r.tenant_id = $1 AND r.state IN ('HELD', 'CONFIRMED') AND NOT EXISTS (
        SELECT FROM offer f WHERE f.tenant_id = r.tenant_id AND f.opportunity_id = r.opportunity_id
          AND f.status IN ${UNDER_WAY})
        AND NOT EXISTS (SELECT FROM delivery d WHERE d.tenant_id = r.tenant_id
          AND d.opportunity_id = r.opportunity_id AND d.status IN ${LIVE_DELIVERY})`,
  },
  {
    name: 'PAID_SLOT_IS_CONFIRMED',
    description:
      'An offer whose payment is authorised has no slot that could still run out. Names opportunities.',
    broken: `SELECT DISTINCT r.opportunity_id AS id FROM hub_reservation r
      JOIN offer f ON f.tenant_id = r.tenant_id AND f.opportunity_id = r.opportunity_id
      WHERE r.tenant_id = $1 AND r.state = 'HELD' AND f.status IN ('PAYMENT_AUTHORIZED', 'DISPATCHED')`,
  },
];
