import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import type { Config } from '../../config.ts';
import { type Embedded, startEmbedded } from '../db/embedded.ts';
import { migrate, migrationProblem } from '../db/migrate.ts';
import { copyTemplateTo, databaseStamp } from '../db/template.ts';
import { type CommandHandler, ownDataFolder } from './control-socket.ts';
import { type InstallationSecrets, installationSecrets } from './secrets.ts';

/** Where the database is and what the installation keeps secret. */
export interface Instance extends InstallationSecrets {
  connection: PoolConfig;
  /** Serves command lines of the same user; only an embedded installation needs it. */
  serveCommands(handler: CommandHandler): void;
  stop(): Promise<void>;
}

/** A server that says nothing for so long is away; no statement of the product takes half as long. */
const SILENCE_MS = 60_000;

/** A start that cannot work; its message says what to do. */
export class StartError extends Error {}

/** Opens the installation: the embedded one migrates itself, a server must have been migrated to this version. */
export async function openInstance(config: Config): Promise<Instance> {
  return config.isEmbedded ? openEmbedded(config) : openServer(config);
}

async function openEmbedded(config: Config): Promise<Instance> {
  const secrets = await installationSecrets(config.dataDir, {
    adminToken: config.ADMIN_TOKEN,
    keyPepper: config.KEY_PEPPER,
  });
  const folder = await ownDataFolder(config.dataDir).catch((error: Error) => {
    throw new StartError(error.message);
  });
  let embedded: Embedded | undefined;
  try {
    const postgres = join(config.dataDir, 'postgres');
    const isCopied = !existsSync(postgres) && (await copyTemplateTo(postgres));
    embedded = await startEmbedded(postgres);
    await migrateUnlessCurrent(config.dataDir, embedded.connection, isCopied);
  } catch (error) {
    await embedded?.stop();
    await folder.release();
    throw error;
  }
  const { connection, stop } = embedded;
  return {
    ...secrets,
    connection,
    serveCommands: folder.serve,
    async stop() {
      await stop();
      await folder.release();
    },
  };
}

/** Migrates and remembers it: looking again costs a second of every start. A lost note only costs that second. */
async function migrateUnlessCurrent(
  dataDir: string,
  connection: PoolConfig,
  isFresh: boolean,
): Promise<void> {
  const note = join(dataDir, 'migrated');
  const stamp = await databaseStamp();
  if ((await readFile(note, 'utf8').catch(() => '')) === stamp) return;
  if (!isFresh) {
    const problem = await migrationProblem(connection);
    if (problem?.kind === 'AHEAD') throw new StartError(problem.message);
    await migrate(connection);
  }
  await writeFile(note, stamp);
}

async function openServer(config: Config): Promise<Instance> {
  // readConfig has asked for it; a default would be a secret that everybody knows.
  if (config.KEY_PEPPER === undefined) throw new StartError('KEY_PEPPER is required with DATABASE_URL.');
  const connection: PoolConfig = {
    ...{ connectionString: config.DATABASE_URL, max: config.DATABASE_POOL_SIZE },
    ...{ query_timeout: SILENCE_MS, keepAlive: true },
  };
  const problem = await migrationProblem(connection).catch((error: Error) => ({
    message: `DATABASE_URL cannot be reached: ${error.message}`,
  }));
  if (problem) throw new StartError(problem.message);
  return {
    adminToken: config.ADMIN_TOKEN ?? '',
    keyPepper: config.KEY_PEPPER,
    adminTokenFile: 'ADMIN_TOKEN',
    isFirstStart: false,
    connection,
    serveCommands: () => {},
    stop: async () => {},
  };
}
