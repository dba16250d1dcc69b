import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type KeyView, registrationsById } from '../../src/control/keys/index.ts';
import type { Scope } from '../../src/platform/scope.ts';

export const SIGNING_SECRET = 'signing-secret-of-the-store-0123';

/** What was posted to the store. */
export interface Posted {
  body: Record<string, string>;
  headers: IncomingHttpHeaders;
  /** Whether the signature is right. */
  isSigned: boolean;
}

/** A tenant's secret store: keeps what it is sent, and proves it. */
export interface Store {
  url: string;
  posted: Posted[];
  /** How it answers from now on: `prove`, or with this status, or 200 without a proof, or not at all. */
  answer: 'prove' | 'lie' | 'hang' | number;
  /** Values that the probe accepts; the store's own are accepted when it proves. */
  probed: string[];
  probeStatus: number;
  close(): Promise<void>;
}

export async function startStore(): Promise<Store> {
  const store: Store = {
    ...{ url: '', posted: [], answer: 'prove', probed: [], probeStatus: 200 },
    close: () => new Promise((resolve) => void server.close(() => resolve()).closeAllConnections()),
  };
  const server: Server = createServer(async (request, response) => {
    if (request.url === '/probe') {
      store.probed.push(request.headers.authorization ?? '');
      response.writeHead(store.probeStatus).end();
      return;
    }
    const text = Buffer.concat(await request.toArray()).toString();
    const body = JSON.parse(text) as Record<string, string>;
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request.headers['x-signature'])) ?? [];
    const expected = createHmac('sha256', SIGNING_SECRET).update(`${t}.${text}`).digest('hex');
    store.posted.push({ body, headers: request.headers, isSigned: v1 === expected });
    if (store.answer === 'hang') return;
    if (typeof store.answer === 'number') {
      response.writeHead(store.answer).end('{"error":"no"}');
      return;
    }
    const key = store.answer === 'prove' ? (body.value ?? '') : 'another value';
    const challengeAnswer = createHmac('sha256', key)
      .update(body.challenge ?? '')
      .digest('hex');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ challengeAnswer }));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  store.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  return store;
}

/** The registration as it may be seen. */
export async function view(scope: Scope, id: string): Promise<KeyView> {
  const [found] = await registrationsById(scope, [id]);
  if (!found) throw new Error(`There is no registration ${id}.`);
  return found;
}

/** Its values' states, newest first, e.g. `ACTIVE RETIRING REVOKED(ROTATED_AGAIN)`. */
export async function states(scope: Scope, id: string): Promise<string> {
  const { versions } = await view(scope, id);
  return versions
    .map(({ status, reason }) =>
      status === 'REVOKED' || status === 'FAILED' ? `${status}(${reason})` : status,
    )
    .join(' ');
}

/** What the tenant's event log says of keys, e.g. `ROTATED COMPROMISED`. */
export async function told(scope: Scope): Promise<string[]> {
  const log = await scope.events.read(scope.db, 0n, 1_000);
  return log.flatMap(({ type, payload }) =>
    type === 'KEY_CHANGED'
      ? [
          [(payload as { change: string }).change, (payload as { reason: string | null }).reason]
            .filter(Boolean)
            .join(' '),
        ]
      : [],
  );
}

/** Alerts handed to the router so far, e.g. `FIRE critical KEY_COMPROMISED`. */
export async function alerts(scope: Scope): Promise<string[]> {
  const rows = await scope.db.rows<{ kind: string; level: string; type: string }>(
    'SELECT kind, level, type FROM alert_intake WHERE tenant_id = $1 ORDER BY seq',
    [scope.tenantId],
  );
  return rows.map(({ kind, level, type }) => (kind === 'FIRE' ? `FIRE ${level} ${type}` : `${kind} ${type}`));
}

/** Every row of every table of the database that this tenant may read, as text. */
export async function everythingStored(scope: Scope): Promise<string> {
  const tables = await scope.db.rows<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    const rows = await scope.db.rows<{ row: string }>(`SELECT t::text AS row FROM "${name}" AS t`);
    parts.push(`${name}:\n${rows.map(({ row }) => row).join('\n')}`);
  }
  return parts.join('\n');
}

/** The parts of a secret that must be nowhere: of a key text its secret half, of another text all of it. */
export const mark = (secret: string): string => secret.slice(-40, -4);
