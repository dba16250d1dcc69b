import { randomUUID } from 'node:crypto';
import type { PoolConfig } from 'pg';
import { Registry } from 'prom-client';
import { createAuthenticator } from './control/access/index.ts';
import { getTenant, onTenantCreated } from './control/tenancy/index.ts';
import { createTelemetry, seedTenantFleet } from './delivery/fleet/index.ts';
import { seedTenantHubs } from './delivery/routing/index.ts';
import {
  type CycleRunner,
  createCycleRunner,
  type DeliveryLoop,
  inheritWork,
  reclaimCycles,
  startClock,
  startDeliveryLoop,
  startWorkers,
} from './engine/index.ts';
import { createHost } from './host.ts';
import { type Database, openDatabase } from './platform/db/database.ts';
import { createLocalBus } from './platform/events/bus.ts';
import { createFeeds } from './platform/events/feed.ts';
import { createEventLog } from './platform/events/log.ts';
import { createRedisBus } from './platform/events/redis-bus.ts';
import type { GraphQLHost, PlainRoute } from './platform/http/types.ts';
import { createJobEngine } from './platform/jobs/engine.ts';
import type { Logger } from './platform/log/logger.ts';
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
  log: Logger;
  clock?: () => Date;
  /** False for instances that only answer requests (ROLE=web). */
  isWorker?: boolean;
  eventRetentionHours?: number;
  catchUpMinutes?: number;
  /** Address under which customers reach this installation; otherwise where it listens. */
  publicUrl?: string | undefined;
  /** Where payment providers are, when not at their own addresses. */
  payments?: PaymentEndpoints;
}

/** The product without its sockets: everything the server, the command lines and the tests are made from. */
export interface App {
  database: Database;
  source: ScopeSource;
  host: GraphQLHost;
  /** Webhooks and pages. */
  routes: readonly PlainRoute[];
  engine: CycleRunner;
  registry: Registry;
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

const ADMIN: Actor = { kind: 'PLATFORM_ADMIN', name: 'platform-admin', scopes: ['ADMIN'] };

/** Composition root: plain factories, each part given what it needs. */
export function createApp(options: AppOptions): App {
  const { log, adminToken, keyPepper } = options;
  const clock = options.clock ?? (() => new Date());
  const owner = `${process.pid}-${randomUUID().slice(0, 8)}`;
  const warn = (part: string) => (error: Error) => log.warn({ err: error.message }, part);
  const database = openDatabase(options.connection, warn('database connection'));
  const bus = options.redisUrl
    ? createRedisBus(options.redisUrl, warn('redis'))
    : createLocalBus(options.isAlone ?? false);
  const events = createEventLog(bus);
  const jobs = createJobEngine(database, log, options.isWorker ?? true);
  let ownUrl = options.publicUrl;
  const publicUrl = () => ownUrl ?? 'http://127.0.0.1:4000';
  const outbound = createOutbound({
    ...{ keyPepper, publicUrl, ...(options.payments && { payments: options.payments }) },
    offerPage: (claims) => offerPageUrl(publicUrl(), claims, keyPepper),
  });
  const source: ScopeSource = { db: database, events, bus, jobs, log, outbound };
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
  const engine = createCycleRunner({ owner, clock });
  const authenticator = createAuthenticator({ database, adminToken, keyPepper });
  const host = createHost({ database, source, authenticator, engine, feeds, telemetry, keyPepper, clock });
  const directory = database.directory;
  const tenantScope = async (slugOrId: string, now = clock()): Promise<Scope> =>
    createScope(source, await getTenant(directory, slugOrId), SYSTEM_ACTOR, now);
  const routes = createRoutes({ scopeOf: (slugOrId) => tenantScope(slugOrId), keyPepper });

  const workers = {
    ...{ directory, jobs, runner: engine, log, clock, owner },
    scopeFor: (tenant: Parameters<typeof createScope>[1], now: Date) =>
      createScope(source, tenant, SYSTEM_ACTOR, now),
    eventRetentionHours: options.eventRetentionHours ?? 24,
  };
  const registry = new Registry();
  let ticking: ReturnType<typeof startClock> | undefined;
  let delivering: DeliveryLoop | undefined;

  return {
    ...{ database, source, host, routes, engine, registry, clock, owner },
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
      if (options.isAlone) await inheritWork(workers);
      const reclaim = () => reclaimCycles(workers);
      ticking = startClock({
        directory,
        jobs,
        log,
        clock,
        catchUpMinutes: options.catchUpMinutes ?? 30,
        reclaim,
      });
      delivering = startDeliveryLoop({ ...workers, registry });
      await ticking.catchUp();
    },
    async stop(graceMs) {
      ticking?.stop();
      await Promise.all([engine.stop(), jobs.stop(graceMs), delivering?.stop(graceMs)]);
      feeds.close();
      telemetry.close();
      await bus.close();
      await database.close();
    },
  };
}
