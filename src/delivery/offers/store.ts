import { NotFoundError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import { type Columns, type Join, selectList } from '../opportunities/index.ts';
import { LIVE_STATUSES, type Offer, OPEN_STATUSES } from './offer.ts';

/** The columns of `Offer`; `f` is the table. */
const COLUMNS: Columns<Offer> = {
  id: 'f.id',
  opportunityId: 'f.opportunity_id',
  customerId: 'f.customer_id',
  actionType: 'f.action_type',
  status: 'f.status',
  bundleName: 'f.bundle_name',
  bundleItems: 'f.bundle_items',
  currency: 'f.currency',
  bundlePriceMinor: 'f.bundle_price_minor',
  expectedRevenueMinor: 'f.expected_revenue_minor',
  acceptProbability: 'f.accept_probability',
  deliveryCostMinor: 'f.delivery_cost_minor',
  rarityThreshold: 'f.rarity_threshold',
  routePath: 'f.route_path',
  routeSuccess: 'f.route_success',
  routeEtaMin: 'f.route_eta_min',
  isAutoExecutable: 'f.is_auto_executable',
  reasons: 'f.reasons',
  experimentId: 'f.experiment_id',
  arm: 'f.arm',
  propensity: 'f.propensity',
  weightsVersion: 'f.weights_version',
  decisionId: 'f.decision_id',
  answeredVia: 'f.answered_via',
  createdAt: 'f.created_at',
  offeredAt: 'f.offered_at',
  acceptedAt: 'f.accepted_at',
  authorizedAt: 'f.authorized_at',
  dispatchedAt: 'f.dispatched_at',
  expiresAt: 'f.expires_at',
  closedAt: 'f.closed_at',
  closedReason: 'f.closed_reason',
  version: 'f.version',
};

/** The select list of `Offer`. */
export const OFFER_COLUMNS = selectList(COLUMNS);

const LIVE = `('${LIVE_STATUSES.join("', '")}')`;
const OPEN = `('${OPEN_STATUSES.join("', '")}')`;

/** The live offer of each opportunity of a list, in the list's own statement. */
export const liveOfferJoin: Join<'liveOffer', Offer> = {
  key: 'liveOffer',
  columns: COLUMNS,
  present: 'id',
  from: `LEFT JOIN offer f ON f.tenant_id = p.tenant_id AND f.opportunity_id = p.id AND f.status IN ${LIVE}`,
};

/**
 * One offer desk per tenant: whoever makes or changes offers waits here, so that limits are counted on what
 * others have committed. Answers with what the network looked like in the last run.
 */
export async function lockDesk(tx: Tx, tenantId: string): Promise<string | null> {
  const row = await tx.row<{ seen: string | null }>(
    `SELECT (SELECT network_fingerprint FROM engine_counters WHERE tenant_id = $1) AS seen
     FROM engine_settings WHERE tenant_id = $1 FOR NO KEY UPDATE`,
    [tenantId],
    'lock_offers',
  );
  return row?.seen ?? null;
}

const INSERT = `
  WITH n AS (SELECT * FROM jsonb_to_recordset($2::jsonb) AS r (id uuid, "opportunityId" text, "customerId" uuid,
    "actionType" text, status text, "bundleName" text, "bundleItems" text[], currency text,
    "bundlePriceMinor" int8, "expectedRevenueMinor" int8, "acceptProbability" float8, "deliveryCostMinor" int8,
    "rarityThreshold" float8, "routePath" text[], "routeSuccess" float8, "routeEtaMin" int,
    "isAutoExecutable" boolean, reasons jsonb, "experimentId" uuid, arm text, propensity float8,
    "weightsVersion" int, "decisionId" uuid, "createdAt" timestamptz, "offeredAt" timestamptz,
    "expiresAt" timestamptz)),
  free AS (SELECT id FROM opportunity WHERE tenant_id = $1 AND id IN (SELECT "opportunityId" FROM n)
    AND status = 'DETECTED' ORDER BY id FOR UPDATE)
  INSERT INTO offer AS f (tenant_id, id, opportunity_id, customer_id, action_type, status, bundle_name, bundle_items,
    currency, bundle_price_minor, expected_revenue_minor, accept_probability, delivery_cost_minor, rarity_threshold,
    route_path, route_success, route_eta_min, is_auto_executable, reasons, experiment_id, arm, propensity,
    weights_version, decision_id, created_at, offered_at, expires_at)
  SELECT $1, n.* FROM n JOIN free ON free.id = n."opportunityId"
  ON CONFLICT DO NOTHING RETURNING ${OFFER_COLUMNS}`;

export type NewOffer = Omit<
  Offer,
  'answeredVia' | 'acceptedAt' | 'authorizedAt' | 'dispatchedAt' | 'closedAt' | 'closedReason' | 'version'
>;

/**
 * Inserts offers whose opportunities still wait for one, which are locked in the order of their ids; one that has a live offer already
 * is left out. Returns those inserted. One statement for any number.
 */
export function insertOffers(tx: Tx, tenantId: string, offers: readonly NewOffer[]): Promise<Offer[]> {
  const text = JSON.stringify(offers, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
  return tx.rows<Offer>(INSERT, [tenantId, text], 'insert_offers');
}

/** What the limits of spec c.3 count: offers that reached a customer or still may. */
export async function usage(
  sql: Sql,
  tenantId: string,
  now: Date,
  customerIds: readonly string[],
): Promise<{ today: number; customers: Set<string>; settled: number; accepted: number }> {
  const row = await sql.row<{ today: number; customers: string[]; settled: number; accepted: number }>(
    `SELECT settled, accepted,
       (SELECT count(*)::int FROM offer WHERE tenant_id = $1 AND created_at > $2::timestamptz - interval '24 hours'
          AND created_at <= $2 AND (offered_at IS NOT NULL OR status = 'PENDING')) AS today,
       ARRAY(SELECT DISTINCT customer_id::text FROM offer WHERE tenant_id = $1 AND customer_id = ANY($3)
          AND created_at > $2::timestamptz - interval '7 days' AND created_at <= $2
          AND (offered_at IS NOT NULL OR status = 'PENDING')) AS customers
     FROM (SELECT count(*)::int AS settled, (count(*) FILTER (WHERE accepted_at IS NOT NULL))::int AS accepted
       FROM offer WHERE tenant_id = $1 AND created_at > $2::timestamptz - interval '14 days' AND created_at <= $2
         AND (accepted_at IS NOT NULL OR (offered_at IS NOT NULL AND status IN ('DECLINED', 'EXPIRED')))) AS answers`,
    [tenantId, now, customerIds],
    'offer_usage',
  );
  const { today = 0, customers, settled = 0, accepted = 0 } = row ?? {};
  return { today, customers: new Set(customers), settled, accepted };
}

const LOCK = `SELECT ${OFFER_COLUMNS} FROM offer f WHERE tenant_id = $1 AND id = $2 FOR UPDATE`;

/** One offer, locked until the transaction ends. NotFoundError when the tenant has none of this id. */
export async function lockOffer(tx: Tx, tenantId: string, id: string): Promise<Offer> {
  const offer = isUuid(id) ? await tx.row<Offer>(LOCK, [tenantId, id], 'lock_offer') : undefined;
  if (!offer) throw new NotFoundError('offer', id);
  return offer;
}

/** Writes one offer's new state, and the route it is accepted for. */
export async function saveState(tx: Tx, tenantId: string, offer: Offer): Promise<void> {
  await tx.run(
    `UPDATE offer SET status = $3, offered_at = $4, closed_at = $5, closed_reason = $6, version = $7,
       answered_via = $8, accepted_at = $9, authorized_at = $10, dispatched_at = $11, route_path = $12,
       route_success = $13, route_eta_min = $14, delivery_cost_minor = $15
     WHERE tenant_id = $1 AND id = $2`,
    [
      ...[tenantId, offer.id, offer.status, offer.offeredAt, offer.closedAt, offer.closedReason],
      ...[offer.version, offer.answeredVia, offer.acceptedAt, offer.authorizedAt, offer.dispatchedAt],
      ...[offer.routePath, offer.routeSuccess, offer.routeEtaMin, offer.deliveryCostMinor],
    ],
    'save_offer_state',
  );
}

const GONE = `(p.status = 'CANCELLED' OR o.status IN ('CANCELLED', 'REFUNDED'))`;
const CLOSE_DUE = `
  UPDATE offer AS f SET status = CASE WHEN ${GONE} THEN 'CANCELLED' ELSE 'EXPIRED' END, closed_at = $2,
    closed_reason = CASE WHEN ${GONE} THEN 'ORDER_CANCELLED' ELSE 'EXPIRED' END, version = f.version + 1
  FROM opportunity p JOIN orders o ON o.tenant_id = p.tenant_id AND o.id = p.order_id
  WHERE f.tenant_id = $1 AND f.status IN ${OPEN} AND p.tenant_id = f.tenant_id AND p.id = f.opportunity_id
    AND (f.expires_at <= $2 OR ${GONE}) RETURNING ${OFFER_COLUMNS}`;

/** Closes open offers whose time is up (EXPIRED) or whose order is gone (CANCELLED); one statement. */
export const closeDue = (tx: Tx, tenantId: string, now: Date): Promise<Offer[]> =>
  tx.rows<Offer>(CLOSE_DUE, [tenantId, now], 'close_offers');

/** Remembers what the network looks like. Late in a transaction: others count in the same row. */
export async function saveFingerprint(tx: Tx, tenantId: string, fingerprint: string): Promise<void> {
  await tx.run(
    `INSERT INTO engine_counters (tenant_id, network_fingerprint) VALUES ($1, $2)
     ON CONFLICT (tenant_id) DO UPDATE SET network_fingerprint = excluded.network_fingerprint`,
    [tenantId, fingerprint],
    'save_fingerprint',
  );
}

/** Offers that went out in the 24 h before the instant. */
export async function offeredToday(sql: Sql, tenantId: string, now: Date): Promise<number> {
  const row = await sql.row<{ n: number }>(
    `SELECT count(*)::int AS n FROM offer WHERE tenant_id = $1 AND created_at > $2::timestamptz - interval '8 days'
       AND offered_at > $2::timestamptz - interval '24 hours' AND offered_at <= $2`,
    [tenantId, now],
    'offered_today',
  );
  return row?.n ?? 0;
}

/** Whether a customer accepts marketing; null when nobody has said. */
export async function consentOf(sql: Sql, tenantId: string, customerId: string): Promise<boolean | null> {
  const row = await sql.row<{ accepts: boolean | null }>(
    'SELECT accepts_marketing AS accepts FROM customer WHERE tenant_id = $1 AND id = $2',
    [tenantId, customerId],
    'consent_of',
  );
  return row?.accepts ?? null;
}
