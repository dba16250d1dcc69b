import { ENDED_UNDELIVERED, type Rule } from './rule.ts';

/** Whether such an effect of the offer is still to be done (spec 0.4). */
const isOpen = (subject: string, kind: string): string =>
  `EXISTS (SELECT FROM effect e WHERE e.tenant_id = $1 AND e.subject = ${subject}::text AND e.kind ${kind}
    AND e.status IN ('PENDING', 'SENDING', 'UNKNOWN'))`;

/** Charges and their ledger (spec c.3, c.9, C8). */
export const MONEY_RULES: readonly Rule[] = [
  {
    name: 'CHARGE_IS_ITS_ENTRIES',
    description: 'The sums of a charge are the sums of its ledger entries. Names charges.',
    broken: `SELECT c.id::text FROM charge c LEFT JOIN (
        SELECT charge_id, sum(amount_minor) FILTER (WHERE kind = 'AUTHORIZE') AS authorized,
          sum(amount_minor) FILTER (WHERE kind = 'CAPTURE') AS captured,
          sum(amount_minor) FILTER (WHERE kind = 'REFUND') AS refunded
        FROM charge_entry WHERE tenant_id = $1 GROUP BY charge_id) e ON e.charge_id = c.id
      WHERE c.tenant_id = $1 AND (c.authorized_minor, c.captured_minor, c.refunded_minor) <>
        (coalesce(e.authorized, 0), coalesce(e.captured, 0), coalesce(e.refunded, 0))`,
  },
  {
    name: 'CHARGE_STATUS_AGREES',
    description: 'The status of a charge says what its sums say. Names charges.',
    broken: `SELECT id::text FROM charge WHERE tenant_id = $1 AND NOT CASE status
        WHEN 'AUTHORIZED' THEN authorized_minor > 0 AND captured_minor = 0
        WHEN 'CAPTURED' THEN captured_minor > 0 AND refunded_minor < captured_minor
        WHEN 'REFUNDED' THEN captured_minor > 0 AND refunded_minor = captured_minor
        WHEN 'VOIDED' THEN captured_minor = 0
        WHEN 'FAILED' THEN captured_minor = 0
        ELSE authorized_minor = 0 AND captured_minor = 0 END`,
  },
  {
    name: 'CHARGE_IS_THE_PRICE',
    description: 'A charge asks for the price of its offer in the currency of its offer. Names charges.',
    broken: `SELECT c.id::text FROM charge c JOIN offer f ON f.tenant_id = c.tenant_id AND f.id = c.offer_id
      WHERE c.tenant_id = $1 AND (c.amount_minor, c.currency) <> (f.bundle_price_minor, f.currency)`,
  },
  {
    name: 'NO_CAPTURE_WITHOUT_DISPATCH',
    description: 'Money was captured of offers only that have been dispatched. Names offers.',
    broken: `SELECT f.id::text FROM charge c JOIN offer f ON f.tenant_id = c.tenant_id AND f.id = c.offer_id
      WHERE c.tenant_id = $1 AND c.captured_minor > 0 AND f.dispatched_at IS NULL`,
  },
  {
    name: 'NO_DISPATCH_WITHOUT_PAYMENT',
    description: 'An offer that is paid for, dispatched or delivered has an authorised charge. Names offers.',
    broken: `SELECT f.id::text FROM offer f
      WHERE f.tenant_id = $1 AND f.status IN ('PAYMENT_AUTHORIZED', 'DISPATCHED', 'DELIVERED') AND NOT EXISTS (
        SELECT FROM charge c WHERE c.tenant_id = f.tenant_id AND c.offer_id = f.id
          AND c.status IN ('AUTHORIZED', 'CAPTURED'))`,
  },
  {
    name: 'DISPATCHED_IS_CAPTURED',
    description: 'What is on its way or delivered has been captured, or will be. Names offers.',
    broken: `SELECT f.id::text FROM offer f JOIN charge c ON c.tenant_id = f.tenant_id AND c.offer_id = f.id
      WHERE f.tenant_id = $1 AND f.status IN ('DISPATCHED', 'DELIVERED') AND c.captured_minor = 0
        AND NOT ${isOpen('f.id', "= 'payment.capture'")}`,
  },
  {
    name: 'ENDED_MONEY_GOES_BACK',
    description:
      'Money of an offer that ended without a delivery has been given back, or will be. Names offers.',
    broken: `SELECT f.id::text FROM offer f JOIN charge c ON c.tenant_id = f.tenant_id AND c.offer_id = f.id
      WHERE f.tenant_id = $1 AND f.status IN ${ENDED_UNDELIVERED} AND c.status IN ('AUTHORIZED', 'CAPTURED')
        AND NOT ${isOpen('f.id', "= 'payment.release'")}`,
  },
  {
    name: 'TEST_PROVIDER_AGREES',
    description: 'With nothing under way, the test provider’s ledger says what ours says. Names charges.',
    broken: `SELECT c.id::text FROM charge c
        LEFT JOIN test_payment p ON p.tenant_id = c.tenant_id AND p.id = 'test_' || c.id::text
      WHERE c.tenant_id = $1 AND c.provider = 'TEST' AND NOT ${isOpen('c.offer_id', "LIKE 'payment.%'")}
        AND NOT CASE coalesce(p.status, 'NONE')
          WHEN 'NONE' THEN c.status IN ('PENDING', 'VOIDED', 'FAILED')
          WHEN 'DECLINED' THEN c.status = 'FAILED'
          ELSE c.status = p.status END`,
  },
];
