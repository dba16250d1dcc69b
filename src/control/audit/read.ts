import type { Prisma } from '../../../prisma/generated/client/client.ts';
import { type Connection, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';

export interface AuditFilter {
  actor?: string | null | undefined;
  action?: string | null | undefined;
  subject?: string | null | undefined;
}

type Selection = Pick<Prisma.AuditEntryFindManyArgs, 'select'>;

/** The tenant's audit trail, newest first; a rare list, so Prisma reads just the columns that were asked for. */
export async function listAudit<Row extends { at: Date; id: string }>(
  scope: Scope,
  filter: AuditFilter,
  args: PageArgs,
  selection: Selection,
): Promise<Connection<Row>> {
  const page = pageOf(args, 2);
  const [at, id] = page.cursor ?? [];
  const beyond = page.isForward ? 'lt' : 'gt';
  const direction = page.isForward ? 'desc' : 'asc';
  const rows = await scope.db.prisma.auditEntry.findMany({
    select: { ...selection.select, at: true, id: true },
    where: {
      ...(filter.actor && { actor: filter.actor }),
      ...(filter.action && { action: filter.action }),
      ...(filter.subject && { subject: filter.subject }),
      ...(at && id && { OR: [{ at: { [beyond]: at } }, { at, id: { [beyond]: id } }] }),
    },
    orderBy: [{ at: direction }, { id: direction }],
    take: page.size + 1,
  });
  return toConnection(rows as unknown as Row[], page, (row) => [row.at, row.id]);
}
