import type { ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { JSON_TYPE, send } from './respond.ts';

/** What an operator's tools ask for. `isStopping`: not ready any more, but still alive. */
export interface Health {
  handle(path: string, response: ServerResponse): Promise<boolean>;
}

const CHECK_MS = 2_000;

export function createHealth(
  checks: Record<string, () => Promise<void>>,
  registry: Registry,
  isStopping: () => boolean,
): Health {
  const ready = async (response: ServerResponse) => {
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
      }),
    );
    const isReady = !isStopping() && Object.values(results).every((result) => result === 'ok');
    const status = isStopping() ? 'stopping' : isReady ? 'ready' : 'not ready';
    send(response, isReady ? 200 : 503, JSON_TYPE, JSON.stringify({ status, checks: results }));
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
