import type { ComponentHealth, HealthReport, HealthStatus } from './component.ts';

/** A stretch in which a part was not HEALTHY. */
export interface HealthIncident {
  readonly component: string;
  /** The worst it was. */
  readonly status: HealthStatus;
  readonly from: Date;
  /** The first report in which it was well again; null while it is not. */
  readonly to: Date | null;
  readonly message: string | null;
}

/** One part over a row of reports. */
export interface ComponentTrend {
  readonly name: string;
  readonly reports: number;
  /** Share of reports in which it answered (HEALTHY or DEGRADED), per cent with one decimal; null without any. */
  readonly availabilityPct: number | null;
  readonly lastStatus: HealthStatus;
  /** Nearest rank, ms. */
  readonly p95ResponseMs: number | null;
  /** The last ten, newest first. */
  readonly incidents: readonly HealthIncident[];
}

export interface HealthTrends {
  readonly reports: number;
  readonly from: Date | null;
  readonly to: Date | null;
  /** Share of reports that were not UNHEALTHY, per cent with one decimal; null without any. */
  readonly availabilityPct: number | null;
  readonly components: readonly ComponentTrend[];
  /** Whether the database could not be asked, so that only this process' memory speaks. */
  readonly isFromMemory: boolean;
}

const INCIDENTS_SHOWN = 10;
const isUp = (status: HealthStatus): boolean => status === 'HEALTHY' || status === 'DEGRADED';

/** Trends over reports, oldest first (spec j.1). Pure. */
export function trendsOf(reports: readonly HealthReport[], isFromMemory = false): HealthTrends {
  const names = [...new Set(reports.flatMap(({ components }) => components.map(({ name }) => name)))];
  return {
    ...{ reports: reports.length, from: reports[0]?.at ?? null, to: reports.at(-1)?.at ?? null },
    availabilityPct: percentUp(reports.map(({ status }) => status)),
    components: names.map((name) => trendOf(name, reports)),
    isFromMemory,
  };
}

type Look = ComponentHealth & { readonly at: Date };

function trendOf(name: string, reports: readonly HealthReport[]): ComponentTrend {
  const looks = reports.flatMap(({ at, components }) =>
    components.filter((one) => one.name === name).map((one): Look => ({ ...one, at })),
  );
  const times = looks.map(({ responseMs }) => responseMs).sort((a, b) => a - b);
  return {
    ...{ name, reports: looks.length, lastStatus: looks.at(-1)?.status ?? 'UNKNOWN' },
    availabilityPct: percentUp(looks.map(({ status }) => status)),
    p95ResponseMs: times[Math.ceil(times.length * 0.95) - 1] ?? null,
    incidents: incidentsOf(looks).slice(-INCIDENTS_SHOWN).reverse(),
  };
}

/** UNKNOWN says nothing, so it does not count. */
function percentUp(statuses: readonly HealthStatus[]): number | null {
  const known = statuses.filter((status) => status !== 'UNKNOWN');
  if (known.length === 0) return null;
  return Math.round((known.filter(isUp).length / known.length) * 1_000) / 10;
}

function incidentsOf(looks: readonly Look[]): HealthIncident[] {
  const incidents: HealthIncident[] = [];
  let open = null as HealthIncident | null;
  for (const { name, status, at, message } of looks) {
    if (status === 'DEGRADED' || status === 'UNHEALTHY') {
      const isWorse: boolean = open === null || (status === 'UNHEALTHY' && open.status !== 'UNHEALTHY');
      open = isWorse ? { component: name, status, from: open?.from ?? at, to: null, message } : open;
    } else if (open) {
      incidents.push({ ...open, to: at });
      open = null;
    }
  }
  return open ? [...incidents, open] : incidents;
}
