import type { Tx } from '../../platform/db/sql.ts';
import { OPPORTUNITY_COLUMNS, selectList } from './columns.ts';
import type { Opportunity, OpportunityStatus } from './opportunity.ts';
import { statesBefore } from './opportunity.ts';

const COLUMNS = `id, order_id, order_version, customer_id, status, tier, is_elite, is_cross_border,
  destination_region, score, raw_score, percentile, components, reasons, scorer_version, calibration,
  corpus_orders, currency, value_minor, item_names, weight_grams, pickup_country, pickup_lat, pickup_lon,
  delivery_country, delivery_lat, delivery_lon, order_placed_at, detected_at`;

const INSERT = `
  INSERT INTO opportunity (tenant_id, ${COLUMNS})
  SELECT $1, n.id, n."orderId", n."orderVersion", n."customerId", n.status, n.tier, n."isElite", n."isCrossBorder",
    n."destinationRegion", n.score, n."rawScore", n.percentile, n.components, n.reasons, n."scorerVersion",
    n.calibration, n."corpusOrders", n.currency, n."valueMinor", n."itemNames", n."weightGrams", n."pickupCountry",
    n."pickupLat", n."pickupLon", n."deliveryCountry", n."deliveryLat", n."deliveryLon", n."orderPlacedAt",
    n."detectedAt"
  FROM jsonb_to_recordset($2::jsonb) AS n (id text, "orderId" uuid, "orderVersion" int8, "customerId" uuid,
    status text, tier text, "isElite" boolean, "isCrossBorder" boolean, "destinationRegion" text, score float8,
    "rawScore" float8, percentile float8, components jsonb, reasons jsonb, "scorerVersion" text, calibration text,
    "corpusOrders" int, currency text, "valueMinor" int8, "itemNames" text[], "weightGrams" int,
    "pickupCountry" text, "pickupLat" float8, "pickupLon" float8, "deliveryCountry" text, "deliveryLat" float8,
    "deliveryLon" float8, "orderPlacedAt" timestamptz, "detectedAt" timestamptz)
  ON CONFLICT DO NOTHING RETURNING id`;

/** Inserts those that do not exist yet; returns their ids. One statement for any number. */
export async function insertOpportunities(
  tx: Tx,
  tenantId: string,
  rows: readonly Opportunity[],
): Promise<Set<string>> {
  const text = JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? value.toString() : value));
  const inserted = await tx.rows<{ id: string }>(INSERT, [tenantId, text], 'insert_opportunities');
  return new Set(inserted.map(({ id }) => id));
}

/** An opportunity as far as detection must know what came before. */
export interface Earlier {
  id: string;
  orderId: string;
  orderVersion: bigint;
  status: OpportunityStatus;
}

/** Opportunities of these orders, locked in the order of their ids so that nobody waits in a circle. */
export function lockOfOrders(tx: Tx, tenantId: string, orderIds: string[]): Promise<Earlier[]> {
  return tx.rows<Earlier>(
    `SELECT id, order_id AS "orderId", order_version AS "orderVersion", status FROM opportunity
     WHERE tenant_id = $1 AND id = ANY (ARRAY(
       SELECT p.id FROM unnest($2::uuid[]) AS n (id), LATERAL
         (SELECT id FROM opportunity WHERE tenant_id = $1 AND order_id = n.id OFFSET 0) p))
     ORDER BY id FOR UPDATE`,
    [tenantId, orderIds],
    'lock_opportunities_of_orders',
  );
}

/** Locks in the order of the ids, so that two who move several never wait for each other. */
const locked = (condition: string) =>
  `SELECT id FROM opportunity WHERE tenant_id = $1 AND ${condition} ORDER BY id FOR UPDATE`;

/** Moves those that can take the step; returns how many did. */
export function moveOpportunities(
  tx: Tx,
  tenantId: string,
  ids: readonly string[],
  to: OpportunityStatus,
): Promise<number> {
  return tx.run(
    `WITH held AS (${locked('id = ANY($2) AND status = ANY($4)')})
     UPDATE opportunity p SET status = $3, version = version + 1 FROM held
     WHERE p.tenant_id = $1 AND p.id = held.id`,
    [tenantId, ids, to, statesBefore(to)],
    'move_opportunities',
  );
}

/** Closes elite opportunities of orders placed before the instant that never got an offer; returns how many. */
export function expireStale(tx: Tx, tenantId: string, placedBefore: Date): Promise<number> {
  return tx.run(
    `UPDATE opportunity p SET status = 'EXPIRED', version = version + 1
     WHERE p.tenant_id = $1 AND p.status = 'DETECTED' AND p.is_elite AND p.order_placed_at < $2
       AND NOT EXISTS (SELECT FROM offer f WHERE f.tenant_id = p.tenant_id AND f.opportunity_id = p.id
         AND f.status IN ('PENDING', 'OFFERED'))`,
    [tenantId, placedBefore],
    'expire_stale',
  );
}

/** Lets those that could not travel wait for an offer again, of orders placed since the instant; returns how many. */
export function reopenNotFlyable(tx: Tx, tenantId: string, placedSince: Date): Promise<number> {
  return tx.run(
    `WITH held AS (${locked(`status = 'NOT_FLYABLE' AND is_elite AND order_placed_at >= $2`)})
     UPDATE opportunity p SET status = 'DETECTED', version = version + 1 FROM held
     WHERE p.tenant_id = $1 AND p.id = held.id`,
    [tenantId, placedSince],
    'reopen_not_flyable',
  );
}

/** One opportunity, locked until the transaction ends; undefined when the tenant has none of this id. */
export function lockOpportunity(tx: Tx, tenantId: string, id: string): Promise<Opportunity | undefined> {
  return tx.row<Opportunity>(
    `SELECT ${selectList(OPPORTUNITY_COLUMNS)} FROM opportunity p WHERE p.tenant_id = $1 AND p.id = $2 FOR UPDATE`,
    [tenantId, id],
    'lock_opportunity',
  );
}

/** Counts what was found, whoever asked for it, in the transaction that wrote it: lifetime counters are exact. */
export async function countDetected(
  tx: Tx,
  tenantId: string,
  created: readonly Pick<Opportunity, 'isElite' | 'isCrossBorder'>[],
): Promise<void> {
  if (created.length === 0) return;
  await tx.run(
    `INSERT INTO engine_counters AS c (tenant_id, opportunities, elite, cross_border) VALUES ($1, $2, $3, $4)
     ON CONFLICT (tenant_id) DO UPDATE SET opportunities = c.opportunities + $2, elite = c.elite + $3,
       cross_border = c.cross_border + $4`,
    [
      tenantId,
      created.length,
      created.filter(({ isElite }) => isElite).length,
      created.filter(({ isCrossBorder }) => isCrossBorder).length,
    ],
    'count_detected',
  );
}
