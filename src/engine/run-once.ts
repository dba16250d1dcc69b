import { setTimeout as sleep } from 'node:timers/promises';
import { getTenant } from '../control/tenancy/index.ts';
import { leaseWatched, releaseWatched, type WatchKind } from '../control/watch/index.ts';
import type { Scope } from '../platform/scope.ts';
import { reclaimDead } from './clock.ts';
import type { Job } from './jobs.ts';
import type { RunStatus } from './ledger.ts';
import { type ClaimedRun, claimDueCycles, claimInstants, waitingRuns } from './ledger-claim.ts';
import { takeRun } from './ledger-run.ts';
import { type CycleOptions, runTenantCycle } from './run-cycle.ts';
import { carryOut } from './run-job.ts';
import { CYCLE_JOB, latestInstants, missedInstants } from './schedule.ts';

/** How one due run went. */
export interface OnceRun {
  job: string;
  tenant: string;
  scheduledFor: Date;
  status: RunStatus;
  attempt: number;
  durationMs: number | null;
  error: string | null;
}

/** What one round of everything that was due has done. */
export interface OnceReport {
  runs: OnceRun[];
  /** Visits to tenants whose messages, deliveries or keys were under way and nobody else's. */
  visits: number;
  isInterrupted: boolean;
}

/** What a loop does for a tenant on its list. */
export interface Visit {
  readonly kind: WatchKind;
  readonly name: string;
  visit(scope: Scope): Promise<unknown>;
}

/** Tenants' jobs at once. */
const AT_ONCE = 4;
/** How often a run that another instance has taken is looked at. */
const LOOK_MS = 250;

/**
 * Claims everything that is due and carries it out here: what each job's policy makes up for, the latest instant of jobs
 * that make up for nothing (nobody ticks, so it is the only one there is), the tenants' cycles, and what waits already.
 * Instances that run take part: what they have taken is waited for. Failed runs are tried again at once.
 */
export async function runOnce(
  options: CycleOptions,
  visits: readonly Visit[],
  signal: AbortSignal,
): Promise<OnceReport> {
  await reclaimDead(options);
  const claimed = await claimDue(options);
  const groups = [...Map.groupBy(claimed, ({ job, tenantId }) => `${job}:${tenantId}`).values()].values();
  const lane = async () => {
    for (const runs of groups) {
      if (signal.aborted) return;
      await workOff(options, runs, signal);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const runs = await outcomes(options, claimed, signal);
  let visited = 0;
  for (const visit of visits) visited += await visitWatched(options, visit, signal);
  return { runs, visits: visited, isInterrupted: signal.aborted };
}

async function claimDue({
  directory,
  table,
  clock,
  hasCycles,
}: CycleOptions): Promise<Omit<ClaimedRun, 'status'>[]> {
  const now = clock();
  const due = table.flatMap((job) =>
    (job.catchUp === 'SKIP' ? latestInstants(job, now, 1) : missedInstants(job, now)).map((instant) => ({
      ...{ job: job.name, instant },
    })),
  );
  const isKnown = new Set(table.map(({ name }) => name));
  return directory.tx(async (tx) => {
    const waiting = await waitingRuns(tx, 100_000);
    const claimed = await claimInstants(tx, due, { isTick: false, at: now });
    const cycles = hasCycles ? await claimDueCycles(tx, now, true) : [];
    const isClaimed = new Set(claimed.map(({ job, tenantId }) => `${job}:${tenantId}`));
    return [
      ...waiting.filter(({ job, tenantId }) => isKnown.has(job) && !isClaimed.has(`${job}:${tenantId}`)),
      ...claimed.sort((a, b) => a.scheduledFor.getTime() - b.scheduledFor.getTime()),
      ...cycles.map(({ tenantId, scheduledFor }) => ({ job: CYCLE_JOB, tenantId, scheduledFor })),
    ];
  });
}

/** Works off the runs of one job of one tenant, oldest first, each up to its last try. */
async function workOff(
  options: CycleOptions,
  runs: readonly Omit<ClaimedRun, 'status'>[],
  signal: AbortSignal,
): Promise<void> {
  const [first] = runs;
  if (!first) return;
  if (first.job === CYCLE_JOB) {
    const data = { tenantId: first.tenantId, scheduledFor: first.scheduledFor.toISOString() };
    // It has written down how it went.
    await runTenantCycle(options, data).catch(() => {});
    return;
  }
  const job = options.table.find(({ name }) => name === first.job) as Job | undefined;
  while (job && !signal.aborted) {
    const run = await takeRun(options.directory, first, { owner: options.owner, at: options.clock() });
    if (!run) return;
    await carryOut(options, job, run, { stopping: signal });
  }
}

/** One visit to every watched tenant that no instance looks after: what the jobs want to send is sent. */
async function visitWatched(
  { directory, owner, clock, scopeFor, log }: CycleOptions,
  { kind, name, visit }: Visit,
  signal: AbortSignal,
): Promise<number> {
  const own = `${owner}-once`;
  const tenantIds = await leaseWatched(directory, { kind, owner: own, limit: 10_000, busy: [] });
  for (const tenantId of signal.aborted ? [] : tenantIds) {
    await getTenant(directory, tenantId)
      .then((tenant) => visit(scopeFor(tenant, clock())))
      .catch((error: unknown) => log.error({ err: error, tenant: tenantId }, `${name} visit`));
  }
  await releaseWatched(directory, kind, own);
  return tenantIds.length;
}

const OUTCOMES = `
  SELECT r.job, r.tenant_id AS "tenantId", t.slug AS tenant, r.scheduled_for AS "scheduledFor", r.status, r.attempt, r.error,
    (extract(epoch FROM r.finished_at - r.started_at) * 1000)::float8 AS "durationMs"
  FROM unnest($1::text[], $2::uuid[], $3::timestamptz[]) AS c (job, tenant_id, instant)
  JOIN schedule_run r ON r.job = c.job AND r.tenant_id = c.tenant_id AND r.scheduled_for = c.instant
  JOIN tenant t ON t.id = r.tenant_id ORDER BY t.slug, r.job, r.scheduled_for`;

/** How the runs went, once none of them is open any more: what others have taken is waited for, and taken over. */
async function outcomes(
  options: CycleOptions,
  claimed: readonly Omit<ClaimedRun, 'status'>[],
  signal: AbortSignal,
): Promise<OnceRun[]> {
  const values = [
    claimed.map(({ job }) => job),
    claimed.map(({ tenantId }) => tenantId),
    claimed.map(({ scheduledFor }) => scheduledFor),
  ];
  for (;;) {
    const runs = await options.directory.rows<OnceRun & { tenantId: string }>(OUTCOMES, values);
    const open = runs.filter(({ status }) => status === 'QUEUED' || status === 'RUNNING');
    if (open.length === 0 || signal.aborted) return runs;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    await reclaimDead(options);
    for (const run of open) if (run.status === 'QUEUED') await workOff(options, [run], signal);
  }
}
