import type { Sql, Tx } from '../../platform/db/sql.ts';
import { OFFER_COLUMNS, type Offer } from '../offers/index.ts';
import { dispatchFormula } from './plan-dispatch.ts';

/** How long a paid offer may wait for a person or a cap; payment authorisations do not hold for ever. */
const MAX_HELD_HOURS = 72;

/** A cycle that looks at the past sees no later payment, but clocks of instances may differ. */
const MAX_SKEW_MIN = 5;

/** A paid offer that has no delivery. */
export interface Paid {
  readonly offerId: string;
  readonly opportunityId: string;
  /** Why it will never be dispatched; null while it may be. */
  readonly over: 'ORDER_CANCELLED' | 'DISPATCH_TIMEOUT' | null;
}

const IS_GONE = `g.status IN ('CANCELLED', 'REFUNDED')`;
const IS_LATE = `f.authorized_at <= $2::timestamptz - interval '${MAX_HELD_HOURS} hours'`;

/**
 * Paid offers that may be dispatched by themselves or never will be, and accepted ones whose order is gone; oldest
 * first, locked. Those that somebody else is busy with are left to him.
 */
export function lockPaid(tx: Tx, tenantId: string, now: Date, limit: number): Promise<Paid[]> {
  return tx.rows<Paid>(
    `SELECT f.id AS "offerId", f.opportunity_id AS "opportunityId",
       CASE WHEN ${IS_GONE} THEN 'ORDER_CANCELLED' WHEN ${IS_LATE} THEN 'DISPATCH_TIMEOUT' END AS over
     FROM offer f
     JOIN opportunity p ON p.tenant_id = f.tenant_id AND p.id = f.opportunity_id
     JOIN orders g ON g.tenant_id = p.tenant_id AND g.id = p.order_id
     WHERE f.tenant_id = $1 AND f.status IN ('ACCEPTED', 'PAYMENT_AUTHORIZED')
       AND f.accepted_at <= $2::timestamptz + interval '${MAX_SKEW_MIN} minutes'
       AND (f.status = 'PAYMENT_AUTHORIZED' AND (f.is_auto_executable OR ${IS_LATE}) OR ${IS_GONE})
       AND NOT EXISTS (SELECT FROM delivery v WHERE v.tenant_id = f.tenant_id AND v.offer_id = f.id
         AND v.status NOT IN ('FAILED', 'CANCELLED'))
     ORDER BY f.accepted_at, f.id LIMIT $3 FOR UPDATE OF f SKIP LOCKED`,
    [tenantId, now, limit],
    'lock_paid',
  );
}

/** Offers by id, of those that exist. */
export async function offersIn(
  sql: Sql,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, Offer>> {
  const rows = await sql.rows<Offer>(
    `SELECT ${OFFER_COLUMNS} FROM offer f WHERE f.tenant_id = $1 AND f.id = ANY($2::uuid[])`,
    [tenantId, ids],
    'offers_by_id',
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** What the gate said about these offers the last time it was recorded. */
export async function lastVerdicts(
  sql: Sql,
  tenantId: string,
  offerIds: readonly string[],
): Promise<Map<string, string | null>> {
  const rows = await sql.rows<{ subject: string; reason: string | null }>(
    `SELECT DISTINCT ON (subject) subject, verdict_reason AS reason FROM decision
     WHERE tenant_id = $1 AND subject = ANY($2) AND kind = $3 ORDER BY subject, created_at DESC, id DESC`,
    [tenantId, offerIds, dispatchFormula.kind],
    'last_verdicts',
  );
  return new Map(rows.map(({ subject, reason }) => [subject, reason]));
}

/** Estimated cost of the dispatches of the last 24 h by currency: what is at risk already. */
export async function atRisk(sql: Sql, tenantId: string, now: Date): Promise<Map<string, bigint>> {
  const rows = await sql.rows<{ currency: string; minor: bigint }>(
    `SELECT currency, sum(cost_minor)::int8 AS minor FROM delivery
     WHERE tenant_id = $1 AND created_at > $2::timestamptz - interval '24 hours' GROUP BY currency`,
    [tenantId, now],
    'dispatch_at_risk',
  );
  return new Map(rows.map(({ currency, minor }) => [currency, minor]));
}
