import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scope } from '../../src/platform/scope.ts';
import type { Alert, AlertNotification } from '../../src/reliability/alerts/index.ts';
import { createChannel } from '../../src/reliability/channels/index.ts';

/** Tests wait for what is sent, however slow the machine is. */
export const PATIENT = { patienceMs: 60_000 };

/** A Slack that keeps what it hears; `status` is what it answers. */
export interface FakeSlack {
  readonly url: string;
  readonly texts: string[];
  status: number;
  close(): Promise<void>;
}

export async function fakeSlack(): Promise<FakeSlack> {
  const texts: string[] = [];
  const slack = { texts, status: 200 };
  const server = createServer(async (request, response) => {
    const body = await readAll(request);
    if (slack.status === 200) texts.push((JSON.parse(body) as { text: string }).text);
    response.writeHead(slack.status).end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(slack, {
    url: `http://127.0.0.1:${port}/services/T0/B0/secret`,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  });
}

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** A Slack channel of the tenant at this server. */
export async function slackChannel(scope: Scope, slack: FakeSlack, name = 'ops'): Promise<string> {
  return (await createChannel(scope, { name, kind: 'SLACK', settings: { url: slack.url } })).id;
}

/** The tenant's alerts as one line each, by message. */
export async function standing(scope: Scope): Promise<string[]> {
  const rows = await scope.db.rows<Pick<Alert, 'level' | 'status' | 'count' | 'suppression' | 'message'>>(
    'SELECT level, status, count, suppression, message FROM alert WHERE tenant_id = $1 ORDER BY message, first_at',
    [scope.tenantId],
  );
  return rows.map(
    ({ level, status, count, suppression, message }) =>
      `${message}: ${level} ${status} ${count}${suppression ? ` ${suppression}` : ''}`,
  );
}

/** The tenant's notifications in their order: purpose, channel kind, status. */
export async function notified(scope: Scope): Promise<string[]> {
  const rows = await scope.db.rows<AlertNotification>(
    `SELECT purpose, channel_kind AS "channelKind", status, reason FROM alert_notification WHERE tenant_id = $1
     ORDER BY created_at, channel_kind, id`,
    [scope.tenantId],
  );
  return rows.map(
    ({ purpose, channelKind, status, reason }) =>
      `${purpose} ${channelKind} ${status}${reason ? ` ${reason}` : ''}`,
  );
}
