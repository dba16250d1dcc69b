import type { Sql } from '../../platform/db/sql.ts';
import { COLUMNS, FACT_LIST } from './facts-sql.ts';
import type { HourRow } from './types.ts';

const OPEN = `
  SELECT last_activity_at AS at, 1 AS open FROM cart WHERE tenant_id = $1 AND status = 'OPEN'
    AND value_minor > 0 AND (customer_id IS NOT NULL OR email IS NOT NULL)
  UNION ALL
  SELECT placed_at, 1 FROM orders WHERE tenant_id = $1 AND status = 'OPEN' AND cart_id IS NULL
    AND total_minor > 0 AND customer_id IS NOT NULL`;

const SUMS = COLUMNS.filter((column) => column !== 'currency');

const camel = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const EVERY_FACT = FACT_LIST.map((fact) => {
  const columns = COLUMNS.map(
    (column) => fact.columns[column] ?? (column === 'currency' ? `'XXX'::bpchar` : '0'),
  );
  const where = fact.where ? ` AND ${fact.where}` : '';
  return `SELECT ${fact.at} AS at, ${columns.join(', ')}, 0 AS open
    FROM ${fact.table} WHERE tenant_id = $1 AND ${fact.at} IS NOT NULL${where}`;
}).join(' UNION ALL ');

const RECOMPUTE = `
  WITH fact (at, ${COLUMNS.join(', ')}, open) AS (
    ${EVERY_FACT} UNION ALL SELECT at, 'XXX', ${SUMS.map(() => '0').join(', ')}, open FROM (${OPEN}) o
  )
  SELECT date_bin('1 hour', at, '2000-01-01T00:00Z') AS hour, currency,
    ${SUMS.map((name) => `sum(${name})::${name.endsWith('minor') ? 'int8' : 'int'} AS "${camel(name)}"`).join(', ')},
    sum(open)::int AS "openCheckouts"
  FROM fact GROUP BY 1, 2 ORDER BY 1, 2`;

/** What kpi_hour must hold, computed from the raw tables: the invariant that tests check and a repair would use. */
export function recomputeHours(sql: Sql, tenantId: string): Promise<HourRow[]> {
  return sql.rows<HourRow>(RECOMPUTE, [tenantId]);
}
