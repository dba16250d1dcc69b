import { uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';

export interface AuditFact {
  /** `thing.verb`, e.g. `hub.disable`. */
  action: string;
  subject: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** Appends to the tenant's audit trail in the transaction of the change itself. */
export async function writeAudit(scope: Scope, tx: Tx, fact: AuditFact): Promise<void> {
  await tx.run(
    `INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, before, after, request_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      scope.tenantId,
      uuidv7(scope.now.getTime()),
      scope.now,
      scope.actor.name,
      fact.action,
      fact.subject,
      fact.before === null ? null : JSON.stringify(fact.before),
      fact.after === null ? null : JSON.stringify(fact.after),
      scope.requestId,
    ],
  );
}
