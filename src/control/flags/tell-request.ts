import { PLATFORM_TENANT } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { writeAudit } from '../audit/index.ts';
import { readFlagSet } from './flag-set.ts';
import type { FlagRequest } from './request-store.ts';

/** Audit entry and event about a change that waits, or will not happen. */
export async function tellRequest(
  scope: Scope,
  tx: Tx,
  request: FlagRequest,
  change: 'REQUESTED' | 'SCHEDULED' | 'REJECTED' | 'CANCELLED',
): Promise<void> {
  const { key, kind, dueAt, status, note } = request;
  await writeAudit(scope, tx, {
    action: `flag.${change.toLowerCase()}`,
    subject: key,
    before: status === 'PENDING' ? null : { requestId: request.id, status: 'PENDING' },
    after: { requestId: request.id, kind, change: request.change, dueAt, status },
    reason: note ?? request.reason,
  });
  const { value, version } = (await readFlagSet(scope, tx)).evaluate(key, null);
  const isInstallations = scope.tenantId === PLATFORM_TENANT;
  await scope.events.append(tx, scope.tenantId, [
    {
      type: 'FLAG_CHANGED',
      payload: {
        ...{ key, change, isInstallations, version: version ?? 0, value, by: scope.actor.name },
        reason: note ?? request.reason,
      },
    },
  ]);
}
