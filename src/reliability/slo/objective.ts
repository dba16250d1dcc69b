import { uuidFrom } from '../../kernel/ids.ts';

export const INDICATORS = ['LATENCY', 'ERROR_RATE', 'AVAILABILITY'] as const;
export type Indicator = (typeof INDICATORS)[number];
export const SLI_SOURCES = ['REQUESTS', 'PHASES', 'METRIC'] as const;
export type SliSource = (typeof SLI_SOURCES)[number];
export type GoodWhen = 'BELOW' | 'ABOVE';
export const SLO_STATUSES = ['OK', 'FAILING', 'BREACHED'] as const;
export type SloStatus = (typeof SLO_STATUSES)[number];
export const BURN_ALERTS = ['NONE', 'TICKET', 'PAGE'] as const;
export type BurnAlert = (typeof BURN_ALERTS)[number];

/** A service level objective with the state of its last check (spec j.2). */
export interface Objective {
  readonly id: string;
  readonly name: string;
  readonly indicator: Indicator;
  readonly source: SliSource;
  readonly metric: string | null;
  /** A sample counts when it has all of these labels. */
  readonly labels: Readonly<Record<string, string>> | null;
  /** A sample is good on the `goodWhen` side of it; milliseconds for LATENCY. */
  readonly threshold: number | null;
  readonly goodWhen: GoodWhen;
  /** Share of events that must be good, in (0, 1). */
  readonly target: number;
  readonly isEnabled: boolean;
  readonly isBuiltIn: boolean;
  /** Checks in a row that failed. */
  readonly failingChecks: number;
  readonly status: SloStatus;
  readonly burnAlert: BurnAlert;
  readonly lastCheckedAt: Date | null;
  readonly breachedAt: Date | null;
  readonly lastCheck: unknown;
  readonly createdAt: Date;
  readonly version: number;
}

/** The columns of `Objective`; `o` is the table. */
export const OBJECTIVE_COLUMNS = `o.id, o.name, o.indicator, o.source, o.metric, o.labels, o.threshold,
  o.good_when AS "goodWhen", o.target, o.is_enabled AS "isEnabled", o.is_built_in AS "isBuiltIn",
  o.failing_checks AS "failingChecks", o.status, o.burn_alert AS "burnAlert",
  o.last_checked_at AS "lastCheckedAt", o.breached_at AS "breachedAt", o.last_check AS "lastCheck",
  o.created_at AS "createdAt", o.version`;

/** What every tenant has without asking. `key` makes the id. */
export interface BuiltIn {
  readonly key:
    | 'request-latency'
    | 'request-errors'
    | 'request-availability'
    | 'phase-latency'
    | 'phase-errors';
  readonly name: string;
  readonly indicator: Indicator;
  readonly source: SliSource;
  readonly threshold: number | null;
  readonly target: number;
}

/** The limit of a request's and of a phase's latency objective, ms (spec j.2, 0.9). */
export const REQUEST_LATENCY_MS = 200;
export const PHASE_LATENCY_MS = 5_000;

/**
 * The objectives of spec j.2 on requests: p99 latency < 200 ms, error rate < 0.5 %, availability ≥ 99.9 %. Phases of
 * the cycle: error rate < 0.5 %, and 95 % of them within the 5 s that spec 0.9 gives a whole cycle.
 */
export const BUILT_IN: readonly BuiltIn[] = [
  {
    ...{ key: 'request-latency', name: 'Requests: P99 latency', indicator: 'LATENCY', source: 'REQUESTS' },
    ...{ threshold: REQUEST_LATENCY_MS, target: 0.99 },
  },
  {
    ...{ key: 'request-errors', name: 'Requests: error rate', indicator: 'ERROR_RATE', source: 'REQUESTS' },
    ...{ threshold: null, target: 0.995 },
  },
  {
    ...{ key: 'request-availability', name: 'Requests: availability', indicator: 'AVAILABILITY' },
    ...{ source: 'REQUESTS', threshold: null, target: 0.999 },
  },
  {
    ...{ key: 'phase-latency', name: 'Cycle phases: P95 duration', indicator: 'LATENCY', source: 'PHASES' },
    ...{ threshold: PHASE_LATENCY_MS, target: 0.95 },
  },
  {
    ...{ key: 'phase-errors', name: 'Cycle phases: error rate', indicator: 'ERROR_RATE', source: 'PHASES' },
    ...{ threshold: null, target: 0.995 },
  },
] as const satisfies readonly BuiltIn[];

/** The id of a built-in objective: the same for ever, so that counting need not wait for its row. */
export const builtInId = (tenantId: string, key: BuiltIn['key']): string => uuidFrom(tenantId, 'slo', key);

/** A built-in objective that nobody has checked yet. */
export function freshBuiltIn(tenantId: string, builtIn: BuiltIn, createdAt: Date): Objective {
  const { key, ...facts } = builtIn;
  return {
    ...facts,
    ...{ id: builtInId(tenantId, key), metric: null, labels: null, goodWhen: 'BELOW' },
    ...{ isEnabled: true, isBuiltIn: true, failingChecks: 0, status: 'OK', burnAlert: 'NONE' },
    ...{ lastCheckedAt: null, breachedAt: null, lastCheck: null, createdAt, version: 1 },
  };
}

/** The part of the product that an objective is about; its alerts are told together. */
export const componentOf = ({ source, metric }: Pick<Objective, 'source' | 'metric'>): string =>
  source === 'REQUESTS' ? 'api' : source === 'PHASES' ? 'engine' : (metric ?? 'metric');

/** Whether a sample keeps its objective. */
export const isGood = (
  { threshold, goodWhen }: Pick<Objective, 'threshold' | 'goodWhen'>,
  value: number,
): boolean => (goodWhen === 'BELOW' ? value < (threshold as number) : value > (threshold as number));
