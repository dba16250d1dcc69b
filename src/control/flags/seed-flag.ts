import { PLATFORM_TENANT } from '../../kernel/ids.ts';
import type { Scope } from '../../platform/scope.ts';
import { writeAudit } from '../audit/index.ts';

/**
 * Switches a BOOLEAN flag of the installation on at start because the environment says so (spec q), unless a person has
 * ever changed it: what people decide outlives every restart. Called with a scope of the platform tenant.
 */
export async function seedFlagOn(scope: Scope, key: string): Promise<boolean> {
  return scope.db.tx(async (tx) => {
    const written = await tx.run(
      `UPDATE flag SET default_value = 'true', version = version + 1, updated_at = $3, updated_by = 'system:environment'
       WHERE tenant_id = $1 AND key = $2 AND type = 'BOOLEAN' AND default_value = 'false'
         AND updated_by LIKE 'system:%'`,
      [PLATFORM_TENANT, key, scope.now],
    );
    if (written === 0) return false;
    await writeAudit(scope, tx, {
      ...{ action: 'flag.seed', subject: key, before: { value: false }, after: { value: true } },
      reason: `${key}=true in the environment`,
    });
    tx.afterCommit(() => scope.cache.invalidate('flags', scope.tenantId));
    return true;
  });
}
