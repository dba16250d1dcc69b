import { ValidationError } from '../../kernel/errors.ts';
import {
  type Connection,
  MAX_PAGE,
  type Page,
  type PageArgs,
  pageOf,
  toConnection,
} from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import { columnsOf, fieldsOf, type Join, joinsKey, nest } from './columns.ts';
import type { Opportunity, OpportunityStatus } from './opportunity.ts';
import { type Shape, shapeFor } from './statements.ts';

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

/**
 * Rows to read for a page, one more than it holds at least. A literal in the statement, because with a LIMIT that
 * is a parameter Postgres plans anew each time; few different ones, so that there are few statements.
 */
const LIMITS = [11, 21, 51, MAX_PAGE + 1];

/** What cursors are made of. */
const KEYS: readonly (keyof Opportunity)[] = ['id', 'score', 'detectedAt'];

/**
 * The hot list: one statement with keyset paging, whatever is joined to it. Joined rows appear under their keys.
 * With `only`, no other fields than these and those of the cursor are read.
 */
export async function listOpportunities<Joined = unknown>(
  scope: Scope,
  args: PageArgs,
  filter: OpportunityFilter = {},
  order: OpportunityOrder = { field: 'DETECTED_AT', direction: 'DESC' },
  joins: readonly Join<string, unknown>[] = [],
  only?: ReadonlySet<string>,
): Promise<Connection<Opportunity & Joined>> {
  const page = pageOf(args, 2);
  const used = FIELDS.filter((field) => filter[field] != null);
  const fields = fieldsOf(only, KEYS);
  const { text, name } = shapeOf(used, order, page, fields, joins);
  const values = [scope.tenantId, ...used.map((field) => filter[field]), ...cursorValues(page, order)];
  const read = await scope.db.rows<Record<string, unknown>>(text, values, name);
  const rows = read.slice(0, page.size + 1).map((row) => nest(row, fields, joins));
  const field = order.field === 'SCORE' ? 'score' : 'detectedAt';
  return toConnection(rows as unknown as (Opportunity & Joined)[], page, (row) => [row[field], row.id]);
}

function shapeOf(
  used: readonly (keyof OpportunityFilter)[],
  { field, direction }: OpportunityOrder,
  page: Page,
  fields: readonly (keyof Opportunity)[],
  joins: readonly Join<string, unknown>[],
): Shape {
  const isDescending = (direction === 'DESC') === page.isForward;
  const limit = LIMITS.find((rows) => rows > page.size) ?? MAX_PAGE + 1;
  const parts = [
    field,
    isDescending,
    page.cursor !== null,
    limit,
    used.join(),
    fields.join(),
    joinsKey(joins),
  ];
  return shapeFor(parts.join('|'), () => {
    const [column, type] = SORT[field];
    const conditions = used.map((condition, i) => CONDITIONS[condition](i + 2));
    const next = used.length + 2;
    if (page.cursor !== null) {
      conditions.push(`(${column}, id) ${isDescending ? '<' : '>'} ($${next}::${type}, $${next + 1}::text)`);
    }
    const way = isDescending ? 'DESC' : 'ASC';
    const where = ['tenant_id = $1', ...conditions].join(' AND ');
    const from = `SELECT * FROM opportunity WHERE ${where} ORDER BY ${column} ${way}, id ${way} LIMIT ${limit}`;
    return `SELECT ${columnsOf(fields, joins)} FROM (${from}) p ${joins.map((join) => join.from).join(' ')}
      ORDER BY p.${column} ${way}, p.id ${way}`;
  });
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
