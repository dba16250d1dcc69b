import { type App, checkJobNames, createApp } from '../app.ts';
import { environmentOptions } from '../app-options.ts';
import { type Config, ConfigError, readCommandLineConfig } from '../config.ts';
import { DomainError } from '../kernel/errors.ts';
import { CLEAN_MS, keepHouse } from '../platform/db/housekeeping.ts';
import { connectControl, interruptRemotely, runRemotely } from '../platform/installation/control-socket.ts';
import { openInstance, StartError } from '../platform/installation/instance.ts';
import { createLogger } from '../platform/log/logger.ts';
import { type Io, UsageError } from './io.ts';

/** A command line's work on an open app; answers with the exit code. */
export type Command = (app: App, args: string[], io: Io) => Promise<number>;

/** Runs a command and turns what a person can mend into a sentence instead of a stack trace. */
export async function runGuarded(command: Command, app: App, args: string[], io: Io): Promise<number> {
  try {
    return await command(app, args, io);
  } catch (error) {
    const isExpected =
      error instanceof UsageError ||
      error instanceof DomainError ||
      (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    if (!isExpected && io.signal.aborted) return 130;
    io.print(
      `${isExpected || !(error instanceof Error) ? (error as Error).message : `Failed: ${error.message}`}\n`,
    );
    return isExpected ? 2 : 1;
  }
}

/** Entry of `npm run import` and `npm run replay`: in the running engine when there is one, else in this process. */
export async function main(name: string, command: Command): Promise<void> {
  const args = process.argv.slice(2);
  const print = (text: string) => void process.stdout.write(text);
  try {
    const config = readCommandLineConfig();
    const running = config.isEmbedded ? await connectControl(config.dataDir) : null;
    if (running) {
      process.once('SIGINT', () => interruptRemotely(running));
      process.exitCode = await runRemotely(
        running,
        { command: name, args, cwd: process.cwd(), isTty: process.stdout.isTTY === true },
        print,
      );
    } else {
      process.exitCode = await runHere(config, command, args, print);
    }
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof StartError)) throw error;
    print(`${error.message}\n`);
    process.exitCode = 1;
  }
}

async function runHere(
  config: Config,
  command: Command,
  args: string[],
  print: (text: string) => void,
): Promise<number> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort(new Error('Interrupted.')));
  const instance = await openInstance(config);
  await checkJobNames(config.jobsDisabled, instance);
  const { connection, adminToken, keyPepper } = instance;
  const log = createLogger(
    config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL,
    process.stdout.isTTY === true,
  );
  const app = createApp({
    ...environmentOptions(config),
    ...{ connection, adminToken, keyPepper, log, isWorker: false },
  });
  const warn = (error: unknown) => log.warn({ err: error }, 'housekeeping');
  const stopCleaning = config.isEmbedded ? keepHouse(app.database, CLEAN_MS, warn) : () => {};
  try {
    const io: Io = {
      cwd: process.cwd(),
      print,
      isTty: process.stdout.isTTY === true,
      signal: interrupted.signal,
    };
    return await runGuarded(command, app, args, io);
  } finally {
    stopCleaning();
    await app.stop(5_000);
    await instance.stop();
  }
}
