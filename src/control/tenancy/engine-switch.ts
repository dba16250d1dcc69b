import { ValidationError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { writeAudit } from '../audit/index.ts';
import { COLUMNS } from './read.ts';
import type { TenantRow } from './tenant.ts';

/** Starts or stops the tenant's hourly cycles; asking for what is already so changes nothing. */
export async function setEngineStatus(scope: Scope, status: 'RUNNING' | 'STOPPED'): Promise<TenantRow> {
  return scope.db.tx(async (tx) => {
    const before = await tx.row<TenantRow>(`SELECT ${COLUMNS} FROM tenant WHERE id = $1 FOR UPDATE`, [
      scope.tenantId,
    ]);
    if (!before) throw new ValidationError('tenant', 'This tenant no longer exists.');
    if (before.engineStatus === status) return before;
    await tx.run('UPDATE tenant SET engine_status = $2 WHERE id = $1', [scope.tenantId, status]);
    const type = status === 'RUNNING' ? 'ENGINE_STARTED' : 'ENGINE_STOPPED';
    await scope.events.append(tx, scope.tenantId, [{ type, payload: { by: scope.actor.name } }]);
    await writeAudit(scope, tx, {
      action: status === 'RUNNING' ? 'engine.start' : 'engine.stop',
      subject: scope.tenantId,
      before: { engineStatus: before.engineStatus },
      after: { engineStatus: status },
    });
    return { ...before, engineStatus: status };
  });
}
