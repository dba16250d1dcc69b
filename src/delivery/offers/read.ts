import { createLoader } from '../../commerce/ingest/index.ts';
import { type Decision, decisionsById } from '../../control/decisions/index.ts';
import { isUuid } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import { LIVE_STATUSES, type Offer, type OfferStatus } from './offer.ts';
import { OFFER_COLUMNS } from './store.ts';

export interface OfferFilter {
  status?: readonly OfferStatus[] | null | undefined;
  opportunityId?: string | null | undefined;
  createdFrom?: Date | null | undefined;
  createdTo?: Date | null | undefined;
}

/** Offers, newest first; `[createdFrom, createdTo)`. One statement with keyset paging. */
export async function listOffers(
  scope: Scope,
  args: PageArgs,
  filter: OfferFilter = {},
): Promise<Connection<Offer>> {
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  const rows = await scope.db.rows<Offer>(
    `SELECT ${OFFER_COLUMNS} FROM offer f WHERE f.tenant_id = $1
       AND ($3::text[] IS NULL OR f.status = ANY($3)) AND ($4::text IS NULL OR f.opportunity_id = $4)
       AND ($5::timestamptz IS NULL OR f.created_at >= $5) AND ($6::timestamptz IS NULL OR f.created_at < $6)
       AND ($7::timestamptz IS NULL OR (f.created_at, f.id) ${edge} ($7, $8::uuid))
     ORDER BY f.created_at ${way}, f.id ${way} LIMIT $2`,
    [
      scope.tenantId,
      page.size + 1,
      filter.status ?? null,
      filter.opportunityId ?? null,
      filter.createdFrom ?? null,
      filter.createdTo ?? null,
      at,
      id,
    ],
    `offers_${way}`,
  );
  return toConnection(rows, page, (offer) => [offer.createdAt, offer.id]);
}

/** Offers by id, in the order asked; null where there is none. */
export async function offersById(scope: Scope, ids: readonly string[]): Promise<(Offer | null)[]> {
  const rows = await scope.db.rows<Offer>(
    `SELECT ${OFFER_COLUMNS} FROM offer f WHERE f.tenant_id = $1 AND f.id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'offers_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** The decision that made an offer, by the decision's id; calls of one tick share one statement. */
export const findOfferDecision = createLoader<Decision>(async (scope, ids) => {
  const found = await decisionsById(scope, ids);
  return new Map(found.flatMap((decision) => (decision ? [[decision.id, decision] as const] : [])));
});

/** The live offer of an opportunity, or null; calls of one tick share one statement. */
export const findLiveOffer = createLoader<Offer>(async (scope, opportunityIds) => {
  const rows = await scope.db.rows<Offer>(
    `SELECT ${OFFER_COLUMNS} FROM offer f
     WHERE f.tenant_id = $1 AND f.opportunity_id = ANY($2) AND f.status = ANY($3)`,
    [scope.tenantId, opportunityIds, [...LIVE_STATUSES]],
    'live_offers',
  );
  return new Map(rows.map((row) => [row.opportunityId, row]));
});
