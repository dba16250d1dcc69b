import type { Prisma } from '../../../prisma/generated/client/client.ts';
import { ValidationError } from '../../kernel/errors.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import { checkText } from '../../kernel/text.ts';
import type { Scope } from '../../platform/scope.ts';

export interface AuditFilter {
  actor?: string | null | undefined;
  action?: string | null | undefined;
  /** The beginning of the action, e.g. `key.`. */
  actionPrefix?: string | null | undefined;
  subject?: string | null | undefined;
  requestId?: string | null | undefined;
  /** Half-open: `from` ≤ at < `to`. */
  from?: Date | null | undefined;
  to?: Date | null | undefined;
}

type Selection = Pick<Prisma.AuditEntryFindManyArgs, 'select'>;

/** The tenant's audit trail, newest first; a rare list, so Prisma reads just the columns that were asked for. */
export async function listAudit<Row extends { at: Date; id: string }>(
  scope: Scope,
  filter: AuditFilter,
  args: PageArgs,
  selection: Selection,
): Promise<Connection<Row>> {
  const page = newestFirst(args);
  const beyond = page.isForward ? 'lt' : 'gt';
  const direction = page.isForward ? 'desc' : 'asc';
  const rows = await scope.db.prisma.auditEntry.findMany({
    select: { ...selection.select, at: true, id: true },
    where: { AND: [conditions(filter), ...(page.at && page.id ? [after(page.at, page.id, beyond)] : [])] },
    orderBy: [{ at: direction }, { id: direction }],
    take: page.size + 1,
  });
  return toConnection(rows as unknown as Row[], page, (row) => [row.at, row.id]);
}

const after = (at: string, id: string, beyond: 'lt' | 'gt'): Prisma.AuditEntryWhereInput => ({
  OR: [{ at: { [beyond]: at } }, { at, id: { [beyond]: id } }],
});

/** Prisma's startsWith is a LIKE whose wildcards count. */
const likeText = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

function conditions(filter: AuditFilter): Prisma.AuditEntryWhereInput {
  const { actor, action, actionPrefix, subject, requestId, from, to } = filter;
  if (from && to && from >= to) throw new ValidationError('filter.to', 'The range must end after it begins.');
  for (const [name, text] of Object.entries({ actor, action, actionPrefix, subject, requestId })) {
    if (text) checkText(text, `filter.${name}`, 500);
  }
  return {
    ...(actor && { actor }),
    ...(action && { action }),
    ...(actionPrefix && { AND: [{ action: { startsWith: likeText(actionPrefix) } }] }),
    ...(subject && { subject }),
    ...(requestId && { requestId }),
    ...((from || to) && { at: { ...(from && { gte: from }), ...(to && { lt: to }) } }),
  };
}
