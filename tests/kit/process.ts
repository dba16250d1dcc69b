import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..', '..');
/** Seeds are off; the stories are about deliveries. */
const DRONES = { FLAG_DRONE_DELIVERY_ENABLED: 'true' };
const BANNER = /GraphiQL +(http:\/\/\S+)\/graphql/;

/** How a program ended: by itself with a code, or by a signal. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The real program as a child process. */
export interface Program {
  readonly child: ChildProcess;
  /** Everything it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: Promise<Ended>;
  /** `http://…/graphql` as soon as it says where it listens; throws when it ends before. */
  url(): Promise<string>;
  /** Sends the signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<Ended>;
}

/**
 * Starts `node src/main.ts` (or another entry) on a free port without demo data. It inherits nothing of the
 * caller's environment but PATH and HOME, so that a test says everything that matters.
 */
export function startProgram(
  env: Record<string, string>,
  entry = 'src/main.ts',
  args: string[] = [],
): Program {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const child = spawn(process.execPath, [join(ROOT, entry), ...args], {
    cwd: ROOT,
    env: {
      PATH,
      HOME,
      ...(TMPDIR && { TMPDIR }),
      PORT: '0',
      DEMO: 'false',
      LOG_LEVEL: 'warn',
      ...DRONES,
      // A server database asks for it; the embedded one makes its own.
      ...('DATABASE_URL' in env && { KEY_PEPPER: 'test-pepper-0123456789' }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    printed.stdout += data;
  });
  child.stderr.on('data', (data) => {
    printed.stderr += data;
  });
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal }));
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  return {
    child,
    ended,
    get stdout() {
      return printed.stdout;
    },
    get stderr() {
      return printed.stderr;
    },
    async url() {
      for (;;) {
        const found = BANNER.exec(printed.stdout)?.[1];
        if (found) return `${found}/graphql`;
        if (isOver) throw new Error(`The program ended:\n${printed.stdout}\n${printed.stderr}`);
        await sleep(20);
      }
    },
    kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** Asks until the answer is not undefined, null or false; throws `what` after `timeoutMs`. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | null | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > until) throw new Error(`Did not happen within ${timeoutMs} ms: ${what}`);
    await sleep(50);
  }
}

/** The address of a service that the test needs; undefined skips it, and fails where REQUIRE_SERVICES=1. */
export function serviceUrl(name: 'DATABASE_URL' | 'REDIS_URL'): string | undefined {
  const url = process.env[name];
  if (!url && process.env.REQUIRE_SERVICES === '1')
    throw new Error(`${name} is missing, but REQUIRE_SERVICES=1.`);
  return url || undefined;
}
