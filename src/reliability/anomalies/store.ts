import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Detector } from './detect/index.ts';
import { column, instants, minutes, texts } from './literals.ts';
import type { Observed, Rollups } from './observe.ts';
import { MAX_SERIES, type Series, type SeriesName } from './series.ts';
import { type Stored, tailOf } from './tail.ts';

const ms = (name: string) => `(date_part('epoch', ${name}) * 1000)::int8::float8`;

/** Select list that yields a Series. */
export const SERIES_COLUMNS = `s.id, s.metric, s.labels, s.detector, s.is_enabled AS "isEnabled",
  s.min_effect_pct AS "minEffectPct", s.silence_after_sec AS "silenceAfterSec", s.is_silent AS "isSilent",
  s.samples::float8, s.out_of_order::float8 AS "outOfOrder", s.anomalies::float8, s.level_shifts::float8 AS "levelShifts",
  ${ms('s.first_at')} AS "firstAt", ${ms('s.last_at')} AS "lastAt", s.last_value AS "lastValue",
  s.last_score AS "lastScore", ${ms('s.alert_since')} AS "alertSince", s.alert_severity AS "alertSeverity",
  ${ms('s.last_anomaly_at')} AS "lastAnomalyAt", s.calm_samples AS "calmSamples", ${ms('s.trained_at')} AS "trainedAt",
  s.trained_samples::float8 AS "trainedSamples", octet_length(s.tail) AS "tailBytes", ${ms('s.created_at')} AS "createdAt", s.version`;

const LOCK = `SELECT ${SERIES_COLUMNS} FROM metric_series s
  WHERE s.tenant_id = $1 AND s.id = ANY($2::uuid[]) ORDER BY s.id FOR UPDATE`;

/** Locks the series that are there, in the order of their ids, which is everybody's. */
export function lockSeries(tx: Tx, tenantId: string, ids: readonly string[]): Promise<Series[]> {
  return tx.rows<Series>(LOCK, [tenantId, column(ids)], 'series_lock');
}

const CREATE = `
  WITH room AS (SELECT greatest(0, ${MAX_SERIES} - count(*)) AS places FROM metric_series WHERE tenant_id = $1)
  INSERT INTO metric_series (tenant_id, id, metric, labels, detector, created_at)
  SELECT $1, n.id, n.metric, n.labels::jsonb, 'DEFAULT', $5
  FROM unnest($2::uuid[], $3::text[], $4::text[]) WITH ORDINALITY AS n (id, metric, labels, place)
  WHERE NOT EXISTS (SELECT 1 FROM metric_series s WHERE s.tenant_id = $1 AND s.id = n.id)
  ORDER BY n.place LIMIT (SELECT places FROM room)
  ON CONFLICT DO NOTHING`;

/**
 * Makes the series that are not there yet, the first ones first, up to the tenant's bound. Creators of a tenant follow one
 * another until they have committed, so the bound holds and nobody waits in a circle: it is the transaction's first lock.
 */
export async function createSeries(
  tx: Tx,
  tenantId: string,
  names: readonly (SeriesName & { id: string })[],
  now: Date,
): Promise<void> {
  await tx.run(
    `SELECT pg_advisory_xact_lock(hashtextextended('metric_series ' || $1::text, 0))`,
    [tenantId],
    'series_creator',
  );
  await tx.run(
    CREATE,
    [
      ...[tenantId, column(names.map(({ id }) => id)), names.map(({ metric }) => metric)],
      ...[names.map(({ labels }) => JSON.stringify(labels)), now],
    ],
    'series_create',
  );
}

/** What the detectors of these series have learned, by id. */
export async function storedOf(
  sql: Sql,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, Stored>> {
  if (ids.length === 0) return new Map();
  const rows = await sql.rows<Stored & { id: string }>(
    `SELECT s.id, d.state, s.tail
     FROM metric_series s LEFT JOIN series_state d ON d.tenant_id = s.tenant_id AND d.series_id = s.id
     WHERE s.tenant_id = $1 AND s.id = ANY($2::uuid[])`,
    [tenantId, column(ids)],
    'series_states',
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** Pieces one behind the other, and where each is (from 1). */
function run(pieces: readonly (Uint8Array | null)[]): {
  bytes: Buffer;
  places: number[];
  lengths: (number | null)[];
} {
  const places: number[] = [];
  let place = 1;
  for (const piece of pieces) {
    places.push(place);
    place += piece?.byteLength ?? 0;
  }
  const bytes = Buffer.concat(pieces.filter((piece) => piece !== null));
  return { bytes, places, lengths: pieces.map((piece) => piece?.byteLength ?? null) };
}

// The states travel as one run of bytes: an array of bytea is text, twice as long and read sign by sign.
const SAVE_STATES = `
  INSERT INTO series_state (tenant_id, series_id, state)
  SELECT $1, n.id, substring($3::bytea FROM n.place FOR n.length)
  FROM unnest($2::uuid[], $4::int[], $5::int[]) AS n (id, place, length)
  ON CONFLICT (tenant_id, series_id) DO UPDATE SET state = excluded.state`;

/** Writes what detectors have learned; at most 16 KiB each. */
export async function saveStates(
  tx: Tx,
  tenantId: string,
  states: readonly { readonly id: string; readonly detector: Detector }[],
): Promise<void> {
  if (states.length === 0) return;
  const { bytes, places, lengths } = run(states.map(({ detector }) => detector.serialise()));
  await tx.run(
    SAVE_STATES,
    [tenantId, column(states.map(({ id }) => id)), bytes, column(places), column(lengths)],
    'series_states_save',
  );
}

const SAVE_TRACKS = `
  UPDATE metric_series s SET samples = n.samples, out_of_order = n.late, anomalies = n.anomalies, level_shifts = n.shifts,
    first_at = n.first_at, last_at = n.last_at, last_value = n.value, last_score = n.score, is_silent = n.silent,
    alert_since = n.alert_since, alert_severity = n.severity, last_anomaly_at = n.anomaly_at, calm_samples = n.calm,
    trained_at = n.trained_at, trained_samples = n.trained,
    tail = CASE WHEN n.bytes IS NULL THEN '' ELSE s.tail || substring($18::bytea FROM n.place FOR n.bytes) END
  FROM unnest($2::uuid[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::timestamptz[], $8::timestamptz[],
    $9::float8[], $10::float8[], $11::bool[], $12::timestamptz[], $13::text[], $14::timestamptz[], $15::int[],
    $16::timestamptz[], $17::int8[], $19::int[], $20::int[]) AS n (id, samples, late, anomalies, shifts, first_at,
    last_at, value, score, silent, alert_since, severity, anomaly_at, calm, trained_at, trained, place, bytes)
  WHERE s.tenant_id = $1 AND s.id = n.id`;

/** Writes the counters of locked series and lengthens their tails; one without `fresh` starts a new tail. */
export async function saveTracks(
  tx: Tx,
  tenantId: string,
  changed: readonly Pick<Observed, 'series' | 'track' | 'fresh'>[],
): Promise<void> {
  if (changed.length === 0) return;
  const tails = run(changed.map(({ fresh }) => (fresh ? tailOf(fresh) : null)));
  const of = (key: keyof Observed['track']) => changed.map(({ track }) => track[key] as never);
  await tx.run(
    SAVE_TRACKS,
    [
      ...[tenantId, column(changed.map(({ series }) => series.id)), column(of('samples'))],
      ...[column(of('outOfOrder')), column(of('anomalies')), column(of('levelShifts'))],
      ...[instants(of('firstAt')), instants(of('lastAt')), column(of('lastValue')), column(of('lastScore'))],
      ...[column(of('isSilent')), instants(of('alertSince')), texts(of('alertSeverity'))],
      ...[instants(of('lastAnomalyAt')), column(of('calmSamples')), instants(of('trainedAt'))],
      ...[column(of('trainedSamples')), tails.bytes, column(tails.places), column(tails.lengths)],
    ],
    'series_save',
  );
}

const ADD_ROLLUPS = `
  INSERT INTO metric_rollup AS r (tenant_id, series_id, minute, count, sum, min, max)
  SELECT $1, ($2::uuid[])[n.series + 1], n.minute, n.count, n.sum, n.min, n.max
  FROM unnest($3::int[], $4::timestamptz[], $5::int[], $6::float8[], $7::float8[], $8::float8[])
    AS n (series, minute, count, sum, min, max)
  ON CONFLICT (tenant_id, series_id, minute) DO UPDATE SET
    count = least(2000000000, r.count::int8 + excluded.count), sum = r.sum + excluded.sum,
    min = least(r.min, excluded.min), max = greatest(r.max, excluded.max)`;

/** Adds samples to their minutes; `ids` are the series by position. */
export async function addRollups(
  tx: Tx,
  tenantId: string,
  ids: readonly string[],
  rollups: Rollups,
): Promise<void> {
  const { series, minute, count, sum, min, max } = rollups;
  if (series.length === 0) return;
  await tx.run(
    ADD_ROLLUPS,
    [
      ...[tenantId, column(ids), column(series), minutes(minute), column(count)],
      ...[column(sum), column(min), column(max)],
    ],
    'rollups_add',
  );
}
