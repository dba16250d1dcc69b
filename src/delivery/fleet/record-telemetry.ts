import { ValidationError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { batteryAlert } from './advance-fleet.ts';
import { announce, stateChange } from './announce.ts';
import { CHARGED_SOC, CRITICAL_SOC, type Drone } from './drone.ts';
import type { Flight } from './flight.ts';
import { flightsOf, saveFlights } from './flight-store.ts';
import { DRONE_COLUMNS, saveDrones } from './store.ts';
import { flawOf, hear, isFlying, type TelemetrySample } from './telemetry.ts';
import { fleetIsWell, tellOfFleet } from './tell.ts';

export const MAX_SAMPLES = 1_000;

/** What became of one sample: taken, too old to matter, or wrong. */
export interface SampleResult {
  readonly droneId: string;
  readonly status: 'ACCEPTED' | 'IGNORED' | 'REJECTED';
  /** OUT_OF_ORDER, DUPLICATE; INVALID, IN_FUTURE, UNKNOWN_DRONE, SIMULATED_DRONE. */
  readonly code: string | null;
  readonly message: string | null;
}

const ACCEPTED = { status: 'ACCEPTED', code: null, message: null } as const;

/** A drone as the samples find it and leave it. */
interface Track {
  readonly before: Drone;
  readonly flight: Flight | null;
  drone: Drone;
  abortReason: string | null;
}

/**
 * Takes what external drones say, up to 1,000 samples at once; every sample gets its own answer, in the order given.
 * Samples of a drone are applied by their own instants; none that is older than what is known changes anything. At most
 * eleven statements whatever the number.
 */
export async function recordTelemetry(
  scope: Scope,
  samples: readonly TelemetrySample[],
): Promise<SampleResult[]> {
  if (samples.length === 0 || samples.length > MAX_SAMPLES) {
    throw new ValidationError('samples', `Send 1 to ${MAX_SAMPLES} samples at once, not ${samples.length}.`);
  }
  return scope.db.tx(async (tx) => {
    const tracks = await lockTracks(scope, tx, samples);
    const order = [...samples.keys()].sort((a, b) => instant(samples[a]) - instant(samples[b]) || a - b);
    const results = new Map(order.map((index) => [index, take(tracks, samples[index], scope.now)]));
    await save(
      scope,
      tx,
      [...tracks.values()].filter(({ before, drone }) => drone !== before),
    );
    return samples.map((_, index) => results.get(index) as SampleResult);
  });
}

const instant = (sample: TelemetrySample | undefined): number => sample?.at.getTime() || 0;

async function lockTracks(
  { tenantId }: Scope,
  tx: Tx,
  samples: readonly TelemetrySample[],
): Promise<Map<string, Track>> {
  const ids = [...new Set(samples.map(({ droneId }) => droneId))];
  const drones = await tx.rows<Drone>(
    `SELECT ${DRONE_COLUMNS} FROM drone d WHERE d.tenant_id = $1 AND d.id = ANY($2::text[]) ORDER BY d.id FOR UPDATE`,
    [tenantId, ids],
    'drones_lock',
  );
  const flights = new Map((await flightsOf(tx, tenantId, ids)).map((flight) => [flight.droneId, flight]));
  return new Map(
    drones.map((drone) => [
      drone.id,
      { before: drone, drone, flight: flights.get(drone.id) ?? null, abortReason: null },
    ]),
  );
}

function take(tracks: Map<string, Track>, sample: TelemetrySample | undefined, now: Date): SampleResult {
  if (!sample) throw new RangeError('No such sample.');
  const { droneId } = sample;
  const refuse = (status: 'IGNORED' | 'REJECTED', code: string, message: string): SampleResult => ({
    ...{ droneId, status, code, message },
  });
  const track = tracks.get(droneId);
  if (!track) return refuse('REJECTED', 'UNKNOWN_DRONE', `No drone has the id "${droneId.slice(0, 80)}".`);
  if (track.before.adapter === 'SIMULATOR') {
    return refuse('REJECTED', 'SIMULATED_DRONE', `${droneId} is flown by the simulator.`);
  }
  const flaw = flawOf(sample, now);
  if (flaw) return refuse('REJECTED', flaw.code, flaw.message);
  const known = track.drone.telemetryAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  if (instant(sample) === known) return refuse('IGNORED', 'DUPLICATE', 'This instant is known already.');
  if (instant(sample) < known) return refuse('IGNORED', 'OUT_OF_ORDER', 'A newer sample is known already.');
  const heard = hear(track.drone, track.flight, sample, now);
  track.drone = heard.drone;
  track.abortReason ??= heard.abortReason;
  return { droneId, ...ACCEPTED };
}

async function save(scope: Scope, tx: Tx, tracks: readonly Track[]): Promise<void> {
  for (const track of tracks) dropIfCritical(track);
  const drones = await saveDrones(
    tx,
    scope.tenantId,
    tracks.map(({ drone }) => drone),
    true,
  );
  const aborted = tracks.flatMap(({ flight, abortReason }) =>
    flight && abortReason ? [{ ...flight, reason: abortReason }] : [],
  );
  await saveFlights(tx, scope.tenantId, aborted);
  announce(scope, tx, drones);
  const events = tracks.flatMap(eventsOf);
  await scope.events.append(tx, scope.tenantId, events);
  await tellOfFleet(scope, tx, events);
  const isHeard = ({ before, drone }: Track) => before.state === 'OFFLINE' && drone.state !== 'OFFLINE';
  await fleetIsWell(scope, tx, ['LINK_LOST'], idsOf(tracks.filter(isHeard)));
  const isCharged = ({ before, drone }: Track) => before.soc < CHARGED_SOC && drone.soc >= CHARGED_SOC;
  await fleetIsWell(scope, tx, ['BATTERY_CRITICAL'], idsOf(tracks.filter(isCharged)));
}

const idsOf = (tracks: readonly Track[]): string[] => tracks.map(({ drone }) => drone.id);

const isCritical = ({ before, drone }: Track): boolean =>
  drone.soc < CRITICAL_SOC && before.soc >= CRITICAL_SOC && isFlying(drone.state);

/** Below 10 % nothing is delivered any more: the drone is called back at once (spec c.8). */
function dropIfCritical(track: Track): void {
  const isBack = track.drone.state === 'RETURNING';
  if (!isCritical(track) || isBack || track.flight?.status !== 'ACTIVE') return;
  track.abortReason ??= 'BATTERY_CRITICAL';
  track.drone = { ...track.drone, state: 'RETURNING' };
}

function eventsOf(track: Track): NewEvent[] {
  const { before, drone, abortReason } = track;
  const events = stateChange(before, drone, abortReason);
  if (isCritical(track)) events.push(batteryAlert(drone, before.deliveryId));
  return events;
}
