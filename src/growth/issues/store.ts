import { NotFoundError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import { COLUMNS, JSON_FIELDS, JSON_SHAPE, SELECT_LIST } from './columns.ts';
import type { Issue } from './issue.ts';
import type { EffectiveRule } from './rules.ts';

/**
 * Detection of one tenant at a time. A statement of its own: the next one must see what the holder before
 * committed. The unique index issue_one_open stays the last word.
 */
export async function lockDetection(tx: Tx, tenantId: string): Promise<void> {
  await tx.run(
    `SELECT pg_advisory_xact_lock(hashtextextended('issues|' || $1, 0))`,
    [tenantId],
    'issues_lock',
  );
}

const LOAD = `
  SELECT ${SELECT_LIST} FROM issue WHERE tenant_id = $1 AND id IN (
    SELECT id FROM issue WHERE tenant_id = $1 AND status <> 'RESOLVED'
    UNION ALL
    SELECT last.id FROM unnest($2::text[]) AS f (fingerprint), LATERAL (
      SELECT id FROM issue WHERE tenant_id = $1 AND fingerprint = f.fingerprint AND status = 'RESOLVED'
      ORDER BY resolved_at DESC LIMIT 1
    ) AS last
  ) FOR UPDATE`;

/** Every unresolved issue and the last resolved one of each fingerprint, locked. */
export function loadForDetection(tx: Tx, tenantId: string, fingerprints: string[]): Promise<Issue[]> {
  return tx.rows<Issue>(LOAD, [tenantId, fingerprints], 'issues_load');
}

/** One issue, locked. Throws NotFoundError. */
export async function loadForUpdate(tx: Tx, tenantId: string, id: string): Promise<Issue> {
  const issue = isUuid(id)
    ? await tx.row<Issue>(
        `SELECT ${SELECT_LIST} FROM issue WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
        [tenantId, id],
        'issue_for_update',
      )
    : undefined;
  if (!issue) throw new NotFoundError('issue', id);
  return issue;
}

const FIXED = new Set(['id', 'type', 'dimension', 'fingerprint', 'first_seen_at']);
const SAVE = `
  INSERT INTO issue (tenant_id, ${COLUMNS.join(', ')})
  SELECT $1, ${JSON_FIELDS} FROM jsonb_to_recordset($2::jsonb) AS r (${JSON_SHAPE})
  ON CONFLICT (tenant_id, id) DO UPDATE SET
    ${COLUMNS.filter((column) => !FIXED.has(column))
      .map((column) => `${column} = EXCLUDED.${column}`)
      .join(', ')}`;

/** Writes new and changed issues in one statement. */
export async function saveIssues(tx: Tx, tenantId: string, issues: readonly Issue[]): Promise<void> {
  if (issues.length > 0) await tx.run(SAVE, [tenantId, JSON.stringify(issues)], 'issues_save');
}

const SAVE_RULE = `
  INSERT INTO issue_rule AS r (tenant_id, type, threshold, is_enabled, baseline, version, updated_at, updated_by)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (tenant_id, type) DO UPDATE SET threshold = $3, is_enabled = $4, baseline = $5, version = $6,
    updated_at = $7, updated_by = $8
  WHERE r.version = $6 - 1`;

/** Writes the tenant's own rule; false when somebody else wrote a version in between. */
export async function saveRule(tx: Tx, tenantId: string, rule: EffectiveRule): Promise<boolean> {
  const written = await tx.run(SAVE_RULE, [
    tenantId,
    rule.type,
    rule.isCustomThreshold ? rule.threshold : null,
    rule.isEnabled,
    rule.baseline === 'PREVIOUS_DAY' ? null : rule.baseline,
    rule.version,
    rule.updatedAt,
    rule.updatedBy,
  ]);
  return written === 1;
}
