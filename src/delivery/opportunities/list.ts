import { ValidationError } from '../../kernel/errors.ts';
import { type Connection, type Page, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import { type Join, nest, OPPORTUNITY_COLUMNS, selectList } from './columns.ts';
import type { Opportunity, OpportunityStatus } from './opportunity.ts';

/** Every condition is optional; ranges are half-open, `[from, to)`, except scores, which include both ends. */
export interface OpportunityFilter {
  status?: readonly OpportunityStatus[] | null | undefined;
  tier?: readonly string[] | null | undefined;
  isElite?: boolean | null | undefined;
  isCrossBorder?: boolean | null | undefined;
  destinationRegion?: string | null | undefined;
  minScore?: number | null | undefined;
  maxScore?: number | null | undefined;
  detectedFrom?: Date | null | undefined;
  detectedTo?: Date | null | undefined;
}

export interface OpportunityOrder {
  readonly field: 'DETECTED_AT' | 'SCORE';
  readonly direction: 'ASC' | 'DESC';
}

const CONDITIONS: { readonly [F in keyof Required<OpportunityFilter>]: (n: number) => string } = {
  status: (n) => `status = ANY($${n})`,
  tier: (n) => `tier = ANY($${n})`,
  isElite: (n) => `is_elite = $${n}`,
  isCrossBorder: (n) => `is_cross_border = $${n}`,
  destinationRegion: (n) => `destination_region = $${n}`,
  minScore: (n) => `score >= $${n}`,
  maxScore: (n) => `score <= $${n}`,
  detectedFrom: (n) => `detected_at >= $${n}`,
  detectedTo: (n) => `detected_at < $${n}`,
};
const FIELDS = Object.keys(CONDITIONS) as (keyof OpportunityFilter)[];
const SORT = { DETECTED_AT: ['detected_at', 'timestamptz'], SCORE: ['score', 'float8'] } as const;

/** A statement's shape, independent of its values: Postgres plans each shape once per connection. */
interface Shape {
  readonly text: string;
  /** Undefined for shapes beyond the first 200: a connection must not be filled with rare plans. */
  readonly name: string | undefined;
}
const MAX_NAMED = 200;
const shapes = new Map<string, Shape>();

/**
 * The hot list: one statement with keyset paging, whatever is joined to it. Joined rows appear under their keys.
 */
export async function listOpportunities<Joined = unknown>(
  scope: Scope,
  args: PageArgs,
  filter: OpportunityFilter = {},
  order: OpportunityOrder = { field: 'DETECTED_AT', direction: 'DESC' },
  joins: readonly Join<string, unknown>[] = [],
): Promise<Connection<Opportunity & Joined>> {
  const page = pageOf(args, 2);
  const used = FIELDS.filter((field) => filter[field] != null);
  const { text, name } = shapeOf(used, order, page, joins);
  const values = [
    scope.tenantId,
    page.size + 1,
    ...used.map((field) => filter[field]),
    ...cursorValues(page, order),
  ];
  const rows = await scope.db.rows<Record<string, unknown>>(text, values, name);
  for (const row of rows) for (const join of joins) nest(row, join);
  const field = order.field === 'SCORE' ? 'score' : 'detectedAt';
  return toConnection(rows as unknown as (Opportunity & Joined)[], page, (row) => [row[field], row.id]);
}

function shapeOf(
  used: readonly (keyof OpportunityFilter)[],
  { field, direction }: OpportunityOrder,
  page: Page,
  joins: readonly Join<string, unknown>[],
): Shape {
  const isDescending = (direction === 'DESC') === page.isForward;
  const parts = [
    field,
    isDescending,
    page.cursor !== null,
    used.join(),
    joins.map((join) => join.key).join(),
  ];
  const key = parts.join('|');
  const known = shapes.get(key);
  if (known) return known;
  const [column, type] = SORT[field];
  const conditions = used.map((condition, i) => CONDITIONS[condition](i + 3));
  const next = used.length + 3;
  if (page.cursor !== null) {
    conditions.push(`(${column}, id) ${isDescending ? '<' : '>'} ($${next}::${type}, $${next + 1}::text)`);
  }
  const way = isDescending ? 'DESC' : 'ASC';
  const where = ['tenant_id = $1', ...conditions].join(' AND ');
  const from = `SELECT * FROM opportunity WHERE ${where} ORDER BY ${column} ${way}, id ${way} LIMIT $2`;
  const columns = [
    selectList(OPPORTUNITY_COLUMNS),
    ...joins.map((join) => selectList(join.columns as Record<string, string>, `${join.key}.`)),
  ].join(', ');
  const text = `SELECT ${columns} FROM (${from}) p ${joins.map((join) => join.from).join(' ')}
    ORDER BY p.${column} ${way}, p.id ${way}`;
  const shape = { text, name: shapes.size < MAX_NAMED ? `opportunities_${shapes.size}` : undefined };
  shapes.set(key, shape);
  return shape;
}

function cursorValues({ cursor, isForward }: Page, { field }: OpportunityOrder): unknown[] {
  if (cursor === null) return [];
  const [first, id] = cursor as [string, string];
  const isRight = field === 'SCORE' ? Number.isFinite(Number(first)) : !Number.isNaN(Date.parse(first));
  if (isRight && first !== '') return [first, id];
  throw new ValidationError(
    isForward ? 'after' : 'before',
    'This cursor belongs to another order of the list.',
  );
}
