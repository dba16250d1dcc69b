import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, checkJobNames, createApp } from './app.ts';
import { environmentOptions } from './app-options.ts';
import { COMMANDS } from './cli/commands.ts';
import { runGuarded } from './cli/runtime.ts';
import type { Config } from './config.ts';
import { DRONE_FLAG, seedFlagOn } from './control/flags/index.ts';
import { listTenants } from './control/tenancy/index.ts';
import { startDemo } from './demo.ts';
import { PLATFORM_TENANT } from './kernel/ids.ts';
import { CLEAN_MS, keepHouse } from './platform/db/housekeeping.ts';
import { createHttpServer, type HttpServer } from './platform/http/index.ts';
import { type Instance, StartError } from './platform/installation/instance.ts';
import { createLogger, type Logger } from './platform/log/logger.ts';
import { banner, TOUR_TABS } from './tour.ts';

/** How long running requests and phases may take to finish when the process is told to stop. */
const GRACE_MS = 10_000;
const DEMO_SLUG = 'demo';

/** Brings the product up on an open installation: answers first, then automation and demo data. */
export async function serve(config: Config, instance: Instance): Promise<void> {
  const log = createLogger(config.LOG_LEVEL, process.stdout.isTTY === true);
  const { connection, adminToken, keyPepper } = instance;
  await checkJobNames(config.jobsDisabled, instance);
  const app = createApp({
    ...environmentOptions(config),
    ...{ connection, adminToken, keyPepper, log, isWorker: config.ROLE !== 'web' },
  });
  const isDemoWanted = config.DEMO && config.isEmbedded;
  const http = createHttp(config, app, log, isDemoWanted ? DEMO_SLUG : null);
  const { address, port } = await http.listen(config.PORT, config.HOST).catch(async (error) => {
    await app.stop(0);
    await instance.stop();
    throw startError(config, error);
  });
  const stopping = new AbortController();
  const stopCleaning = config.isEmbedded
    ? keepHouse(app.database, CLEAN_MS, (error) => log.warn({ err: error }, 'housekeeping'))
    : () => {};
  stopOnSignals(log, async () => {
    stopping.abort(new Error('The process is stopping.'));
    stopCleaning();
    await http.stop(GRACE_MS);
    await app.stop(GRACE_MS);
    await instance.stop();
  });
  instance.serveCommands(async ({ command, args, ...io }, print, signal) => {
    const work = COMMANDS[command];
    if (!work) throw new Error(`Unknown command "${command}".`);
    return runGuarded(work, app, args, { ...io, print, signal: AbortSignal.any([signal, stopping.signal]) });
  });
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  app.listensAt(url);
  if (config.FLAG_DRONE_DELIVERY_ENABLED)
    await seedFlagOn(await app.tenantScope(PLATFORM_TENANT), DRONE_FLAG);
  await greet(config, instance, app, url, isDemoWanted);
  if (config.ROLE !== 'web' && config.AUTOMATION_ENABLED) await app.startAutomation();
  if (!isDemoWanted) return;
  await startDemo(app, DEMO_SLUG, stopping.signal).catch((error: unknown) => {
    if (!stopping.signal.aborted) log.error({ err: error }, 'The demo shop stopped');
  });
}

function createHttp(config: Config, app: App, log: Logger, tenant: string | null): HttpServer {
  return createHttpServer({
    ...{ host: app.host, routes: app.routes, log, registry: app.registry, corsOrigins: config.corsOrigins },
    limits: {
      ...{ bodyBytes: config.BODY_LIMIT_BYTES, ratePerMinute: config.RATE_LIMIT_PER_MINUTE },
      requestMs: config.REQUEST_TIMEOUT_SECONDS * 1_000,
      connectionsPerAddress: config.CONNECTIONS_PER_ADDRESS,
      connectionsPerKey: config.CONNECTIONS_PER_KEY,
    },
    persistedDocuments: readPersistedDocuments(),
    persistedOnly: config.PERSISTED_ONLY,
    introspection: config.INTROSPECTION,
    graphiql: config.GRAPHIQL && { title: 'Revenue engine', tabs: TOUR_TABS, ...(tenant && { tenant }) },
    readyChecks: { database: async () => void (await app.database.directory.row('SELECT 1')) },
  });
}

/** A port that is taken, or an address that is not ours, is something to tell a person. */
function startError({ HOST, PORT }: Config, error: NodeJS.ErrnoException): Error {
  if (error.code === 'EADDRINUSE') {
    return new StartError(`PORT ${PORT} on ${HOST} is in use; stop what listens there or set another PORT.`);
  }
  return error.syscall ? new StartError(`HOST ${HOST}, PORT ${PORT}: ${error.message}`) : error;
}

/** The documents of `operations/`, by hash; absent in an image that was built without codegen. */
function readPersistedDocuments(): Record<string, string> {
  const file = join(import.meta.dirname, '..', 'operations', 'generated', 'persisted-documents.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
}

async function greet(
  config: Config,
  instance: Instance,
  app: App,
  url: string,
  isDemoWanted: boolean,
): Promise<void> {
  const first = await listTenants(app.database.directory, { first: 1 });
  const tenant = isDemoWanted ? DEMO_SLUG : (first.edges[0]?.node.slug ?? null);
  const isOwnToken = config.isEmbedded && config.ADMIN_TOKEN === undefined;
  const tokenFile = isOwnToken ? instance.adminTokenFile : null;
  const newToken = instance.isFirstStart ? instance.adminToken : null;
  process.stdout.write(banner({ url, tokenFile, newToken, tenant }));
}

/** One signal stops politely; a second one stops at once. */
function stopOnSignals(log: Logger, stop: () => Promise<void>): void {
  let isStopping = false;
  const onSignal = (signal: string) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log.info({ signal }, 'stopping');
    stop().then(
      () => process.exit(0),
      (error) => {
        log.error({ err: error }, 'stop');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
