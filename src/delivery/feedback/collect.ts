import { type OutcomeFact, recordOutcomes } from '../../growth/learning/index.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { ACTION_COLUMNS, type ActionRow, actionFact } from './action.ts';
import { IS_SETTLED, OFFERS, REALIZED } from './sql.ts';

/** Offers looked at in one step; a cycle goes on until nothing is left. */
export const COLLECT_AT_ONCE = 500;

const TAKE = `
  WITH due AS (
    SELECT id FROM offer WHERE tenant_id = $1 AND NOT is_learned AND closed_at IS NOT NULL AND closed_at <= $2
    ORDER BY closed_at, id LIMIT $3 FOR UPDATE
  ), taken AS (
    UPDATE offer f SET is_learned = true FROM due WHERE f.tenant_id = $1 AND f.id = due.id RETURNING f.id
  )
  SELECT ${ACTION_COLUMNS}, ${IS_SETTLED} AS "isSettled", f.authorized_at IS NOT NULL AS "isConverted",
    ${REALIZED} AS "realizedMinor", coalesce(f.accepted_at, f.closed_at) AS "occurredAt"
  FROM taken t JOIN ${OFFERS} ON f.tenant_id = $1 AND f.id = t.id ORDER BY f.closed_at, f.id`;

type EndedRow = ActionRow & {
  isSettled: boolean;
  isConverted: boolean;
  realizedMinor: bigint;
  occurredAt: Date;
};

/** What one step of collecting has done. */
export interface Collected {
  /** Offers that had ended. */
  readonly ended: number;
  /** Of these, outcomes that were new to the ledger. */
  readonly recorded: number;
  /** False when more are waiting. */
  readonly isDone: boolean;
}

/**
 * Hands offers that have ended to learning, each once (spec d.1): converted is who accepted and whose payment was
 * authorised, realized what was captured and kept. An offer that was taken back before an answer is no outcome. Two
 * statements of its own, whatever their number.
 */
export async function collectOutcomes(scope: Scope, tx: Tx): Promise<Collected> {
  const values = [scope.tenantId, scope.now, COLLECT_AT_ONCE];
  const rows = await tx.rows<EndedRow>(TAKE, values, 'take_ended_offers');
  const facts = rows.filter(({ isSettled }) => isSettled).map(factOf);
  const recorded = await recordOutcomes(scope, tx, facts);
  return { ended: rows.length, recorded, isDone: rows.length < COLLECT_AT_ONCE };
}

const factOf = (row: EndedRow): OutcomeFact => ({
  ...actionFact(row),
  ...{ kind: 'RESULT', isConverted: row.isConverted, realizedMinor: row.realizedMinor },
  ...{ rating: null, sentiment: null, isComplaint: false, occurredAt: row.occurredAt },
});
