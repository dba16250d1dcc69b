import type { IncomingMessage } from 'node:http';
import { DomainError } from '../../kernel/errors.ts';
import type { Masker } from './errors.ts';
import { requestIdOf } from './guard.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Call, Credentials, GraphQLHost } from './types.ts';

type Facts = Pick<Call, 'requestId' | 'method' | 'transport' | 'address' | 'wantsCost'>;

/** Who calls: authentication at the edge. Rejects with a masked refusal; bad credentials count against the address. */
export type Edge = (credentials: Credentials, facts: Facts) => Promise<Call>;

export function createEdge(host: GraphQLHost, rate: RateLimit, masker: Masker): Edge {
  return async (credentials, facts) => {
    try {
      const context = await host.context(credentials, facts.requestId);
      return { ...facts, context, session: host.session(context) };
    } catch (error) {
      // What is our own failure must not use up the budget of all who share the address, e.g. of webhooks behind a proxy.
      const isRefusal = error instanceof DomainError;
      const limited = isRefusal ? await rate.take(null, facts.address) : undefined;
      throw masker.request(limited ?? error, facts.requestId);
    }
  };
}

const one = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

/** Credentials of an HTTP request. */
export function credentialsOf(request: IncomingMessage): Credentials {
  return { authorization: request.headers.authorization, tenant: one(request.headers['x-tenant']) };
}

/** What else is to be known about an HTTP request. */
export function factsOf(request: IncomingMessage, transport: Call['transport']): Facts {
  return {
    requestId: requestIdOf(request.headers['x-request-id']),
    method: request.method ?? 'GET',
    transport,
    address: request.socket.remoteAddress ?? '',
    wantsCost: request.headers['x-cost'] === '1',
  };
}
