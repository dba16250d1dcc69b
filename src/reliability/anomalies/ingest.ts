import { onceIn } from '../../control/access/index.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { countSamples, type Sample } from '../slo/index.ts';
import { unavailable } from './away.ts';
import { type Batch, type Group, type IngestInput, placeOf, type Refusal, readBatch } from './batch.ts';
import { detectorsOf, saveDetectors } from './detectors.ts';
import { knownDetectors } from './known.ts';
import { noRollups, type Observed, observe, type Rollups } from './observe.ts';
import type { Series } from './series.ts';
import { addRollups, createSeries, lockSeries, saveTracks } from './store.ts';
import { record, tellTurns } from './tell.ts';

/** What became of a call's samples. */
export interface Ingested {
  /** Samples taken; late ones included. */
  readonly accepted: number;
  /** Of these, older than what their detectors had seen. */
  readonly outOfOrder: number;
  /** Series they belong to. */
  readonly series: number;
  readonly refused: readonly Refusal[];
  /** Ids of what was found, oldest instant first within a series. */
  readonly anomalyIds: readonly string[];
}

/** A series went away between two looks at it. */
class SeriesGone extends Error {}

/** So many samples are shown to detectors before others get a turn on this thread. */
const TURN = 2_000;
const ATTEMPTS = 3;

/**
 * Takes up to 10,000 samples: shows them to their detectors, adds them to their minutes, records and tells what is found,
 * all in one transaction of at most 17 statements (3 or 4 when all series are known and calm). Samples that cannot be
 * taken are named and spoil nothing else. Throws ValidationError for a call that is too large or contradicts itself, and
 * DomainError UNAVAILABLE when the database is away: with an idempotencyKey it may be sent again whatever had happened.
 */
export async function ingestMetrics(scope: Scope, input: IngestInput): Promise<Ingested> {
  const batch = readBatch(scope.tenantId, input, scope.now.getTime());
  const request = () => JSON.stringify([input.samples, input.series]);
  for (let attempt = 1; ; attempt++) {
    try {
      return await scope.db.tx((tx) =>
        onceIn(scope, tx, { key: input.idempotencyKey, request }, () => ingestBatch(scope, tx, batch)),
      );
    } catch (error) {
      if (!(error instanceof SeriesGone) || attempt === ATTEMPTS) throw unavailable(error);
    }
  }
}

/** The work of `ingestMetrics` inside somebody's transaction; takes locks on series, so call it early. */
export async function ingestBatch(scope: Scope, tx: Tx, { groups, refused }: Batch): Promise<Ingested> {
  if (groups.length === 0) return { accepted: 0, outOfOrder: 0, series: 0, refused, anomalyIds: [] };
  const { locked, homeless } = await lockAll(scope, tx, groups);
  const { observed, rollups } = await observeAll(scope, tx, groups, locked);
  const ids = observed.map(({ series }) => series.id);
  await saveTracks(tx, scope.tenantId, observed);
  await saveDetectors(scope, tx, observed);
  await addRollups(tx, scope.tenantId, ids, rollups);
  await countSamples(scope, tx, groups.filter(({ id }) => locked.has(id)).flatMap(samplesOf));
  const anomalyIds = await record(
    scope,
    tx,
    observed.flatMap(({ turn }) => turn.findings),
  );
  await tellTurns(scope, tx, observed);
  const sum = (of: (each: Observed) => number) => observed.reduce((total, each) => total + of(each), 0);
  return {
    accepted: sum(({ series, track }) => track.samples - series.samples),
    outOfOrder: sum(({ series, track }) => track.outOfOrder - series.outOfOrder),
    series: observed.length,
    refused: [...refused, ...homeless],
    anomalyIds,
  };
}

/** A sample as objectives see it; most tenants have none on metrics, so its Date is made when it is asked for. */
class GroupSample implements Sample {
  private readonly group: Group;
  private readonly place: number;

  constructor(group: Group, place: number) {
    this.group = group;
    this.place = place;
  }

  get metric(): string {
    return this.group.metric;
  }

  get labels(): Sample['labels'] {
    return this.group.labels;
  }

  get at(): Date {
    return new Date(this.group.at[this.place] as number);
  }

  get value(): number {
    return this.group.values[this.place] as number;
  }
}

const samplesOf = (group: Group): Sample[] => group.values.map((_, place) => new GroupSample(group, place));

/** Locks the series of a batch, new ones made before; samples of series that found no place are refused. */
async function lockAll(
  scope: Scope,
  tx: Tx,
  groups: readonly Group[],
): Promise<{ locked: Map<string, Series>; homeless: Refusal[] }> {
  const { tenantId } = scope;
  const known = knownDetectors(scope);
  const unknown = groups.filter(({ id }) => !known.has(tenantId, id));
  if (unknown.length > 0) await createSeries(tx, tenantId, unknown, scope.now);
  const rows = await lockSeries(
    tx,
    tenantId,
    groups.map(({ id }) => id),
  );
  const locked = new Map(rows.map((series) => [series.id, series]));
  const missing = groups.filter(({ id }) => !locked.has(id));
  if (missing.some((group) => !unknown.includes(group))) {
    for (const { id } of missing) known.forget(tenantId, id);
    throw new SeriesGone();
  }
  tx.afterCommit(() => {
    for (const { id } of rows) known.remember(tenantId, id);
  });
  const homeless = missing.flatMap(({ origin }) =>
    origin.map((place): Refusal => ({ ...placeOf(place), reason: 'SERIES_LIMIT' })),
  );
  return { locked, homeless };
}

async function observeAll(
  scope: Scope,
  tx: Tx,
  groups: readonly Group[],
  locked: ReadonlyMap<string, Series>,
): Promise<{ observed: Observed[]; rollups: Rollups }> {
  const detectors = await detectorsOf(
    scope,
    tx,
    [...locked.values()].filter(({ isEnabled }) => isEnabled),
  );
  const observed: Observed[] = [];
  const rollups = noRollups();
  let shown = 0;
  for (const group of groups) {
    const series = locked.get(group.id);
    if (!series) continue;
    const known = detectors.get(group.id);
    observed.push(observe(series, known, group, rollups, observed.length, scope.now.getTime()));
    shown += group.at.length;
    if (shown < TURN) continue;
    shown = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { observed, rollups };
}
