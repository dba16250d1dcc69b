import { uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';

export interface AuditFact {
  /** `thing.verb`, e.g. `hub.disable`. */
  action: string;
  subject: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  /** Why, in the words of who did it. */
  reason?: string | null | undefined;
}

const INSERT = `
  INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, before, after, request_id, reason)
  SELECT $1, n.id, $3, $4, n.action, n.subject, n.before, n.after, $5, n.reason
  FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, action text, subject text, before jsonb, after jsonb, reason text)`;

/** Appends to the tenant's audit trail in the transaction of the change itself. */
export const writeAudit = (scope: Scope, tx: Tx, fact: AuditFact): Promise<void> =>
  writeAudits(scope, tx, [fact]);

/** Appends any number of entries with one statement. */
export async function writeAudits(scope: Scope, tx: Tx, facts: readonly AuditFact[]): Promise<void> {
  if (facts.length === 0) return;
  const rows = facts.map((fact) => ({
    ...fact,
    id: uuidv7(scope.now.getTime()),
    reason: fact.reason ?? null,
  }));
  const values = [scope.tenantId, JSON.stringify(rows), scope.now, scope.actor.name, scope.requestId];
  await tx.run(INSERT, values, 'write_audit');
}
