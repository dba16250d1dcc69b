import { createLoader } from '../../commerce/ingest/index.ts';
import { isUuid } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import { checkText } from '../../kernel/text.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { INCIDENT_COLUMNS, type Incident, type IncidentEntry, type IncidentStatus } from './incident.ts';
import { STEP_COLUMNS, type StepRun } from './runbook.ts';

export interface IncidentFilter {
  status?: readonly IncidentStatus[] | null | undefined;
  component?: string | null | undefined;
  openedFrom?: Date | null | undefined;
  openedTo?: Date | null | undefined;
}

/** Incidents, newest first; `[openedFrom, openedTo)`. One statement with keyset paging. */
export async function listIncidents(
  scope: Scope,
  args: PageArgs,
  filter: IncidentFilter = {},
): Promise<Connection<Incident>> {
  checkText(filter.component ?? '', 'filter.component', 200);
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  const rows = await scope.db.rows<Incident>(
    `SELECT ${INCIDENT_COLUMNS} FROM incident i WHERE i.tenant_id = $1
       AND ($3::text[] IS NULL OR i.status = ANY($3)) AND ($4::text IS NULL OR i.component = $4)
       AND ($5::timestamptz IS NULL OR i.opened_at >= $5) AND ($6::timestamptz IS NULL OR i.opened_at < $6)
       AND ($7::timestamptz IS NULL OR (i.opened_at, i.id) ${edge} ($7, $8::uuid))
     ORDER BY i.opened_at ${way}, i.id ${way} LIMIT $2`,
    [
      ...[scope.tenantId, page.size + 1, filter.status ?? null, filter.component ?? null],
      ...[filter.openedFrom ?? null, filter.openedTo ?? null, at, id],
    ],
    `incidents_${way}`,
  );
  return toConnection(rows, page, (incident) => [incident.openedAt, incident.id]);
}

/** Incidents by id, in the order asked; null where there is none. */
export async function incidentsById(scope: Scope, ids: readonly string[]): Promise<(Incident | null)[]> {
  const rows = await scope.db.rows<Incident>(
    `SELECT ${INCIDENT_COLUMNS} FROM incident i WHERE i.tenant_id = $1 AND i.id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'incidents_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** Lines of a timeline that are shown at most: the latest ones. */
export const TIMELINE_SHOWN = 500;

/** Timelines, oldest line first; calls of one tick share one statement. */
export const findTimeline = createLoader<IncidentEntry[]>(async (scope, ids) => {
  const rows = await scope.db.rows<IncidentEntry>(
    `SELECT e.* FROM unnest($2::uuid[]) AS n (id) CROSS JOIN LATERAL (
       SELECT id, incident_id AS "incidentId", at, kind, actor, message, details FROM incident_entry
       WHERE tenant_id = $1 AND incident_id = n.id ORDER BY at DESC, id DESC LIMIT ${TIMELINE_SHOWN}) e
     ORDER BY e.at, e.id`,
    [scope.tenantId, ids],
    'incident_timelines',
  );
  return Map.groupBy(rows, (row) => row.incidentId);
});

/** Runbook steps of incidents, oldest first; calls of one tick share one statement. */
export const findSteps = createLoader<StepRun[]>(async (scope, ids) => {
  const rows = await scope.db.rows<StepRun>(
    `SELECT ${STEP_COLUMNS} FROM runbook_step s WHERE s.tenant_id = $1 AND s.incident_id = ANY($2::uuid[])
     ORDER BY s.started_at, s.id LIMIT 5000`,
    [scope.tenantId, ids],
    'incident_steps',
  );
  return Map.groupBy(rows, (row) => row.incidentId);
});

/** What the daily summary says about incidents. */
export interface IncidentSummary {
  readonly open: number;
  readonly openedLastDay: number;
  readonly resolvedLastDay: number;
  /** Titles of the live ones, oldest first, at most ten. */
  readonly live: readonly string[];
}

/** The tenant's incidents in a few words. One statement. */
export async function incidentSummary(sql: Sql, scope: Scope): Promise<IncidentSummary> {
  const row = await sql.row<IncidentSummary>(
    `SELECT count(*) FILTER (WHERE status <> 'RESOLVED')::int AS open,
       count(*) FILTER (WHERE opened_at >= $2::timestamptz - interval '1 day')::int AS "openedLastDay",
       count(*) FILTER (WHERE resolved_at >= $2::timestamptz - interval '1 day')::int AS "resolvedLastDay",
       coalesce((array_agg(title ORDER BY opened_at) FILTER (WHERE status <> 'RESOLVED'))[1:10], '{}') AS live
     FROM incident WHERE tenant_id = $1 AND (status <> 'RESOLVED' OR opened_at >= $2::timestamptz - interval '1 day'
       OR resolved_at >= $2::timestamptz - interval '1 day')`,
    [scope.tenantId, scope.now],
    'incident_summary',
  );
  return row ?? { open: 0, openedLastDay: 0, resolvedLastDay: 0, live: [] };
}
