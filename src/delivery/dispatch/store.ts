import type { Sql, Tx } from '../../platform/db/sql.ts';
import { type Columns, selectList } from '../opportunities/index.ts';
import { type Delivery, LIVE_DELIVERIES } from './delivery.ts';

/** The columns of `Delivery`; `v` is the table. */
const COLUMNS: Columns<Delivery> = {
  id: 'v.id',
  offerId: 'v.offer_id',
  opportunityId: 'v.opportunity_id',
  status: 'v.status',
  priority: 'v.priority',
  destinationRegion: 'v.destination_region',
  isRegionOverridden: 'v.is_region_overridden',
  routePath: 'v.route_path',
  legs: 'v.legs',
  legIndex: 'v.leg_index',
  legStartedAt: 'v.leg_started_at',
  successProbability: 'v.success_probability',
  etaMin: 'v.eta_min',
  costMinor: 'v.cost_minor',
  currency: 'v.currency',
  weightGrams: 'v.weight_grams',
  droneId: 'v.drone_id',
  attempts: 'v.attempts',
  isRerouted: 'v.is_rerouted',
  isSuspect: 'v.is_suspect',
  reason: 'v.reason',
  proof: 'v.proof',
  decisionId: 'v.decision_id',
  createdAt: 'v.created_at',
  assignedAt: 'v.assigned_at',
  pickedUpAt: 'v.picked_up_at',
  finishedAt: 'v.finished_at',
  version: 'v.version',
};

/** The select list of `Delivery`. */
export const DELIVERY_COLUMNS = selectList(COLUMNS);

/** The live states as an SQL list. */
export const LIVE = `('${LIVE_DELIVERIES.join("', '")}')`;

const INSERT = `
  INSERT INTO delivery AS v (tenant_id, id, offer_id, opportunity_id, status, priority, destination_region,
    is_region_overridden, route_path, legs, success_probability, eta_min, cost_minor, currency, weight_grams,
    attempts, reason, decision_id, created_at)
  SELECT $1, n.id, n."offerId", n."opportunityId", 'PENDING', n.priority, n."destinationRegion",
    n."isRegionOverridden", n."routePath", n.legs, n."successProbability", n."etaMin", n."costMinor", n.currency,
    n."weightGrams", n.attempts, n.reason, n."decisionId", n."createdAt"
  FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, "offerId" uuid, "opportunityId" text, priority text,
    "destinationRegion" text, "isRegionOverridden" boolean, "routePath" text[], legs jsonb,
    "successProbability" float8, "etaMin" int, "costMinor" int8, currency text, "weightGrams" int, attempts int,
    reason text, "decisionId" uuid, "createdAt" timestamptz)
  ON CONFLICT DO NOTHING RETURNING ${DELIVERY_COLUMNS}`;

export type NewDelivery = Pick<
  Delivery,
  | 'id'
  | 'offerId'
  | 'opportunityId'
  | 'priority'
  | 'destinationRegion'
  | 'isRegionOverridden'
  | 'routePath'
  | 'legs'
  | 'successProbability'
  | 'etaMin'
  | 'costMinor'
  | 'currency'
  | 'weightGrams'
  | 'attempts'
  | 'reason'
  | 'decisionId'
  | 'createdAt'
>;

/** Inserts deliveries; one whose offer already has one that has not failed is left out. Returns those inserted. */
export function insertDeliveries(
  tx: Tx,
  tenantId: string,
  deliveries: readonly NewDelivery[],
): Promise<Delivery[]> {
  const text = JSON.stringify(deliveries, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
  return tx.rows<Delivery>(INSERT, [tenantId, text], 'insert_deliveries');
}

/** One delivery; whoever holds its offer's lock may change what it reads. */
export function readDelivery(sql: Sql, tenantId: string, id: string): Promise<Delivery | undefined> {
  return sql.row<Delivery>(
    `SELECT ${DELIVERY_COLUMNS} FROM delivery v WHERE v.tenant_id = $1 AND v.id = $2`,
    [tenantId, id],
    'delivery',
  );
}

/** The delivery of an offer that has not failed. */
export function deliveryOfOffer(sql: Sql, tenantId: string, offerId: string): Promise<Delivery | undefined> {
  return sql.row<Delivery>(
    `SELECT ${DELIVERY_COLUMNS} FROM delivery v
     WHERE v.tenant_id = $1 AND v.offer_id = $2 AND v.status NOT IN ('FAILED', 'CANCELLED')`,
    [tenantId, offerId],
    'delivery_of_offer',
  );
}

const SAVE = `
  UPDATE delivery SET status = $3, destination_region = $4, route_path = $5, legs = $6, leg_index = $7,
    leg_started_at = $8, success_probability = $9, eta_min = $10, drone_id = $11, attempts = $12, is_rerouted = $13,
    is_suspect = $14, reason = $15, proof = $16, assigned_at = $17, picked_up_at = $18, finished_at = $19,
    version = $20, cost_minor = $21, decision_id = $22
  WHERE tenant_id = $1 AND id = $2 AND version = $20 - 1`;

/**
 * Writes a delivery's new state as its next version. The caller holds the offer's lock, so a version that has moved
 * on means somebody wrote without it.
 */
export async function saveDelivery(tx: Tx, tenantId: string, delivery: Delivery): Promise<Delivery> {
  const saved = { ...delivery, version: delivery.version + 1 };
  const written = await tx.run(
    SAVE,
    [
      ...[tenantId, saved.id, saved.status, saved.destinationRegion, saved.routePath],
      ...[JSON.stringify(saved.legs), saved.legIndex, saved.legStartedAt, saved.successProbability],
      ...[saved.etaMin, saved.droneId, saved.attempts, saved.isRerouted, saved.isSuspect, saved.reason],
      ...[saved.proof && JSON.stringify(saved.proof), saved.assignedAt, saved.pickedUpAt, saved.finishedAt],
      ...[saved.version, saved.costMinor, saved.decisionId],
    ],
    'save_delivery',
  );
  if (written !== 1)
    throw new Error(`Delivery ${saved.id} was changed by somebody who did not lock its offer.`);
  return saved;
}

/** Counts dispatches for the tenant's status. */
export async function countDispatch(tx: Tx, tenantId: string): Promise<void> {
  await tx.run(
    `INSERT INTO engine_counters AS c (tenant_id, dispatches) VALUES ($1, 1)
     ON CONFLICT (tenant_id) DO UPDATE SET dispatches = c.dispatches + 1`,
    [tenantId],
    'count_dispatch',
  );
}
