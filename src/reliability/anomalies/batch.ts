import { ValidationError } from '../../kernel/errors.ts';
import type { RefusalReason } from './samples.ts';
import { isMetric, readInstant, readLabels, readValue, refusalOf } from './samples.ts';
import { MAX_SAMPLES, type SeriesName, seriesId, seriesKey } from './series.ts';

/** One sample as sent; `at` defaults to now. */
export interface SampleInput {
  readonly metric: string;
  readonly labels?: unknown;
  readonly at?: unknown;
  readonly value?: unknown;
}

/** Many samples of one series: an instant per value, or a start and a step, or all of them now. */
export interface ColumnInput {
  readonly metric: string;
  readonly labels?: unknown;
  readonly at?: readonly unknown[] | null | undefined;
  readonly startAt?: unknown;
  readonly stepMs?: number | null | undefined;
  readonly values: readonly unknown[];
}

/** What a call of `ingestMetrics` brings; both forms may stand side by side. */
export interface IngestInput {
  readonly samples?: readonly SampleInput[] | null | undefined;
  readonly series?: readonly ColumnInput[] | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
}

/** A sample that was not taken: its place, and why. `series` null: of `samples`; `index` null: the whole series. */
export interface Refusal {
  readonly series: number | null;
  readonly index: number | null;
  readonly reason: RefusalReason;
}

/** Samples of one series in the order they were sent. */
export interface Group extends SeriesName {
  readonly id: string;
  readonly at: number[];
  readonly values: number[];
  /** Where each came from, to be named when the series is refused; see `placeOf`. */
  readonly origin: number[];
}

/** Places are one number each: a call has more samples than is good for objects. */
const PLACES = 2 ** 24;

/** The place in the call that an `origin` stands for. */
export const placeOf = (origin: number): Pick<Refusal, 'series' | 'index'> => ({
  series: origin < PLACES ? null : Math.floor(origin / PLACES) - 1,
  index: origin % PLACES,
});

/** What was read of a call. */
export interface Batch {
  readonly groups: Group[];
  readonly refused: Refusal[];
}

/** Reads a call: samples by series, and what cannot be taken. Throws ValidationError for more than 10,000 samples. */
export function readBatch(tenantId: string, input: IngestInput, nowMs: number): Batch {
  checkSize(input);
  const refused: Refusal[] = [];
  const groups = new Map<string, Group>();
  const groupOf = (name: SeriesName): Group => {
    const key = seriesKey(name);
    let group = groups.get(key);
    if (!group) {
      const { metric, labels } = name;
      group = { id: seriesId(tenantId, key), metric, labels, at: [], values: [], origin: [] };
      groups.set(key, group);
    }
    return group;
  };
  const add = (group: Group, at: number, sent: unknown, series: number | null, index: number): void => {
    const value = readValue(sent);
    const reason = Number.isNaN(value) ? 'INVALID_VALUE' : refusalOf(at, nowMs);
    if (reason !== null) {
      refused.push({ series, index, reason });
      return;
    }
    group.at.push(at);
    group.values.push(value);
    group.origin.push(((series ?? -1) + 1) * PLACES + index);
  };
  for (const [index, sample] of (input.samples ?? []).entries()) {
    const name = readName(sample);
    if (typeof name === 'string') refused.push({ series: null, index, reason: name });
    else add(groupOf(name), instantOr(sample.at, nowMs), sample.value, null, index);
  }
  for (const [series, column] of (input.series ?? []).entries()) {
    const name = readName(column);
    if (typeof name === 'string') {
      refused.push({ series, index: null, reason: name });
      continue;
    }
    const group = groupOf(name);
    const instantOf = instantsOf(column, nowMs);
    for (const [index, value] of column.values.entries()) add(group, instantOf(index), value, series, index);
  }
  return { groups: [...groups.values()].filter(({ at }) => at.length > 0), refused };
}

function checkSize({ samples, series }: IngestInput): void {
  let size = samples?.length ?? 0;
  for (const [i, { at, startAt, stepMs, values }] of (series ?? []).entries()) {
    size += values.length;
    if (at && at.length !== values.length) {
      throw new ValidationError(
        `series.${i}.at`,
        `Give one instant per value: ${values.length}, not ${at.length}.`,
      );
    }
    if (at && startAt != null) {
      throw new ValidationError(`series.${i}.startAt`, 'Give either at, or startAt and stepMs.');
    }
    if (stepMs != null && !(Number.isFinite(stepMs) && stepMs >= 0)) {
      throw new ValidationError(`series.${i}.stepMs`, 'A step is 0 or more milliseconds.');
    }
  }
  if (size > MAX_SAMPLES) {
    throw new ValidationError('samples', `A call brings at most 10,000 samples, not ${size}.`);
  }
}

function readName({ metric, labels }: { metric: string; labels?: unknown }): SeriesName | RefusalReason {
  if (!isMetric(metric)) return 'INVALID_METRIC';
  const read = readLabels(labels);
  return read === null ? 'INVALID_LABELS' : { metric, labels: read };
}

const instantOr = (value: unknown, nowMs: number): number => (value == null ? nowMs : readInstant(value));

function instantsOf({ at, startAt, stepMs }: ColumnInput, nowMs: number): (index: number) => number {
  if (at) return (index) => instantOr(at[index], nowMs);
  if (startAt == null) return () => nowMs;
  const start = readInstant(startAt);
  return (index) => start + index * (stepMs ?? 60_000);
}
