import { randomUUID } from 'node:crypto';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { CloseCode, makeServer, type Server, type Context as WsContext } from 'graphql-ws';
import type { Connections } from './connections.ts';
import { credentialsOf, type Edge, factsOf } from './edge.ts';
import { isOurFault, type Masker, refusal } from './errors.ts';
import { checkParams } from './params.ts';
import type { Ready } from './pipeline.ts';
import { plain } from './respond.ts';
import type { Streams, Subscription } from './stream.ts';
import type { Call, Credentials, GraphQLHost, Limits } from './types.ts';
import { Channel, type Connection, TOO_MANY_CONNECTIONS } from './ws-channel.ts';

export interface ProtocolParts {
  host: GraphQLHost;
  edge: Edge;
  streams: Streams;
  connections: Connections;
  masker: Masker;
  limits: Limits;
}

type Args = ExecutionArgs & { ready: Ready; id: string; connection: Connection };
type Ctx = WsContext<Record<string, unknown>, Connection>;

/** RFC 6455's registry; graphql-ws's client connects again after it, but never after Forbidden. */
const TRY_AGAIN_LATER = 1013;

/** graphql-ws's own server of the protocol, with our pipeline behind it. */
export function createProtocol(parts: ProtocolParts): Server<Connection> {
  return makeServer<Record<string, unknown>, Connection>({
    async onConnect(ctx) {
      try {
        const { session } = await authenticate(parts, ctx);
        return admit(parts, ctx, session.credential);
      } catch (error) {
        const code = isOurFault(error as GraphQLError) ? TRY_AGAIN_LATER : CloseCode.Forbidden;
        ctx.extra.socket.close(code, (error as Error).message.slice(0, 120));
        return false;
      }
    },
    async onSubscribe(ctx, id, payload) {
      try {
        const ready = await prepare(parts, ctx, payload);
        return Array.isArray(ready) ? ready : argsOf(parts, ctx, id, ready);
      } catch (error) {
        return [parts.masker.request(error, id)];
      }
    },
    execute: (args) => (args as Args).ready.execute(undefined) as never,
    subscribe: (args) => subscribe(parts, args as Args) as never,
    onNext: (_ctx, _id, _payload, _args, result) => plain(result) as never,
    onError: (_ctx, _id, _payload, errors) => plain({ errors: errors as GraphQLError[] }).errors as never,
  });
}

/** A socket is kept for somebody who can subscribe: everything without a key may be asked over HTTP. */
function admit({ connections }: ProtocolParts, ctx: Ctx, credential: string | null): boolean {
  const { socket } = ctx.extra;
  if (credential === null) {
    socket.close(CloseCode.Unauthorized, 'UNAUTHENTICATED: send authorization in connectionParams.');
    return false;
  }
  const release = connections.take(credential);
  if (release instanceof GraphQLError) {
    socket.close(TOO_MANY_CONNECTIONS, release.message);
    return false;
  }
  if (socket.readyState === socket.CLOSED) release();
  else socket.once('close', release);
  return true;
}

/** Each operation anew: a key may have been revoked since the connection was made. */
const authenticate = (parts: ProtocolParts, ctx: Ctx): Promise<Call> =>
  parts.edge(credentialsFrom(ctx), { ...factsOf(ctx.extra.request, 'ws'), requestId: randomUUID() });

async function prepare(parts: ProtocolParts, ctx: Ctx, payload: object): Promise<Ready | GraphQLError[]> {
  const { limits, streams } = parts;
  if (Object.keys(ctx.subscriptions).length > limits.operationsPerSocket) {
    const message = `At most ${limits.operationsPerSocket} operations per WebSocket.`;
    return [refusal('LIMIT_EXCEEDED', message, { status: 429 })];
  }
  const call = await authenticate(parts, ctx);
  const params = checkParams(payload);
  const ready = params instanceof GraphQLError ? params : await streams.prepare(params, call);
  if ('operation' in ready) return ready;
  return streams.refused(ready, call).errors as GraphQLError[];
}

const argsOf = (parts: ProtocolParts, ctx: Ctx, id: string, ready: Ready): Args => ({
  schema: parts.host.schema,
  document: ready.prepared.document,
  operationName: ready.operation.name,
  contextValue: ready.context,
  rootValue: undefined,
  variableValues: ready.variables,
  ready,
  id,
  connection: ctx.extra,
});

async function subscribe({ streams, limits }: ProtocolParts, args: Args): Promise<unknown> {
  const channel = new Channel(args.connection, args.id, limits.bufferedBytes);
  const opened = await streams.subscribe(args.ready, channel);
  if (!('start' in opened)) return opened;
  channel.attach(opened as Subscription);
  return channel;
}

/** connectionParams first, because browsers cannot set headers on a WebSocket. */
function credentialsFrom(ctx: Ctx): Credentials {
  const params = ctx.connectionParams ?? {};
  const headers = credentialsOf(ctx.extra.request);
  const text = (...names: string[]) =>
    names.map((name) => params[name]).find((value) => typeof value === 'string') as string | undefined;
  return {
    authorization: text('authorization', 'Authorization') ?? headers.authorization,
    tenant: text('tenant', 'x-tenant') ?? headers.tenant,
  };
}
