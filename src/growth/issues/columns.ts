import type { Issue } from './issue.ts';

/** Column of issue → its SQL type and field. */
const FIELDS = {
  id: ['uuid', 'id'],
  type: ['text', 'type'],
  dimension: ['text', 'dimension'],
  fingerprint: ['text', 'fingerprint'],
  status: ['text', 'status'],
  severity: ['text', 'severity'],
  confidence: ['text', 'confidence'],
  is_flapping: ['boolean', 'isFlapping'],
  occurrences: ['int', 'occurrences'],
  clean_cycles: ['int', 'cleanCycles'],
  value: ['numeric', 'value'],
  peak_value: ['numeric', 'peakValue'],
  threshold: ['numeric', 'threshold'],
  message: ['text', 'message'],
  first_seen_at: ['timestamptz', 'firstSeenAt'],
  last_seen_at: ['timestamptz', 'lastSeenAt'],
  evaluated_at: ['timestamptz', 'evaluatedAt'],
  acknowledged_at: ['timestamptz', 'acknowledgedAt'],
  acknowledged_by: ['text', 'acknowledgedBy'],
  resolved_at: ['timestamptz', 'resolvedAt'],
  resolved_by: ['text', 'resolvedBy'],
  note: ['text', 'note'],
  version: ['int', 'version'],
} as const satisfies Record<string, readonly [string, keyof Issue]>;

export const COLUMNS = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

/** Select list that yields an Issue, optionally of a table alias. */
export const SELECT_LIST = COLUMNS.map((column) => `${column} AS "${FIELDS[column][1]}"`).join(', ');

/** `"isFlapping" boolean, …`: the shape of an issue's JSON for jsonb_to_recordset. */
export const JSON_SHAPE = COLUMNS.map((column) => `"${FIELDS[column][1]}" ${FIELDS[column][0]}`).join(', ');

/** The JSON fields in the order of COLUMNS. */
export const JSON_FIELDS = COLUMNS.map((column) => `"${FIELDS[column][1]}"`).join(', ');
