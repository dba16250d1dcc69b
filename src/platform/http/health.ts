import type { ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { JSON_TYPE, send } from './respond.ts';

/** What an operator's tools ask for. `isStopping`: not ready any more, but still alive. */
export interface Health {
  handle(path: string, response: ServerResponse): Promise<boolean>;
}

const CHECK_MS = 2_000;

/** A part that was ready is not ready any more after so many failed checks in a row (spec j.1). */
const FAILED_CHECKS = 2;

export function createHealth(
  checks: Record<string, () => Promise<void>>,
  registry: Registry,
  isStopping: () => boolean,
): Health {
  /** Failed checks in a row; a part that never was ready has failed often enough. */
  const failures = new Map(Object.keys(checks).map((name) => [name, FAILED_CHECKS]));
  let looking: Promise<Record<string, string>> | null = null;

  const look = async (): Promise<Record<string, string>> => {
    const results: Record<string, string> = {};
    await Promise.all(
      Object.entries(checks).map(async ([name, check]) => {
        results[name] = await Promise.race([
          check().then(
            () => 'ok',
            () => 'not ready', // why is in the log of the part itself; the page is public
          ),
          new Promise<string>((resolve) => setTimeout(resolve, CHECK_MS, 'no answer').unref()),
        ]);
        failures.set(name, results[name] === 'ok' ? 0 : (failures.get(name) ?? 0) + 1);
      }),
    );
    return results;
  };
  const ready = async (response: ServerResponse) => {
    // Who asks meanwhile shares the look: many at once are one check.
    looking ??= look().finally(() => {
      looking = null;
    });
    const results = Object.entries(await looking).map(([name, result]) => {
      const count = failures.get(name) ?? 0;
      const isHiccup = count > 0 && count < FAILED_CHECKS;
      return [name, isHiccup ? `${result}, ${count} of ${FAILED_CHECKS} in a row` : result];
    });
    const isReady = !isStopping() && [...failures.values()].every((count) => count < FAILED_CHECKS);
    const status = isStopping() ? 'stopping' : isReady ? 'ready' : 'not ready';
    send(
      response,
      isReady ? 200 : 503,
      JSON_TYPE,
      JSON.stringify({ status, checks: Object.fromEntries(results) }),
    );
  };

  return {
    async handle(path, response) {
      if (path === '/livez') send(response, 200, JSON_TYPE, '{"status":"alive"}');
      else if (path === '/readyz') await ready(response);
      else if (path === '/metrics') send(response, 200, registry.contentType, await registry.metrics());
      else return false;
      return true;
    },
  };
}
