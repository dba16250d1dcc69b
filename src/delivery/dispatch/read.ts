import { createLoader } from '../../commerce/ingest/index.ts';
import { isUuid } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Delivery, DeliveryPriority, DeliveryStatus } from './delivery.ts';
import { DELIVERY_COLUMNS } from './store.ts';

export interface DeliveryFilter {
  status?: readonly DeliveryStatus[] | null | undefined;
  priority?: readonly DeliveryPriority[] | null | undefined;
  /** Plain id. */
  offerId?: string | null | undefined;
  droneId?: string | null | undefined;
  destinationRegion?: string | null | undefined;
  isSuspect?: boolean | null | undefined;
  createdFrom?: Date | null | undefined;
  createdTo?: Date | null | undefined;
}

/** Deliveries, newest first; `[createdFrom, createdTo)`. One statement with keyset paging. */
export async function listDeliveries(
  scope: Scope,
  args: PageArgs,
  filter: DeliveryFilter = {},
): Promise<Connection<Delivery>> {
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  const rows = await scope.db.rows<Delivery>(
    `SELECT ${DELIVERY_COLUMNS} FROM delivery v WHERE v.tenant_id = $1
       AND ($3::text[] IS NULL OR v.status = ANY($3)) AND ($4::text[] IS NULL OR v.priority = ANY($4))
       AND ($5::uuid IS NULL OR v.offer_id = $5) AND ($6::text IS NULL OR v.drone_id = $6)
       AND ($7::text IS NULL OR v.destination_region = $7) AND ($8::boolean IS NULL OR v.is_suspect = $8)
       AND ($9::timestamptz IS NULL OR v.created_at >= $9) AND ($10::timestamptz IS NULL OR v.created_at < $10)
       AND ($11::timestamptz IS NULL OR (v.created_at, v.id) ${edge} ($11, $12::uuid))
     ORDER BY v.created_at ${way}, v.id ${way} LIMIT $2`,
    [
      ...[scope.tenantId, page.size + 1, filter.status ?? null, filter.priority ?? null],
      ...[filter.offerId ?? null, filter.droneId ?? null, filter.destinationRegion ?? null],
      ...[filter.isSuspect ?? null, filter.createdFrom ?? null, filter.createdTo ?? null, at, id],
    ],
    `deliveries_${way}`,
  );
  return toConnection(rows, page, (delivery) => [delivery.createdAt, delivery.id]);
}

/** Deliveries by id, in the order asked; null where there is none. */
export async function deliveriesById(scope: Scope, ids: readonly string[]): Promise<(Delivery | null)[]> {
  const rows = await scope.db.rows<Delivery>(
    `SELECT ${DELIVERY_COLUMNS} FROM delivery v WHERE v.tenant_id = $1 AND v.id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'deliveries_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** The latest delivery of an offer, or null; calls of one tick share one statement. */
export const findDeliveryOfOffer = createLoader<Delivery>(async (scope, offerIds) => {
  const rows = await scope.db.rows<Delivery>(
    `SELECT DISTINCT ON (v.offer_id) ${DELIVERY_COLUMNS} FROM delivery v
     WHERE v.tenant_id = $1 AND v.offer_id = ANY($2::uuid[])
     ORDER BY v.offer_id, v.created_at DESC, v.id DESC`,
    [scope.tenantId, offerIds],
    'deliveries_of_offers',
  );
  return new Map(rows.map((row) => [row.offerId, row]));
});

/** The latest delivery of an opportunity, or null; calls of one tick share one statement. */
export const findDeliveryOfOpportunity = createLoader<Delivery>(async (scope, opportunityIds) => {
  const rows = await scope.db.rows<Delivery>(
    `SELECT DISTINCT ON (v.opportunity_id) ${DELIVERY_COLUMNS} FROM offer f
       JOIN delivery v ON v.tenant_id = f.tenant_id AND v.offer_id = f.id
     WHERE f.tenant_id = $1 AND f.opportunity_id = ANY($2)
     ORDER BY v.opportunity_id, v.created_at DESC, v.id DESC`,
    [scope.tenantId, opportunityIds],
    'deliveries_of_opportunities',
  );
  return new Map(rows.map((row) => [row.opportunityId, row]));
});
