import { createTenant } from '../../src/control/tenancy/index.ts';
import {
  type ClockOptions,
  carryOut,
  type Job,
  type RunStatus,
  type TakenRun,
  takeRun,
  tick,
  waitingRuns,
} from '../../src/engine/index.ts';
import type { Database } from '../../src/platform/db/database.ts';
import { createScope, type Platform, SYSTEM_ACTOR, type TenantInfo } from '../../src/platform/scope.ts';
import { testSource } from './scope.ts';

export const at = (text: string): Date => new Date(text);
const NEVER = new AbortController().signal;

/** One instance whose clock the test sets, with jobs of its own. */
export interface Instance extends ClockOptions {
  /** What its jobs have done: `job tenant instant`. */
  did: string[];
  set(now: Date): void;
  createTenant(slug: string, createdAt: Date): Promise<TenantInfo>;
}

export const job = (name: string, pattern: string, more: Partial<Job> = {}): Job => ({
  ...{
    name,
    pattern,
    timeZone: 'UTC',
    catchUp: 'SKIP',
    timeoutSec: 60,
    description: name,
    work: async () => {},
  },
  ...more,
});

export function instance(database: Database, owner: string, table: readonly Job[]): Instance {
  const source = testSource(database);
  const scopeFor = (tenant: TenantInfo, now: Date) => createScope(source, tenant, SYSTEM_ACTOR, now);
  const did: string[] = [];
  let now = at('2026-01-01T00:00:00Z');
  const clock = () => now;
  return {
    ...{ directory: database.directory, jobs: source.jobs, log: source.log, clock, owner, scopeFor, did },
    ...{ hasCycles: false, catchUpMinutes: 30, reclaim: async () => {} },
    table: table.map((one) => ({
      ...one,
      async work(scope, run) {
        await one.work(scope, run);
        did.push(`${one.name} ${scope.tenant.slug} ${scope.now.toISOString()}`);
      },
    })),
    set(instant) {
      now = instant;
    },
    async createTenant(slug, createdAt) {
      const platform: Platform = {
        ...{ directory: database.directory, actor: SYSTEM_ACTOR, now: createdAt, requestId: slug },
        scopeFor: (tenant) => scopeFor(tenant, createdAt),
      };
      const tenant = await createTenant(platform, { slug, name: slug });
      await database.directory.run('UPDATE tenant SET created_at = $2 WHERE id = $1', [tenant.id, createdAt]);
      return tenant;
    },
  };
}

/** Takes the oldest waiting run of a job as a worker does. */
export const take = (of: Instance, key: { job: string; tenantId: string }): Promise<TakenRun | null> =>
  takeRun(of.directory, key, { owner: of.owner, at: of.clock() });

/** Carries a run out as a worker does. */
export const carry = (of: Instance, run: TakenRun) =>
  carryOut(of, of.table.find(({ name }) => name === run.job) as Job, run, { stopping: NEVER });

/** Works off everything that waits. */
export async function drain(of: Instance): Promise<void> {
  for (const key of await waitingRuns(of.directory, 1_000)) {
    for (let run = await take(of, key); run; run = await take(of, key)) await carry(of, run);
  }
}

/** Ticks through the minutes that any job may stand on, from `from` until before `to`. */
export async function minutes(of: Instance[], from: Date, to: Date, stepMinutes = 5): Promise<void> {
  for (let now = from.getTime(); now < to.getTime(); now += stepMinutes * 60_000) {
    for (const one of of) one.set(new Date(now + 1_000));
    await Promise.all(of.map((one) => tick(one, new Date(now))));
    await Promise.all(of.map(drain));
  }
}

export interface LedgerRow {
  job: string;
  slug: string;
  at: string;
  status: RunStatus;
  attempt: number;
  error: string | null;
}

/** The ledger of a job, oldest first. */
export async function ledger({ directory }: Instance, name: string, slug?: string): Promise<LedgerRow[]> {
  const rows = await directory.rows<LedgerRow & { at: Date }>(
    `SELECT r.job, t.slug, r.scheduled_for AS at, r.status, r.attempt, r.error FROM schedule_run r
     JOIN tenant t ON t.id = r.tenant_id WHERE r.job = $1 AND ($2::text IS NULL OR t.slug = $2) ORDER BY t.slug, at`,
    [name, slug ?? null],
  );
  return rows.map((row) => ({ ...row, at: (row.at as Date).toISOString() }) as unknown as LedgerRow);
}

/** `KIND level TYPE job` of everything the tenant's router was told, in order. */
export async function told({ scopeFor, clock }: Instance, tenant: TenantInfo): Promise<string[]> {
  const scope = scopeFor(tenant, clock());
  const rows = await scope.db.rows<{ line: string }>(
    `SELECT concat_ws(' ', kind, level, type, labels ->> 'job') AS line FROM alert_intake WHERE tenant_id = $1 ORDER BY seq`,
    [scope.tenantId],
  );
  return rows.map(({ line }) => line);
}
