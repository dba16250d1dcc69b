import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { FlightRestriction, NoFlyZone, Sky, Weather, WeatherReport } from './sky.ts';

/** Observations older than this say nothing about now. */
const WEATHER_HOURS = 3;

const SKY = `
  SELECT COALESCE((SELECT jsonb_object_agg(region, jsonb_build_object('severity', severity, 'windKmh', wind_kmh))
      FROM weather_report WHERE tenant_id = $1 AND observed_at >= $2::timestamptz - interval '${WEATHER_HOURS} hours'), '{}')
      AS weather,
    COALESCE((SELECT jsonb_agg(jsonb_build_object('id', id, 'kind', kind, 'name', name, 'lat', lat, 'lon', lon,
        'radiusKm', radius_km) ORDER BY id)
      FROM flight_restriction WHERE tenant_id = $1 AND active_from <= $2 AND (active_to IS NULL OR active_to > $2)),
      '[]') AS restrictions`;

/** The sky at this instant. One statement. */
export async function loadSky(sql: Sql, tenantId: string, now: Date): Promise<Sky> {
  type Row = { weather: Record<string, Weather>; restrictions: NoFlyZone[] };
  return (await sql.row<Row>(SKY, [tenantId, now], 'sky')) as Row;
}

const REPORT = `region, severity, wind_kmh AS "windKmh", source, observed_at AS "observedAt"`;

/** The latest report of every region, by region. */
export function loadWeather(sql: Sql, tenantId: string): Promise<WeatherReport[]> {
  const text = `SELECT ${REPORT} FROM weather_report WHERE tenant_id = $1 ORDER BY region`;
  return sql.rows<WeatherReport>(text, [tenantId], 'weather');
}

/** Keeps the newest observation of a region: one that arrives late changes nothing. Answers what is kept. */
export async function putWeather(tx: Tx, tenantId: string, report: WeatherReport): Promise<WeatherReport> {
  const { region, severity, windKmh, source, observedAt } = report;
  const kept = await tx.row<WeatherReport>(
    `INSERT INTO weather_report AS w (tenant_id, region, severity, wind_kmh, source, observed_at)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (tenant_id, region) DO UPDATE SET severity = excluded.severity, wind_kmh = excluded.wind_kmh,
       source = excluded.source, observed_at = excluded.observed_at WHERE excluded.observed_at >= w.observed_at
     RETURNING ${REPORT}`,
    [tenantId, region, severity, windKmh, source, observedAt],
  );
  return kept ?? ((await weatherOf(tx, tenantId, region)) as WeatherReport);
}

/** The latest report of a region. */
export function weatherOf(sql: Sql, tenantId: string, region: string): Promise<WeatherReport | undefined> {
  const text = `SELECT ${REPORT} FROM weather_report WHERE tenant_id = $1 AND region = $2`;
  return sql.row<WeatherReport>(text, [tenantId, region]);
}

const ZONE = `id, kind, name, lat, lon, radius_km AS "radiusKm", active_from AS "activeFrom",
  active_to AS "activeTo", created_at AS "createdAt"`;

/** Restrictions around a keyset position, newest first (or oldest first for a page before it). */
export function pageRestrictions(
  sql: Sql,
  tenantId: string,
  page: { size: number; isForward: boolean; edge: string | null; isActive: boolean | null; at: Date },
): Promise<FlightRestriction[]> {
  const [edge, way] = page.isForward ? ['<', 'DESC'] : ['>', 'ASC'];
  return sql.rows<FlightRestriction>(
    `SELECT ${ZONE} FROM flight_restriction WHERE tenant_id = $1 AND ($3::uuid IS NULL OR id ${edge} $3)
       AND ($4::boolean IS NULL OR (active_from <= $5 AND (active_to IS NULL OR active_to > $5)) = $4)
     ORDER BY id ${way} LIMIT $2`,
    [tenantId, page.size + 1, page.edge, page.isActive, page.at],
    `flight_restrictions_${way}`,
  );
}

/** Restrictions with these ids. */
export function restrictionsWith(
  sql: Sql,
  tenantId: string,
  ids: readonly string[],
): Promise<FlightRestriction[]> {
  return sql.rows<FlightRestriction>(
    `SELECT ${ZONE} FROM flight_restriction WHERE tenant_id = $1 AND id = ANY($2::uuid[])`,
    [tenantId, ids],
    'flight_restrictions_by_id',
  );
}

/** How many have not ended yet. */
export async function countOpen(tx: Tx, tenantId: string, now: Date): Promise<number> {
  const text = `SELECT count(*)::int AS n FROM flight_restriction WHERE tenant_id = $1
    AND (active_to IS NULL OR active_to > $2)`;
  return (await tx.row<{ n: number }>(text, [tenantId, now]))?.n ?? 0;
}

export async function insertRestriction(tx: Tx, tenantId: string, zone: FlightRestriction): Promise<void> {
  await tx.run(
    `INSERT INTO flight_restriction (tenant_id, id, kind, name, lat, lon, radius_km, active_from, active_to, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      ...[tenantId, zone.id, zone.kind, zone.name, zone.lat, zone.lon, zone.radiusKm],
      ...[zone.activeFrom, zone.activeTo, zone.createdAt],
    ],
  );
}

/** Ends a restriction at this instant, before it begins if need be; undefined when it is over or unknown. */
export function endZone(
  tx: Tx,
  tenantId: string,
  id: string,
  now: Date,
): Promise<FlightRestriction | undefined> {
  return tx.row<FlightRestriction>(
    `UPDATE flight_restriction SET active_to = greatest($3, active_from)
     WHERE tenant_id = $1 AND id = $2 AND (active_to IS NULL OR active_to > greatest($3, active_from))
     RETURNING ${ZONE}`,
    [tenantId, id, now],
  );
}
