import { uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { GateAnswer } from '../policy/index.ts';
import { type Computed, compute, type Formula } from './formula.ts';

/** A decision about to be recorded. */
export interface NewDecision {
  readonly id: string;
  readonly formula: Pick<Formula<never, unknown>, 'kind' | 'version'>;
  readonly subject: string;
  readonly computed: Computed<unknown>;
  /** What the policy gate said, when an action was about to follow. */
  readonly gate?: GateAnswer | undefined;
}

const INSERT = `
  INSERT INTO decision (tenant_id, id, kind, formula_version, subject, inputs, output, output_hash, reasons, verdict,
    verdict_reason, created_at)
  SELECT $1, n.*, $3 FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, kind text, version text, subject text,
    inputs jsonb, output jsonb, "outputHash" text, reasons jsonb, verdict text, "verdictReason" text)`;

/** Records decisions in the transaction of the actions that follow from them. One statement for any number. */
export async function recordDecisions(
  scope: Scope,
  tx: Tx,
  decisions: readonly NewDecision[],
): Promise<void> {
  if (decisions.length === 0) return;
  const rows = decisions.map(({ id, formula, subject, computed, gate }) => ({
    id,
    kind: formula.kind,
    version: formula.version,
    subject,
    inputs: computed.inputs,
    output: computed.output,
    outputHash: computed.outputHash,
    reasons: computed.reasons,
    verdict: gate?.verdict ?? null,
    verdictReason: gate?.reason ?? null,
  }));
  await tx.run(INSERT, [scope.tenantId, JSON.stringify(rows), scope.now], 'insert_decisions');
}

/** Computes, records and answers one decision. */
export async function decide<Inputs, Output>(
  scope: Scope,
  tx: Tx,
  formula: Formula<Inputs, Output>,
  request: { subject: string; inputs: Inputs; gate?: GateAnswer | undefined },
): Promise<Computed<Output> & { decisionId: string }> {
  const computed = compute(formula, request.inputs);
  const id = uuidv7(scope.now.getTime());
  await recordDecisions(scope, tx, [{ id, formula, computed, subject: request.subject, gate: request.gate }]);
  return { ...computed, decisionId: id };
}
