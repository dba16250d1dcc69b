import { canonicalJson, type Json } from '../../kernel/canonical.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import type { Reason } from '../../kernel/reason.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { compute, findFormula } from './formula.ts';

/** A recorded decision (spec 0.6). */
export interface Decision {
  readonly id: string;
  readonly kind: string;
  readonly formulaVersion: string;
  readonly subject: string;
  readonly inputs: Json;
  readonly output: Json;
  readonly outputHash: string;
  readonly reasons: readonly Reason[];
  readonly verdict: 'ALLOW' | 'HOLD' | 'NEEDS_APPROVAL' | null;
  readonly verdictReason: string | null;
  readonly createdAt: Date;
}

const COLUMNS = `id, kind, formula_version AS "formulaVersion", subject, inputs, output, output_hash AS "outputHash",
  reasons, verdict, verdict_reason AS "verdictReason", created_at AS "createdAt"`;

export interface DecisionFilter {
  kind?: string | null | undefined;
  /** Plain id of the thing decided about. */
  subject?: string | null | undefined;
}

/** Decisions, newest first. One statement with keyset paging. */
export async function listDecisions(
  scope: Scope,
  args: PageArgs,
  filter: DecisionFilter = {},
): Promise<Connection<Decision>> {
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  const rows = await scope.db.rows<Decision>(
    `SELECT ${COLUMNS} FROM decision WHERE tenant_id = $1 AND ($3::text IS NULL OR kind = $3)
       AND ($4::text IS NULL OR subject = $4)
       AND ($5::timestamptz IS NULL OR (created_at, id) ${edge} ($5, $6::uuid))
     ORDER BY created_at ${way}, id ${way} LIMIT $2`,
    [scope.tenantId, page.size + 1, filter.kind ?? null, filter.subject ?? null, at, id],
    `decisions_${way}`,
  );
  return toConnection(rows, page, (decision) => [decision.createdAt, decision.id]);
}

/** Decisions by id, in the order asked; null where there is none. */
export async function decisionsById(scope: Scope, ids: readonly string[]): Promise<(Decision | null)[]> {
  const rows = await scope.db.rows<Decision>(
    `SELECT ${COLUMNS} FROM decision WHERE tenant_id = $1 AND id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'decisions_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** What computing a decision again gives. */
export interface Replay {
  readonly decision: Decision;
  /** Whether the recomputed output has the same bytes as the recorded one, and these the recorded hash. */
  readonly isIdentical: boolean;
  /** Null when this program no longer has the formula's version. */
  readonly output: Json;
  readonly outputHash: string | null;
}

/** Computes a recorded decision again from its inputs and compares bytes. NotFoundError for an unknown id. */
export async function replayDecision(scope: Scope, id: string): Promise<Replay> {
  const [decision] = await decisionsById(scope, [id]);
  if (!decision) throw new NotFoundError('decision', id);
  const formula = findFormula(decision.kind, decision.formulaVersion);
  if (!formula) return { decision, isIdentical: false, output: null, outputHash: null };
  const again = compute(formula, decision.inputs as never);
  const isIdentical =
    canonicalJson(again.output) === canonicalJson(decision.output) &&
    again.outputHash === decision.outputHash;
  return { decision, isIdentical, output: again.output as Json, outputHash: again.outputHash };
}

/** Which of these subjects a formula of this kind has decided about since the instant. */
export async function decidedSince(
  sql: Sql,
  tenantId: string,
  kind: string,
  subjects: readonly string[],
  since: Date,
): Promise<Set<string>> {
  const rows = await sql.rows<{ subject: string }>(
    `SELECT DISTINCT subject FROM decision
     WHERE tenant_id = $1 AND subject = ANY($2) AND kind = $3 AND created_at > $4`,
    [tenantId, subjects, kind, since],
    'decided_since',
  );
  return new Set(rows.map(({ subject }) => subject));
}
