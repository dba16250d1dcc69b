import { type ActionFact, patternKey } from '../../growth/learning/index.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Sql } from '../../platform/db/sql.ts';

/** How offers reach customers: the API and the page behind the link show the same offer. */
const CHANNEL = 'OFFER';

/** Columns of an offer `f` (with `p`, its opportunity) that `actionFact` reads. */
export const ACTION_COLUMNS = `f.id AS "actionId", f.action_type AS "actionType", f.offered_at AS "offeredAt",
  f.customer_id AS "customerId", f.currency, f.bundle_price_minor AS "expectedMinor", f.bundle_items AS names,
  p.destination_region AS region, p.is_cross_border AS "isCrossBorder",
  ARRAY(SELECT DISTINCT i ->> 'category' FROM orders r, json_array_elements(r.items) i
    WHERE r.tenant_id = p.tenant_id AND r.id = p.order_id AND i ->> 'category' IS NOT NULL) AS categories`;

export type ActionRow = Omit<ActionFact, 'patternKey'> & {
  actionType: string;
  region: string | null;
  isCrossBorder: boolean;
};

/**
 * What learning knows an offer by. Its pattern is known before anybody answers: what was offered, into which region
 * and whether across a border.
 */
export function actionFact(row: ActionRow): ActionFact {
  const { actionId, actionType, offeredAt, customerId, currency, expectedMinor, names, categories } = row;
  const target = `${row.region ?? 'unserved'}:${row.isCrossBorder ? 'cross-border' : 'domestic'}`;
  return {
    ...{ actionId, offeredAt, customerId, currency, expectedMinor, names, categories },
    patternKey: patternKey(actionType, target, CHANNEL),
  };
}

/** The offer that an outcome is about; null when the tenant has none of this id. */
export async function actionOf(sql: Sql, tenantId: string, offerId: string): Promise<ActionFact | null> {
  if (!isUuid(offerId)) return null;
  const row = await sql.row<ActionRow>(
    `SELECT ${ACTION_COLUMNS} FROM offer f
     JOIN opportunity p ON p.tenant_id = f.tenant_id AND p.id = f.opportunity_id
     WHERE f.tenant_id = $1 AND f.id = $2`,
    [tenantId, offerId],
    'action_of_offer',
  );
  return row ? actionFact(row) : null;
}
