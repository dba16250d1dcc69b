import { randomUUID } from 'node:crypto';
import type { PoolConfig } from 'pg';
import { Registry } from 'prom-client';
import { createAuthenticator } from './control/access/index.ts';
import { FLAG_QUEUE, type FlagJob, runDueFlagChanges, startFlagUsage } from './control/flags/index.ts';
import { type KeyIntervals, SPEC_INTERVALS, tickKeys } from './control/keys/index.ts';
import { getTenant, onTenantCreated } from './control/tenancy/index.ts';
import { tickDeliveries } from './delivery/dispatch/index.ts';
import { createTelemetry, seedTenantFleet } from './delivery/fleet/index.ts';
import { seedTenantHubs } from './delivery/routing/index.ts';
import {
  type Automation,
  type CycleRunner,
  createAutomation,
  createCycleRunner,
  inheritWork,
  jobTable,
  type Retention,
  reclaimCycles,
  startClock,
  startTenantLoop,
  startWorkers,
  type TenantLoop,
} from './engine/index.ts';
import { createHost } from './host.ts';
import { PLATFORM_TENANT } from './kernel/ids.ts';
import { createTenantCache } from './platform/cache/tenant-cache.ts';
import { type Database, openDatabase } from './platform/db/database.ts';
import { createLocalBus } from './platform/events/bus.ts';
import { createFeeds } from './platform/events/feed.ts';
import { createEventLog } from './platform/events/log.ts';
import { createRedisBus } from './platform/events/redis-bus.ts';
import type { GraphQLHost, PlainRoute } from './platform/http/types.ts';
import { type Instance, StartError } from './platform/installation/instance.ts';
import { createJobEngine } from './platform/jobs/engine.ts';
import { measureQueues } from './platform/jobs/metrics.ts';
import type { Logger } from './platform/log/logger.ts';
import type { ChannelEnvironment } from './platform/outbound/channels/types.ts';
import { createOutbound } from './platform/outbound/outbound.ts';
import type { PaymentEndpoints } from './platform/outbound/payments/types.ts';
import {
  type Actor,
  createScope,
  type Platform,
  type Scope,
  type ScopeSource,
  SYSTEM_ACTOR,
} from './platform/scope.ts';
import { tickAlerts } from './reliability/alerts/index.ts';
import { drainSends } from './reliability/channels/index.ts';
import { configureHealth } from './reliability/health/index.ts';
import { createSliCounter, type SliCounter } from './reliability/slo/index.ts';
import { createRoutes, offerPageUrl } from './routes/index.ts';

// Every new tenant starts with the three hubs of the specification (c.4), each with a launch site and four drones.
onTenantCreated(seedTenantHubs);
onTenantCreated(seedTenantFleet);

export interface AppOptions {
  connection: PoolConfig;
  redisUrl?: string | undefined;
  /** True when no other instance can share the database (the embedded one). */
  isAlone?: boolean;
  adminToken: string;
  keyPepper: string;
  /** Days between rotations of keys, by security level; otherwise the specification's. */
  keyIntervals?: KeyIntervals;
  log: Logger;
  clock?: () => Date;
  /** False for instances that only answer requests (ROLE=web). */
  isWorker?: boolean;
  /** How long things are kept, where not the usual time. */
  retention?: Partial<Retention>;
  catchUpMinutes?: number;
  /** How long a health check may take. Default 5. */
  healthTimeoutSec?: number;
  /** JOBS_DISABLED: jobs that never run here. */
  jobsDisabled?: readonly string[];
  healthCheckHours?: number;
  /** Address under which customers reach this installation; otherwise where it listens. */
  publicUrl?: string | undefined;
  /** Where payment providers are, when not at their own addresses. */
  payments?: PaymentEndpoints;
  /** Channels of the environment, and where channels' servers are. */
  channels?: ChannelEnvironment;
  /** Whether tenants may have addresses of the inner network called; true unless told otherwise. */
  allowPrivateAddresses?: boolean;
}

/** The product without its sockets: everything the server, the command lines and the tests are made from. */
export interface App {
  database: Database;
  source: ScopeSource;
  host: GraphQLHost;
  /** Webhooks and pages. */
  routes: readonly PlainRoute[];
  engine: CycleRunner;
  /** Runs jobs when somebody asks. */
  automation: Automation;
  registry: Registry;
  /** Counts answers for the service level objectives; flushed every five seconds. */
  indicators: SliCounter;
  clock: () => Date;
  /** Names this instance in claims, ledgers and logs. */
  owner: string;
  /** Platform work by the given actor (the platform admin unless told otherwise). */
  platform(actor?: Actor): Platform;
  /** A Scope of the tenant with this slug or id, as the engine itself. */
  tenantScope(slugOrId: string, now?: Date): Promise<Scope>;
  /** Says where it listens: links lead there unless a public address was given. */
  listensAt(url: string): void;
  /** Starts the job workers and the clock; resolves when both run. */
  startAutomation(): Promise<void>;
  /** Lets running phases finish (the rest is resumed later), then closes what the app opened. */
  stop(graceMs: number): Promise<void>;
}

/** Refuses, in a sentence and with the installation closed again, a job name in JOBS_DISABLED that no job has. */
export async function checkJobNames(disabled: readonly string[], instance: Instance): Promise<void> {
  try {
    jobTable({ disabled });
  } catch (error) {
    await instance.stop();
    throw new StartError(`JOBS_DISABLED: ${(error as Error).message}`);
  }
}

const ADMIN: Actor = { kind: 'PLATFORM_ADMIN', name: 'platform-admin', scopes: ['ADMIN'] };

/** Names the database among those whose instances share a Redis. */
const databaseOf = ({ connectionString, database }: PoolConfig): string =>
  connectionString ? new URL(connectionString).pathname.slice(1) : (database ?? '');

/** Composition root: plain factories, each part given what it needs. */
export function createApp(options: AppOptions): App {
  const { log, adminToken, keyPepper } = options;
  const clock = options.clock ?? (() => new Date());
  const owner = `${process.pid}-${randomUUID().slice(0, 8)}`;
  const warn = (part: string) => (error: Error) => log.warn({ err: error.message }, part);
  const database = openDatabase(options.connection, warn('database connection'));
  const bus = options.redisUrl
    ? createRedisBus(options.redisUrl, warn('redis'), databaseOf(options.connection))
    : createLocalBus(options.isAlone ?? false);
  const events = createEventLog(bus);
  const cache = createTenantCache(bus);
  const jobs = createJobEngine(database, log, options.isWorker ?? true);
  let ownUrl = options.publicUrl;
  const publicUrl = () => ownUrl ?? 'http://127.0.0.1:4000';
  const outbound = createOutbound({
    ...{ keyPepper, publicUrl, ...(options.payments && { payments: options.payments }) },
    ...(options.channels && { channels: options.channels }),
    allowPrivateAddresses: options.allowPrivateAddresses ?? true,
    offerPage: (claims) => offerPageUrl(publicUrl(), claims, keyPepper),
  });
  const source: ScopeSource = { db: database, events, bus, cache, jobs, log, outbound };
  const feeds = createFeeds(
    events,
    bus,
    (tenantId) => database.forTenant(tenantId),
    (error) => log.warn({ err: error }, 'event feed'),
  );
  const telemetry = createTelemetry({
    ...{ bus, clock, dbFor: (tenantId: string) => database.forTenant(tenantId) },
    onError: (error) => log.warn({ err: error }, 'fleet telemetry'),
  });
  if (options.healthTimeoutSec !== undefined) configureHealth({ timeoutSec: options.healthTimeoutSec });
  const registry = new Registry();
  measureQueues(registry, jobs, warn('queue metrics'));
  const indicators = createSliCounter({
    ...{ clock, log, registry, dbFor: (tenantId: string) => database.forTenant(tenantId) },
  });
  const flagUsage = startFlagUsage({
    ...{ cache, clock, dbFor: (tenantId: string) => database.forTenant(tenantId) },
    onError: (error) => log.warn({ err: error }, 'flag usage'),
  });
  const engine = createCycleRunner({ owner, clock });
  const workers = {
    ...{ directory: database.directory, jobs, runner: engine, log, clock, owner },
    scopeFor: (tenant: Parameters<typeof createScope>[1], now: Date) =>
      createScope(source, tenant, SYSTEM_ACTOR, now),
    ...(options.retention && { retention: options.retention }),
    hasCycles: !options.jobsDisabled?.includes('engine-cycle'),
    table: jobTable({
      disabled: options.jobsDisabled ?? [],
      healthCheckHours: options.healthCheckHours ?? 1,
    }),
  };
  const visits = [
    { kind: 'DELIVERIES', name: 'delivery', visit: tickDeliveries },
    { kind: 'ALERTS', name: 'alerts', visit: tickAlerts },
    { kind: 'KEYS', name: 'key_delivery', visit: tickKeys },
  ] as const;
  const automation = createAutomation(workers, visits);
  const authenticator = createAuthenticator({ database, adminToken, keyPepper });
  const host = createHost({
    ...{ database, source, authenticator, engine, automation, feeds, telemetry, clock },
    keyIntervals: options.keyIntervals ?? SPEC_INTERVALS,
    onAnswer: (tenantId, ms, isError) => indicators.onAnswer(tenantId ?? PLATFORM_TENANT, { ms, isError }),
  });
  const directory = database.directory;
  const tenantScope = async (slugOrId: string, now = clock()): Promise<Scope> =>
    createScope(source, await getTenant(directory, slugOrId), SYSTEM_ACTOR, now);
  const routes = createRoutes({ scopeOf: (slugOrId) => tenantScope(slugOrId), keyPepper });

  let ticking: ReturnType<typeof startClock> | undefined;
  let loops: TenantLoop[] = [];

  return {
    ...{ database, source, host, routes, engine, automation, registry, indicators, clock, owner },
    platform: (actor = ADMIN) => ({
      ...{ directory, actor, now: clock(), requestId: randomUUID() },
      scopeFor: (tenant) => createScope(source, tenant, actor, clock()),
    }),
    tenantScope,
    listensAt(url) {
      ownUrl = options.publicUrl ?? url;
    },
    async startAutomation() {
      await jobs.start();
      await startWorkers(workers);
      await jobs.work<FlagJob>(FLAG_QUEUE, 1, async ({ data: { tenantId, at } }) => {
        // The instant itself, though this clock may be a little behind the database's.
        const now = new Date(Math.max(clock().getTime(), Date.parse(at)));
        await runDueFlagChanges(await tenantScope(tenantId, now));
      });
      if (options.isAlone) await inheritWork(workers);
      const reclaim = () => reclaimCycles(workers);
      ticking = startClock({
        ...{ ...workers, reclaim, catchUpMinutes: options.catchUpMinutes ?? 30 },
      });
      const loop = { ...workers, registry };
      loops = visits.map((visit) => startTenantLoop({ ...loop, ...visit }));
      await ticking.catchUp();
    },
    async stop(graceMs) {
      ticking?.stop();
      await indicators.stop();
      await Promise.all([
        engine.stop(),
        automation.stop(),
        jobs.stop(graceMs),
        ...loops.map((loop) => loop.stop(graceMs)),
      ]);
      await drainSends(graceMs);
      await flagUsage.stop();
      feeds.close();
      telemetry.close();
      cache.close();
      await bus.close();
      await database.close();
    },
  };
}
