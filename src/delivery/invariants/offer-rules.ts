import { LIVE_DELIVERY, type Rule } from './rule.ts';

/** Offers, their opportunities and the log of what happened (spec c.2, c.3). */
export const OFFER_RULES: readonly Rule[] = [
  {
    name: 'ONE_LIVE_OFFER',
    description: 'An opportunity has at most one live offer. Names opportunities.',
    broken: `SELECT opportunity_id AS id FROM offer
      WHERE tenant_id = $1 AND status IN ('PENDING', 'OFFERED', 'ACCEPTED', 'PAYMENT_AUTHORIZED', 'DISPATCHED')
      GROUP BY opportunity_id HAVING count(*) > 1`,
  },
  {
    name: 'OFFER_AGREES_WITH_OPPORTUNITY',
    description:
      'An offer and its opportunity tell the same story; an open offer of a cancelled order waits for the sweep. Names offers.',
    broken: `SELECT f.id::text FROM offer f
      JOIN opportunity p ON p.tenant_id = f.tenant_id AND p.id = f.opportunity_id
      WHERE f.tenant_id = $1 AND NOT CASE f.status
        WHEN 'PENDING' THEN p.status IN ('DETECTED', 'CANCELLED')
        WHEN 'OFFERED' THEN p.status IN ('OFFERED', 'CANCELLED')
        WHEN 'ACCEPTED' THEN p.status = 'ACCEPTED'
        WHEN 'PAYMENT_AUTHORIZED' THEN p.status = 'ACCEPTED'
        WHEN 'DELIVERED' THEN p.status = 'DELIVERED'
        WHEN 'DISPATCHED' THEN p.status = 'DISPATCHED'
        ELSE true END`,
  },
  {
    name: 'OPPORTUNITY_HAS_ITS_OFFER',
    description:
      'An opportunity that is on offer, accepted, dispatched or delivered has an offer that is. Names opportunities.',
    broken: `SELECT p.id FROM opportunity p
      WHERE p.tenant_id = $1 AND p.status IN ('OFFERED', 'ACCEPTED', 'DISPATCHED', 'DELIVERED') AND NOT EXISTS (
        SELECT FROM offer f WHERE f.tenant_id = p.tenant_id AND f.opportunity_id = p.id AND CASE p.status
          WHEN 'ACCEPTED' THEN f.status IN ('ACCEPTED', 'PAYMENT_AUTHORIZED')
          WHEN 'DELIVERED' THEN f.status IN ('DELIVERED', 'REFUNDED')
          ELSE f.status = p.status END)`,
  },
  {
    name: 'DELIVERY_AGREES_WITH_OFFER',
    description:
      'A delivery under way has a paid offer (or is about to be withdrawn), a finished one a delivered offer, and a dispatched offer a delivery. Names offers.',
    broken: `SELECT f.id::text FROM delivery d JOIN offer f ON f.tenant_id = d.tenant_id AND f.id = d.offer_id
      WHERE d.tenant_id = $1 AND CASE
        WHEN d.status IN ${LIVE_DELIVERY} THEN f.status NOT IN ('PAYMENT_AUTHORIZED', 'DISPATCHED',
          'CANCELLED', 'REFUNDED')
        WHEN d.status = 'DELIVERED' THEN f.status NOT IN ('DELIVERED', 'REFUNDED')
        ELSE false END
      UNION ALL
      SELECT f.id::text FROM offer f WHERE f.tenant_id = $1 AND f.status IN ('DISPATCHED', 'DELIVERED')
        AND NOT EXISTS (SELECT FROM delivery d WHERE d.tenant_id = f.tenant_id AND d.offer_id = f.id AND CASE f.status
          WHEN 'DELIVERED' THEN d.status = 'DELIVERED' ELSE d.status IN ${LIVE_DELIVERY} END)`,
  },
  {
    name: 'EVENT_LOG_IS_GAPLESS',
    description:
      'Behind what retention removed, the event log has every number up to its head. Names missing ones.',
    broken: `SELECT (prev + 1)::text AS id FROM (
        SELECT e.seq, lag(e.seq, 1, c.pruned_to) OVER (ORDER BY e.seq) AS prev
        FROM event_counter c JOIN engine_event e ON e.tenant_id = c.tenant_id AND e.seq > c.pruned_to
        WHERE c.tenant_id = $1) steps WHERE seq <> prev + 1
      UNION ALL
      SELECT c.seq::text FROM event_counter c WHERE c.tenant_id = $1 AND c.seq <> coalesce(
        (SELECT max(e.seq) FROM engine_event e WHERE e.tenant_id = c.tenant_id), c.pruned_to)`,
  },
];
