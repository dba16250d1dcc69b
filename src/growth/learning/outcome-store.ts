import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Outcome } from './outcome.ts';
import type { Lesson, PatternWeight } from './patterns.ts';
import type { Package } from './similarity.ts';

/** Outcomes, pattern weights and exclusions are written here and nowhere else. */
export const OUTCOME_COLUMNS = `action_id AS "actionId", kind, pattern_key AS "patternKey",
  is_converted AS "isConverted", currency, realized_minor AS "realizedMinor", expected_minor AS "expectedMinor", rating,
  sentiment, is_complaint AS "isComplaint", score, status, customer_id AS "customerId", items,
  occurred_at AS "occurredAt", recorded_at AS "recordedAt", learned_at AS "learnedAt"`;

const INSERT = `
  INSERT INTO outcome (tenant_id, action_id, kind, pattern_key, is_converted, currency, realized_minor, expected_minor,
    rating, sentiment, is_complaint, score, status, customer_id, items, occurred_at, recorded_at)
  SELECT $1, o.* FROM jsonb_to_recordset($2::jsonb) AS o ("actionId" uuid, kind text, "patternKey" text,
    "isConverted" boolean, currency char(3), "realizedMinor" bigint, "expectedMinor" bigint, rating int, sentiment text,
    "isComplaint" boolean, score float8, status text, "customerId" uuid, items jsonb, "occurredAt" timestamptz,
    "recordedAt" timestamptz)
  ON CONFLICT (tenant_id, action_id, kind) DO NOTHING
  RETURNING ${OUTCOME_COLUMNS}`;

/** Writes outcomes that are not in the ledger yet and answers those. One statement for any number. */
export function insertOutcomes(tx: Tx, tenantId: string, outcomes: readonly Outcome[]): Promise<Outcome[]> {
  const json = JSON.stringify(outcomes, (_key, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return tx.rows<Outcome>(INSERT, [tenantId, json], 'insert_outcomes');
}

/** Outcomes that the learner has not used yet, oldest first. */
export function loadLessons(tx: Tx, tenantId: string, limit: number): Promise<Lesson[]> {
  return tx.rows<Lesson>(
    `SELECT action_id AS "actionId", kind, pattern_key AS "patternKey", score, occurred_at AS "occurredAt"
     FROM outcome WHERE tenant_id = $1 AND learned_at IS NULL AND status = 'LEARNED'
     ORDER BY occurred_at, action_id, kind LIMIT $2`,
    [tenantId, limit],
    'lessons',
  );
}

/** Marks lessons as used. */
export async function markLearned(
  tx: Tx,
  tenantId: string,
  lessons: readonly Lesson[],
  now: Date,
): Promise<void> {
  await tx.run(
    `UPDATE outcome o SET learned_at = $4 FROM unnest($2::uuid[], $3::text[]) AS l (action_id, kind)
     WHERE o.tenant_id = $1 AND o.action_id = l.action_id AND o.kind = l.kind`,
    [tenantId, lessons.map(({ actionId }) => actionId), lessons.map(({ kind }) => kind), now],
    'mark_learned',
  );
}

/** The weights of these patterns; one that is missing starts at 0.5. */
export function loadWeights(sql: Sql, tenantId: string, keys: readonly string[]): Promise<PatternWeight[]> {
  return sql.rows<PatternWeight>(
    'SELECT key, weight, n, last_at AS "lastAt" FROM pattern_weight WHERE tenant_id = $1 AND key = ANY($2)',
    [tenantId, keys],
    'pattern_weights',
  );
}

/** Writes pattern weights, new and changed. */
export async function saveWeights(
  tx: Tx,
  tenantId: string,
  weights: readonly PatternWeight[],
  now: Date,
): Promise<void> {
  await tx.run(
    `INSERT INTO pattern_weight (tenant_id, key, weight, n, last_at, updated_at)
     SELECT $1, w.key, w.weight, w.n, w."lastAt", $3
     FROM jsonb_to_recordset($2::jsonb) AS w (key text, weight float8, n int, "lastAt" timestamptz)
     ON CONFLICT (tenant_id, key) DO UPDATE SET weight = EXCLUDED.weight, n = EXCLUDED.n, last_at = EXCLUDED.last_at,
       updated_at = EXCLUDED.updated_at`,
    [tenantId, JSON.stringify(weights), now],
    'save_weights',
  );
}

/** Packages that a customer (null: nobody) is not offered any more. */
export interface Exclusion extends Package {
  readonly id: string;
  readonly customerId: string | null;
  readonly actionId: string;
  readonly until: Date;
}

/** Writes exclusions; one that exists gets the new end. */
export async function saveExclusions(
  tx: Tx,
  tenantId: string,
  exclusions: readonly Exclusion[],
  now: Date,
): Promise<void> {
  if (exclusions.length === 0) return;
  await tx.run(
    `INSERT INTO offer_exclusion (tenant_id, id, customer_id, tokens, categories, action_id, until, created_at)
     SELECT $1, e.id, e."customerId", e.tokens, e.categories, e."actionId", e.until, $3
     FROM jsonb_to_recordset($2::jsonb) AS e (id uuid, "customerId" uuid, tokens text[], categories text[],
       "actionId" uuid, until timestamptz)
     ON CONFLICT (tenant_id, id) DO UPDATE SET until = EXCLUDED.until`,
    [tenantId, JSON.stringify(exclusions), now],
    'save_exclusions',
  );
}

/** Ends an exclusion now. */
export async function endExclusion(tx: Tx, tenantId: string, id: string, now: Date): Promise<void> {
  await tx.run('UPDATE offer_exclusion SET until = $3 WHERE tenant_id = $1 AND id = $2', [tenantId, id, now]);
}

/** Exclusions in force for everybody and for these customers. */
export function activeExclusions(
  sql: Sql,
  tenantId: string,
  customerIds: readonly string[],
  now: Date,
): Promise<Exclusion[]> {
  return sql.rows<Exclusion>(
    `SELECT id, customer_id AS "customerId", tokens, categories, action_id AS "actionId", until
     FROM offer_exclusion WHERE tenant_id = $1 AND until > $3 AND (customer_id IS NULL OR customer_id = ANY($2::uuid[]))
     ORDER BY id`,
    [tenantId, customerIds, now],
    'active_exclusions',
  );
}

/** An action that somebody did not like. */
export interface Negative {
  readonly actionId: string;
  readonly items: Outcome['items'];
  readonly occurredAt: Date;
}

/** Actions of a type that got negative feedback since an instant, newest first, at most `limit`. */
export function loadNegatives(
  tx: Tx,
  tenantId: string,
  actionType: string,
  since: Date,
  limit: number,
): Promise<Negative[]> {
  return tx.rows<Negative>(
    `SELECT action_id AS "actionId", items, max(occurred_at) AS "occurredAt" FROM outcome
     WHERE tenant_id = $1 AND (is_complaint OR sentiment = 'NEGATIVE') AND occurred_at >= $3
       AND split_part(pattern_key, '|', 1) = $2
     GROUP BY action_id, items ORDER BY max(occurred_at) DESC, action_id LIMIT $4`,
    [tenantId, actionType, since, limit],
    'negatives',
  );
}
