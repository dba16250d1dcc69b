import type { Sql } from '../../platform/db/sql.ts';
import { activeExclusions } from './outcome-store.ts';
import { isSimilar, packageOf } from './similarity.ts';

/** Whether a package must not be offered to a customer. */
export type IsExcluded = (
  customerId: string,
  names: readonly string[],
  categories: readonly string[],
) => boolean;

/** What these customers must not be offered after negative feedback, theirs or of many (spec d.3). One statement. */
export async function loadExclusions(
  sql: Sql,
  tenantId: string,
  customerIds: readonly string[],
  now: Date,
): Promise<IsExcluded> {
  const exclusions = await activeExclusions(sql, tenantId, [...new Set(customerIds)], now);
  const byCustomer = Map.groupBy(exclusions, ({ customerId }) => customerId);
  const forAll = byCustomer.get(null) ?? [];
  return (customerId, names, categories) => {
    const own = byCustomer.get(customerId) ?? [];
    if (own.length + forAll.length === 0) return false;
    const wanted = packageOf(names, categories);
    return [...own, ...forAll].some((exclusion) => isSimilar(exclusion, wanted));
  };
}
