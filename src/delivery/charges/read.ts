import { createLoader } from '../../commerce/ingest/index.ts';
import { isUuid } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import { type Offer, offersById } from '../offers/index.ts';
import type { Charge, ChargeEntry, ChargeStatus } from './charge.ts';
import { CHARGE_COLUMNS, entriesOf } from './store.ts';

export interface ChargeFilter {
  status?: readonly ChargeStatus[] | null | undefined;
  createdFrom?: Date | null | undefined;
  createdTo?: Date | null | undefined;
}

/** Charges, newest first; `[createdFrom, createdTo)`. One statement with keyset paging. */
export async function listCharges(
  scope: Scope,
  args: PageArgs,
  filter: ChargeFilter = {},
): Promise<Connection<Charge>> {
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  const rows = await scope.db.rows<Charge>(
    `SELECT ${CHARGE_COLUMNS} FROM charge c WHERE c.tenant_id = $1
       AND ($3::text[] IS NULL OR c.status = ANY($3))
       AND ($4::timestamptz IS NULL OR c.created_at >= $4) AND ($5::timestamptz IS NULL OR c.created_at < $5)
       AND ($6::timestamptz IS NULL OR (c.created_at, c.id) ${edge} ($6, $7::uuid))
     ORDER BY c.created_at ${way}, c.id ${way} LIMIT $2`,
    [
      ...[scope.tenantId, page.size + 1, filter.status ?? null],
      ...[filter.createdFrom ?? null, filter.createdTo ?? null, at, id],
    ],
    `charges_${way}`,
  );
  return toConnection(rows, page, (charge) => [charge.createdAt, charge.id]);
}

/** Charges by id, in the order asked; null where there is none. */
export async function chargesById(scope: Scope, ids: readonly string[]): Promise<(Charge | null)[]> {
  const rows = await scope.db.rows<Charge>(
    `SELECT ${CHARGE_COLUMNS} FROM charge c WHERE c.tenant_id = $1 AND c.id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'charges_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** The charge of an offer, or null; calls of one tick share one statement. */
export const findCharge = createLoader<Charge>(async (scope, offerIds) => {
  const rows = await scope.db.rows<Charge>(
    `SELECT ${CHARGE_COLUMNS} FROM charge c WHERE c.tenant_id = $1 AND c.offer_id = ANY($2::uuid[])`,
    [scope.tenantId, offerIds],
    'charges_of_offers',
  );
  return new Map(rows.map((row) => [row.offerId, row]));
});

/** A charge's ledger; calls of one tick share one statement. */
export const findEntries = createLoader<ChargeEntry[]>(async (scope, chargeIds) => {
  const rows = await entriesOf(scope.db, scope.tenantId, chargeIds);
  return Map.groupBy(rows, (row) => row.chargeId);
});

/** What a charge pays for; calls of one tick share one statement. */
export const findOfferPaid = createLoader<Offer>(async (scope, offerIds) => {
  const offers = await offersById(scope, offerIds);
  return new Map(offers.flatMap((offer) => (offer ? [[offer.id, offer] as const] : [])));
});
