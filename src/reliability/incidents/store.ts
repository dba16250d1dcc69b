import { uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import {
  type EntryKind,
  entryId,
  INCIDENT_COLUMNS,
  type Incident,
  type IncidentSeverity,
  type IncidentSource,
} from './incident.ts';

export interface NewIncident {
  readonly sourceKey: string;
  readonly source: IncidentSource;
  readonly title: string;
  readonly severity: IncidentSeverity;
  readonly component: string;
  readonly message: string;
}

const INSERT = `
  INSERT INTO incident AS i (tenant_id, id, title, severity, status, source, source_key, component, opened_at, recover_at)
  VALUES ($1, $2, $3, $4, 'OPEN', $5, $6, $7, $8, $8)
  ON CONFLICT (tenant_id, source_key) WHERE status <> 'RESOLVED' DO NOTHING RETURNING ${INCIDENT_COLUMNS}`;

/** Opens an incident unless its key has a live one; undefined when it has. */
export function insertIncident(scope: Scope, tx: Tx, incident: NewIncident): Promise<Incident | undefined> {
  const { title, severity, source, sourceKey, component } = incident;
  return tx.row<Incident>(
    INSERT,
    [
      ...[scope.tenantId, uuidv7(scope.now.getTime()), title, severity],
      ...[source, sourceKey, component, scope.now],
    ],
    'insert_incident',
  );
}

/** The live incident of a key, locked. */
export function lockLive(scope: Scope, tx: Tx, sourceKey: string): Promise<Incident | undefined> {
  return tx.row<Incident>(
    `SELECT ${INCIDENT_COLUMNS} FROM incident i
     WHERE i.tenant_id = $1 AND i.source_key = $2 AND i.status <> 'RESOLVED' FOR UPDATE`,
    [scope.tenantId, sourceKey],
    'lock_live_incident',
  );
}

/** An incident, locked. */
export function lockIncident(scope: Scope, tx: Tx, id: string): Promise<Incident | undefined> {
  return tx.row<Incident>(
    `SELECT ${INCIDENT_COLUMNS} FROM incident i WHERE i.tenant_id = $1 AND i.id = $2::uuid FOR UPDATE`,
    [scope.tenantId, id],
    'lock_incident',
  );
}

/** Writes what changes about an incident. */
export async function saveIncident(scope: Scope, tx: Tx, incident: Incident): Promise<void> {
  await tx.run(
    `UPDATE incident SET status = $3, acked_at = $4, acked_by = $5, mitigated_at = $6, resolved_at = $7,
       recover_at = $8 WHERE tenant_id = $1 AND id = $2`,
    [
      ...[scope.tenantId, incident.id, incident.status, incident.ackedAt, incident.ackedBy],
      ...[incident.mitigatedAt, incident.resolvedAt, incident.recoverAt],
    ],
    'save_incident',
  );
}

export interface NewEntry {
  readonly incidentId: string;
  readonly kind: EntryKind;
  readonly message: string;
  readonly details?: Record<string, unknown> | undefined;
}

/** Appends to timelines, in the order given. One statement. */
export async function appendEntries(scope: Scope, tx: Tx, entries: readonly NewEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map((entry) => ({ ...entry, id: entryId(scope.now) }));
  await tx.run(
    `INSERT INTO incident_entry (tenant_id, id, incident_id, at, kind, actor, message, details)
     SELECT $1, n.id, n."incidentId", $3, n.kind, $4, n.message, n.details
     FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, "incidentId" uuid, kind text, message text, details jsonb)`,
    [scope.tenantId, JSON.stringify(rows), scope.now, scope.actor.name],
    'append_incident_entries',
  );
}
