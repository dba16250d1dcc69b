import type { Sql, Tx } from '../../platform/db/sql.ts';
import { type ChangeKind, type StrategyChange, type StrategyState, startState } from './strategy.ts';

/** Learning of one tenant at a time: cycles and people's decisions wait for each other. First lock of all. */
export async function lockLearning(tx: Tx, tenantId: string): Promise<void> {
  await tx.run(
    `SELECT pg_advisory_xact_lock(hashtextextended('learning|' || $1, 0))`,
    [tenantId],
    'learning_lock',
  );
}

/** Where an action type stands; the defaults when nothing was learned yet. */
export async function loadState(sql: Sql, tenantId: string, actionType: string): Promise<StrategyState> {
  const row = await sql.row<StrategyState>(
    `SELECT action_type AS "actionType", aggressiveness, price_minor AS "priceMinor", base_minor AS "baseMinor",
       price_currency AS "priceCurrency", changed_at AS "changedAt", version
     FROM strategy_state WHERE tenant_id = $1 AND action_type = $2`,
    [tenantId, actionType],
    'strategy_state',
  );
  return row ?? startState(actionType);
}

/** Writes where an action type stands. */
export async function saveState(tx: Tx, tenantId: string, state: StrategyState): Promise<void> {
  const { actionType, aggressiveness, priceMinor, baseMinor, priceCurrency, changedAt, version } = state;
  await tx.run(
    `INSERT INTO strategy_state (tenant_id, action_type, aggressiveness, price_minor, base_minor, price_currency,
       changed_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (tenant_id, action_type) DO UPDATE SET aggressiveness = $3, price_minor = $4, base_minor = $5,
       price_currency = $6, changed_at = $7, version = $8`,
    [tenantId, actionType, aggressiveness, priceMinor, baseMinor, priceCurrency, changedAt, version],
    'save_strategy',
  );
}

export const CHANGE_COLUMNS = `id, action_type AS "actionType", kind, before, after, evidence, reasons, status,
  decision_id AS "decisionId", created_at AS "createdAt", closed_at AS "closedAt", closed_by AS "closedBy", version`;

/** Changes that wait for a person, and those that people refused or took back since an instant. */
export function loadKnown(
  tx: Tx,
  tenantId: string,
  actionType: string,
  since: Date,
): Promise<StrategyChange[]> {
  return tx.rows<StrategyChange>(
    `SELECT ${CHANGE_COLUMNS} FROM strategy_change WHERE tenant_id = $1 AND action_type = $2
       AND (status IN ('PROPOSED', 'HELD')
         OR status IN ('REVERTED', 'REJECTED') AND closed_at >= $3 AND closed_by NOT LIKE 'system:%')
     ORDER BY created_at DESC, id DESC LIMIT 500`,
    [tenantId, actionType, since],
    'known_changes',
  );
}

/** Writes new and changed changes. One statement for any number. */
export async function saveChanges(
  tx: Tx,
  tenantId: string,
  changes: readonly StrategyChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await tx.run(
    `INSERT INTO strategy_change (tenant_id, id, action_type, kind, before, after, evidence, reasons, status, decision_id,
       created_at, closed_at, closed_by, version)
     SELECT $1, c.* FROM jsonb_to_recordset($2::jsonb) AS c (id uuid, "actionType" text, kind text, before jsonb,
       after jsonb, evidence jsonb, reasons jsonb, status text, "decisionId" uuid, "createdAt" timestamptz,
       "closedAt" timestamptz, "closedBy" text, version int)
     ON CONFLICT (tenant_id, id) DO UPDATE SET status = EXCLUDED.status, closed_at = EXCLUDED.closed_at,
       closed_by = EXCLUDED.closed_by, version = EXCLUDED.version`,
    [tenantId, JSON.stringify(changes)],
    'save_changes',
  );
}

/** One change, locked; or undefined. */
export function lockChange(tx: Tx, tenantId: string, id: string): Promise<StrategyChange | undefined> {
  return tx.row<StrategyChange>(
    `SELECT ${CHANGE_COLUMNS} FROM strategy_change WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
    [tenantId, id],
  );
}

/** The newest applied change of these kinds; an approved one counts from its approval. */
export function lastApplied(
  tx: Tx,
  tenantId: string,
  actionType: string,
  kinds: readonly ChangeKind[],
): Promise<StrategyChange | undefined> {
  return tx.row<StrategyChange>(
    `SELECT ${CHANGE_COLUMNS} FROM strategy_change
     WHERE tenant_id = $1 AND action_type = $2 AND kind = ANY($3) AND status = 'APPLIED'
     ORDER BY coalesce(closed_at, created_at) DESC, id DESC LIMIT 1`,
    [tenantId, actionType, kinds],
  );
}
