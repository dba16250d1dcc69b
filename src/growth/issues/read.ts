import { ValidationError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import { type Connection, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { RevenueBaseline } from '../kpis/index.ts';
import { SELECT_LIST } from './columns.ts';
import type { Issue, IssueStatus } from './issue.ts';
import { type EffectiveRule, ISSUE_TYPES, type IssueType, RULES, type Severity } from './rules.ts';

/** Which issues; every given condition must hold, an empty or absent one holds for all. */
export interface IssueFilter {
  status?: readonly IssueStatus[] | null | undefined;
  type?: readonly IssueType[] | null | undefined;
  severity?: readonly Severity[] | null | undefined;
  /** Seen at or after this instant. */
  since?: Date | null | undefined;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export const ISSUE_ORDERS = ['LAST_SEEN_AT', 'FIRST_SEEN_AT', 'SEVERITY'] as const;
export interface IssueOrder {
  field: (typeof ISSUE_ORDERS)[number];
  direction: 'ASC' | 'DESC';
}

/** CRITICAL is the greatest, so that DESC shows the worst first. */
const RANK = `array_position(ARRAY['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'], severity)`;
const KEYS = {
  LAST_SEEN_AT: { sql: 'last_seen_at', type: 'timestamptz', of: (issue: Issue) => issue.lastSeenAt },
  FIRST_SEEN_AT: { sql: 'first_seen_at', type: 'timestamptz', of: (issue: Issue) => issue.firstSeenAt },
  SEVERITY: {
    sql: RANK,
    type: 'int',
    of: (issue: Issue) => ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'].indexOf(issue.severity) + 1,
  },
} as const;

/** A page of issues, newest sighting first unless asked otherwise; the id breaks ties. One statement. */
export async function listIssues(
  scope: Scope,
  filter: IssueFilter,
  args: PageArgs,
  order: IssueOrder = { field: 'LAST_SEEN_AT', direction: 'DESC' },
): Promise<Connection<Issue>> {
  const page = pageOf(args, 2);
  const key = KEYS[order.field];
  if (page.cursor) checkCursor(page.cursor, key.type, page.isForward ? 'after' : 'before');
  const isDescending = (order.direction === 'DESC') === page.isForward;
  const values: unknown[] = [scope.tenantId];
  const where = ['tenant_id = $1'];
  const add = (condition: (place: string) => string, value: unknown): void => {
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  if (filter.status?.length) add((place) => `status = ANY(${place}::text[])`, filter.status);
  if (filter.type?.length) add((place) => `type = ANY(${place}::text[])`, filter.type);
  if (filter.severity?.length) add((place) => `severity = ANY(${place}::text[])`, filter.severity);
  if (filter.since) add((place) => `last_seen_at >= ${place}`, filter.since);
  if (page.cursor) {
    values.push(...page.cursor);
    const [at, id] = [values.length - 1, values.length];
    where.push(`(${key.sql}, id) ${isDescending ? '<' : '>'} ($${at}::${key.type}, $${id}::uuid)`);
  }
  values.push(page.size + 1);
  const way = isDescending ? 'DESC' : 'ASC';
  const rows = await scope.db.rows<Issue>(
    `SELECT ${SELECT_LIST} FROM issue WHERE ${where.join(' AND ')}
     ORDER BY ${key.sql} ${way}, id ${way} LIMIT $${values.length}`,
    values,
  );
  return toConnection(rows, page, (issue) => [key.of(issue), issue.id]);
}

/** A cursor of another order (or made up) is a wrong input, not an error of the database. */
function checkCursor([value = '', id = '']: string[], type: string, field: string): void {
  const isFine = type === 'int' ? /^[1-4]$/.test(value) : ISO.test(value) && !Number.isNaN(Date.parse(value));
  if (isFine && isUuid(id)) return;
  throw new ValidationError(field, 'This cursor was made by another list or order; start again without it.');
}

/** Issues by id in the order asked; null where this tenant has none. One statement for any number. */
export async function findIssues(scope: Scope, ids: readonly string[]): Promise<(Issue | null)[]> {
  const rows = await scope.db.rows<Issue>(
    `SELECT ${SELECT_LIST} FROM issue WHERE tenant_id = $1 AND id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'issues_by_id',
  );
  return ids.map((id) => rows.find((row) => row.id === id.toLowerCase()) ?? null);
}

/** Open and acknowledged issues by severity. */
export async function countOpenIssues(scope: Scope, sql: Sql): Promise<Record<Severity, number>> {
  const rows = await sql.rows<{ severity: Severity; n: number }>(
    `SELECT severity, count(*)::int AS n FROM issue WHERE tenant_id = $1 AND status <> 'RESOLVED' GROUP BY severity`,
    [scope.tenantId],
  );
  const counts: Record<Severity, number> = { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0 };
  for (const { severity, n } of rows) counts[severity] = n;
  return counts;
}

interface StoredRule {
  type: IssueType;
  threshold: string | null;
  isEnabled: boolean;
  baseline: RevenueBaseline | null;
  version: number;
  updatedAt: Date;
  updatedBy: string;
}

/** Every rule as it holds for the tenant, in the order of the built-in list. */
export async function effectiveRules(scope: Scope, sql: Sql = scope.db): Promise<EffectiveRule[]> {
  const rows = await sql.rows<StoredRule>(
    `SELECT type, threshold, is_enabled AS "isEnabled", baseline, version, updated_at AS "updatedAt",
       updated_by AS "updatedBy" FROM issue_rule WHERE tenant_id = $1`,
    [scope.tenantId],
    'issue_rules',
  );
  const own = new Map(rows.map((row) => [row.type, row]));
  return ISSUE_TYPES.map((type) => effectiveRule(type, own.get(type)));
}

function effectiveRule(type: IssueType, own: StoredRule | undefined): EffectiveRule {
  return {
    type,
    isEnabled: own?.isEnabled ?? true,
    threshold: own?.threshold ?? RULES[type].threshold,
    isCustomThreshold: own?.threshold != null,
    baseline: type === 'REVENUE_DROP' ? (own?.baseline ?? 'PREVIOUS_DAY') : null,
    version: own?.version ?? 0,
    updatedAt: own?.updatedAt ?? null,
    updatedBy: own?.updatedBy ?? null,
  };
}
