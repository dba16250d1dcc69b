import type { Sql } from '../../platform/db/sql.ts';
import { ROUTE_COLUMNS, type Route } from './route.ts';
import { SILENCE_COLUMNS, type Silence } from './silence.ts';

/** The tenant's routes in their order. */
export function loadRoutes(sql: Sql, tenantId: string): Promise<Route[]> {
  return sql.rows<Route>(
    `SELECT ${ROUTE_COLUMNS} FROM alert_route r WHERE r.tenant_id = $1 ORDER BY r.position, r.id`,
    [tenantId],
    'alert_routes',
  );
}

/** The silences in force at the instant. */
export function loadSilences(sql: Sql, tenantId: string, now: Date): Promise<Silence[]> {
  return sql.rows<Silence>(
    `SELECT ${SILENCE_COLUMNS} FROM alert_silence s
     WHERE s.tenant_id = $1 AND s.ends_at > $2 AND s.starts_at <= $2 ORDER BY s.ends_at, s.id`,
    [tenantId, now],
    'alert_silences_now',
  );
}
