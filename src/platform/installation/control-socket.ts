import { createHash } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/*
 * The embedded database has one process. A command line that finds it running hands its work to that process over a
 * socket only this user can open, and shows what comes back. The same socket is the lock on the data folder.
 */

/** A command line handed over: its words and the folder that its paths are relative to. */
export interface RemoteCommand {
  command: string;
  args: string[];
  cwd: string;
  /** True when the far end is a terminal. */
  isTty: boolean;
}

type Line = { out: string } | { exit: number };

/** Does the work of a command line; `signal` aborts when its terminal goes away. */
export type CommandHandler = (
  command: RemoteCommand,
  print: (text: string) => void,
  signal: AbortSignal,
) => Promise<number>;

/** In the temporary folder, because a socket path may have 107 bytes and a data folder's path more. */
export function controlSocketPath(dataDir: string): string {
  const name = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16);
  return join(tmpdir(), `revenue-engine-${userInfo().uid}-${name}.sock`);
}

/** Connects to the process that owns the data folder; null when none is running. */
export function connectControl(dataDir: string): Promise<Socket | null> {
  return new Promise((done, fail) => {
    const socket = connect(controlSocketPath(dataDir));
    socket.once('connect', () => done(socket));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') done(null);
      else fail(error);
    });
  });
}

/** Takes the data folder for this process and serves command lines; throws when another process has it. */
export async function ownDataFolder(
  dataDir: string,
): Promise<{ serve(handler: CommandHandler): void; release(): Promise<void> }> {
  const running = await connectControl(dataDir);
  if (running) {
    running.destroy();
    throw new Error(
      `Another process is running on ${resolve(dataDir)}. Stop it first, or set DATA_DIR to another folder.`,
    );
  }
  const path = controlSocketPath(dataDir);
  await rm(path, { force: true });
  let handler: CommandHandler | undefined;
  const server: Server = createServer((socket) => serveOne(socket, () => handler));
  await new Promise<void>((done, fail) => server.once('error', fail).listen(path, done));
  await chmod(path, 0o600);
  server.unref();
  return {
    serve: (given) => {
      handler = given;
    },
    release: async () => {
      server.close();
      await rm(path, { force: true });
    },
  };
}

function serveOne(socket: Socket, current: () => CommandHandler | undefined): void {
  const gone = new AbortController();
  const send = (line: Line) => void socket.write(`${JSON.stringify(line)}\n`);
  socket.on('error', () => {});
  socket.once('close', () => gone.abort(new Error('The command line was closed.')));
  let isRunning = false;
  createInterface({ input: socket }).on('line', async (text) => {
    // The first line is the command; anything after it is Ctrl-C at the far end.
    if (isRunning) return gone.abort(new Error('Interrupted.'));
    isRunning = true;
    send({ exit: await answer(text, current(), (out) => send({ out }), gone.signal) });
    socket.end();
  });
}

async function answer(
  text: string,
  handler: CommandHandler | undefined,
  print: (text: string) => void,
  signal: AbortSignal,
): Promise<number> {
  try {
    if (!handler) throw new Error('The engine is still starting; try again in a moment.');
    return await handler(JSON.parse(text) as RemoteCommand, print, signal);
  } catch (error) {
    print(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** Tells the running process that its command line was interrupted; what it still has to say arrives. */
export const interruptRemotely = (socket: Socket): void => void socket.write('interrupt\n');

/** Hands a command line to the running process and prints its answer; resolves to the exit code. */
export function runRemotely(
  socket: Socket,
  command: RemoteCommand,
  print: (text: string) => void,
): Promise<number> {
  socket.write(`${JSON.stringify(command)}\n`);
  return new Promise((done) => {
    let code = 1;
    createInterface({ input: socket })
      .on('line', (text) => {
        const line = JSON.parse(text) as Line;
        if ('out' in line) print(line.out);
        else code = line.exit;
      })
      .once('close', () => done(code));
  });
}
