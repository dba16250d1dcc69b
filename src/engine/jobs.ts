import { runDueFlagChanges } from '../control/flags/index.ts';
import { rotateDueKeys } from '../control/keys/index.ts';
import { rewatchDeliveries } from '../delivery/dispatch/index.ts';
import { expireOffers } from '../delivery/offers/index.ts';
import { predictCosts, syncCosts } from '../finance/costs/index.ts';
import { sendOpsSummary } from '../finance/reports/index.ts';
import { aggregateRetention } from '../finance/retention/index.ts';
import { publishPrices } from '../growth/pricing/index.ts';
import { ValidationError } from '../kernel/errors.ts';
import { type Scope, scopeAt } from '../platform/scope.ts';
import { rewatchAlerts } from '../reliability/alerts/index.ts';
import { retrainSeries } from '../reliability/anomalies/index.ts';
import { runAutoscale } from '../reliability/autoscale/index.ts';
import { checkHealth } from '../reliability/health/index.ts';
import { recoverIncidents } from '../reliability/incidents/index.ts';
import { watchSlos } from '../reliability/slo/index.ts';
import { prune, type Retention } from './retention.ts';
import { CYCLE_JOB, type JobSchedule } from './schedule.ts';

/** What the work of a job is given beside its Scope, whose `now` is the nominal instant. */
export interface JobRun {
  /** The nominal instant; the same as `scope.now`. */
  readonly scheduledFor: Date;
  /** When the work really begins: later than the nominal instant when it was caught up. */
  readonly startedAt: Date;
  /** Aborts when the job has run out of time or the process stops. */
  readonly signal: AbortSignal;
  /** How long this installation keeps things. */
  readonly keep: Retention;
}

/** One job of the table of spec o.1: the clock starts it for every tenant by itself, each instant once. */
export interface Job extends JobSchedule {
  /** One sentence for people. */
  readonly description: string;
  /** After this many seconds the run is aborted and counts as failed. */
  readonly timeoutSec: number;
  /** Does the tenant's work of one instant. May run again when it failed or was killed: keep it idempotent. */
  work(scope: Scope, run: JobRun): Promise<unknown>;
}

/** Every job whose work exists, except engine-cycle, which has a claim of its own. Add yours here. */
export const JOBS: readonly Job[] = [
  {
    ...{ name: 'offer-expiry', pattern: '*/5 * * * *', timeZone: 'UTC', catchUp: 'SKIP', timeoutSec: 60 },
    description: 'Ends offers whose time is over and puts work that fell off a loop’s list back on it.',
    async work(scope) {
      await scope.db.tx((tx) => expireOffers(scope, tx));
      await rewatchDeliveries(scope);
      await runDueFlagChanges(scope);
      await rewatchAlerts(scope);
    },
  },
  {
    ...{ name: 'key-rotation', pattern: '45 1 * * *', timeZone: 'UTC', catchUp: 'LATEST', timeoutSec: 600 },
    description: 'Rotates keys that are due, or tells people of them; ends values whose time is over.',
    // What is due is due whenever it is looked at; grace and signatures count from the real instant.
    work: (scope, { startedAt }) => rotateDueKeys(scopeAt(scope, startedAt)),
  },
  {
    ...{ name: 'kv-cost-sync', pattern: '0 * * * *', timeZone: 'UTC', catchUp: 'LATEST', timeoutSec: 120 },
    description: 'Adds up costs and revenue of 30 days under cost/… of the key-value store.',
    work: syncCosts,
  },
  {
    ...{
      name: 'cost-prediction',
      pattern: '10 2 * * 1',
      timeZone: 'UTC',
      catchUp: 'LATEST',
      timeoutSec: 600,
    },
    description: 'Forecasts the costs of the next 30 days.',
    work: predictCosts,
  },
  {
    ...{
      name: 'retention-aggregation',
      pattern: '5 0 * * *',
      timeZone: 'UTC',
      catchUp: 'ALL',
      timeoutSec: 600,
    },
    description: 'Counts daily, weekly and monthly active users of the day before, and cohorts.',
    work: aggregateRetention,
  },
  {
    ...{ name: 'ops-summary', pattern: '0 9 * * *', timeZone: 'Europe/London', catchUp: 'LATEST' },
    ...{ lateHours: 6, timeoutSec: 300 },
    description: 'Makes the day’s ops summary and sends it to every channel that gets reports.',
    work: sendOpsSummary,
  },
  {
    ...{
      name: 'price-publication',
      pattern: '*/5 * * * *',
      timeZone: 'UTC',
      catchUp: 'SKIP',
      timeoutSec: 240,
    },
    description: 'Publishes prices whose notice is over, or whose biller was away.',
    work: (scope) => publishPrices(scope),
  },
  {
    ...{ name: 'health-checks', pattern: '0 * * * *', timeZone: 'UTC', catchUp: 'SKIP', timeoutSec: 60 },
    description: 'Looks at every part of the product and tells operators what fell over or came back.',
    work: checkHealth,
  },
  {
    ...{ name: 'slo-watchdog', pattern: '*/5 * * * *', timeZone: 'UTC', catchUp: 'SKIP', timeoutSec: 120 },
    description: 'Judges service level objectives, then lets runbooks try the next step of an incident.',
    async work(scope) {
      const watched = await watchSlos(scope);
      return { ...watched, ...(await recoverIncidents(scope)) };
    },
  },
  {
    ...{ name: 'anomaly-retrain', pattern: '*/5 * * * *', timeZone: 'UTC', catchUp: 'SKIP', timeoutSec: 240 },
    description:
      'Refits detectors, feeds them the KPIs, finds metrics that have fallen silent, removes old samples.',
    work: retrainSeries,
  },
  {
    ...{ name: 'autoscale', pattern: '* * * * *', timeZone: 'UTC', catchUp: 'SKIP', timeoutSec: 50 },
    description: 'Decides how many workers the load asks for, and has them started or stopped.',
    work: runAutoscale,
  },
  {
    ...{ name: 'retention', pattern: '17 * * * *', timeZone: 'UTC', catchUp: 'LATEST', timeoutSec: 300 },
    description: 'Removes what is kept for a limited time only.',
    work: (scope, { keep, signal }) => prune(scope, { keep, signal, jobs: JOB_NAMES }),
  },
];

/** Every name that stands in the ledger. */
const JOB_NAMES: readonly string[] = [CYCLE_JOB, ...JOBS.map(({ name }) => name)];

/** What an installation says about its jobs. */
export interface JobSettings {
  /** JOBS_DISABLED: names of jobs that never run here; engine-cycle is one. */
  disabled?: readonly string[];
  /** HEALTH_CHECK_INTERVAL_HOURS. */
  healthCheckHours?: number;
}

/** The jobs of this installation. A name that no job has is refused: a switch that does nothing is worse than none. */
export function jobTable({ disabled = [], healthCheckHours = 1 }: JobSettings): Job[] {
  const unknown = disabled.filter((name) => !JOB_NAMES.includes(name));
  if (unknown.length > 0) {
    const known = JOB_NAMES.join(', ');
    throw new ValidationError('JOBS_DISABLED', `There is no job ${unknown.join(', ')}; there are ${known}.`);
  }
  const hours = healthCheckHours === 1 ? '*' : `*/${healthCheckHours}`;
  return JOBS.filter(({ name }) => !disabled.includes(name)).map((job) =>
    job.name === 'health-checks' ? { ...job, pattern: `0 ${hours} * * *` } : job,
  );
}
