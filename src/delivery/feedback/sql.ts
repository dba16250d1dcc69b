/**
 * An offer `f` with what became of it. Settled: the customer's answer is known. An offer that was taken back before an
 * answer (a cancelled order, an operator) says nothing about customers, so it is neither.
 */
export const OFFERS = `offer f
  JOIN opportunity p ON p.tenant_id = f.tenant_id AND p.id = f.opportunity_id
  LEFT JOIN charge c ON c.tenant_id = f.tenant_id AND c.offer_id = f.id`;

export const IS_SETTLED = `(f.offered_at IS NOT NULL
  AND (f.accepted_at IS NOT NULL OR f.status IN ('DECLINED', 'EXPIRED')))`;
export const IS_REFUNDED = `(f.status = 'REFUNDED' OR coalesce(c.refunded_minor, 0) > 0)`;
export const REALIZED = 'coalesce(c.captured_minor - c.refunded_minor, 0)';
export const IS_COMPLAINT = `EXISTS (SELECT FROM outcome o WHERE o.tenant_id = f.tenant_id AND o.action_id = f.id
  AND o.is_complaint)`;
