import { type Connection, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import type { DroneClassName } from '../routing/index.ts';
import type { Drone, DroneAdapter, DroneState } from './drone.ts';
import { DRONE_COLUMNS } from './store.ts';

export interface DroneFilter {
  state?: readonly DroneState[] | null | undefined;
  class?: readonly DroneClassName[] | null | undefined;
  adapter?: DroneAdapter | null | undefined;
  siteId?: string | null | undefined;
}

/** Drones by id. One statement with keyset paging. */
export async function listDrones(
  scope: Scope,
  args: PageArgs,
  filter: DroneFilter = {},
): Promise<Connection<Drone>> {
  const page = pageOf(args, 1);
  const [edge, way] = page.isForward ? ['>', 'ASC'] : ['<', 'DESC'];
  const rows = await scope.db.rows<Drone>(
    `SELECT ${DRONE_COLUMNS} FROM drone d WHERE d.tenant_id = $1 AND ($3::text[] IS NULL OR d.state = ANY($3))
       AND ($4::text[] IS NULL OR d.class = ANY($4)) AND ($5::text IS NULL OR d.adapter = $5)
       AND ($6::text IS NULL OR d.site_id = $6) AND ($7::text IS NULL OR d.id ${edge} $7)
     ORDER BY d.id ${way} LIMIT $2`,
    [
      ...[scope.tenantId, page.size + 1, filter.state ?? null, filter.class ?? null],
      ...[filter.adapter ?? null, filter.siteId ?? null, page.cursor?.[0] ?? null],
    ],
    `drones_${way}`,
  );
  return toConnection(rows, page, (drone) => [drone.id]);
}

/** Drones by id, in the order asked; null where there is none. */
export async function dronesById(scope: Scope, ids: readonly string[]): Promise<(Drone | null)[]> {
  const rows = await scope.db.rows<Drone>(
    `SELECT ${DRONE_COLUMNS} FROM drone d WHERE d.tenant_id = $1 AND d.id = ANY($2::text[])`,
    [scope.tenantId, ids],
    'drones_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
