import { type Context, createContext } from '../schema/context.ts';
import { schema } from '../schema/index.ts';
import type { Authenticator, Caller } from './control/access/index.ts';
import type { KeyIntervals } from './control/keys/index.ts';
import type { Telemetry } from './delivery/fleet/index.ts';
import type { Automation, CycleRunner, Feeds } from './engine/index.ts';
import { UnauthenticatedError } from './kernel/errors.ts';
import type { Database } from './platform/db/database.ts';
import type { Credentials, GraphQLHost, Session } from './platform/http/types.ts';
import {
  createScope,
  type Platform,
  type Scope,
  type ScopeSource,
  type TenantInfo,
} from './platform/scope.ts';

export interface HostParts {
  database: Database;
  source: ScopeSource;
  authenticator: Authenticator;
  engine: CycleRunner;
  automation: Automation;
  feeds: Feeds;
  telemetry: Telemetry;
  keyIntervals: KeyIntervals;
  clock: () => Date;
  /** Hears of every answer, for the service level objectives. */
  onAnswer?: GraphQLHost['onAnswer'];
}

interface Presented {
  caller: Caller | null;
  credentials: Credentials;
}

/** Joins transport and schema: who calls, what they may see, and the Scope their resolvers work with. */
export function createHost(parts: HostParts): GraphQLHost {
  const { source, authenticator, clock } = parts;
  const presented = new WeakMap<object, Presented>();

  function build(caller: Caller | null, credentials: Credentials, requestId: string, now: Date): Context {
    const actor = caller?.actor ?? null;
    const scopeFor = (tenant: TenantInfo): Scope =>
      createScope(source, tenant, (caller as Caller).actor, now, requestId);
    const platform: Platform | null =
      actor?.kind === 'PLATFORM_ADMIN'
        ? { directory: parts.database.directory, actor, now, requestId, scopeFor }
        : null;
    const context = createContext({
      ...{ actor, requestId, platform, engine: parts.engine, feeds: parts.feeds },
      ...{ telemetry: parts.telemetry, keyIntervals: parts.keyIntervals, automation: parts.automation },
      scope: caller?.tenant ? scopeFor(caller.tenant) : null,
    });
    presented.set(context, { caller, credentials });
    return context;
  }

  async function isRevoked(context: object): Promise<boolean> {
    const { credentials } = presented.get(context) as Presented;
    try {
      await authenticator.authenticate(credentials.authorization, credentials.tenant, clock());
      return false;
    } catch (error) {
      // Only a clear no ends a stream; a database that is away for a moment does not.
      return error instanceof UnauthenticatedError;
    }
  }

  return {
    schema,
    ...(parts.onAnswer && { onAnswer: parts.onAnswer }),
    async context(credentials, requestId) {
      const now = clock();
      const caller = credentials.authorization
        ? await authenticator.authenticate(credentials.authorization, credentials.tenant, now)
        : null;
      return build(caller, credentials, requestId, now);
    },
    session(context): Session {
      const { caller } = presented.get(context) as Presented;
      return {
        permissions: caller?.fingerprint ?? 'anonymous',
        credential: caller?.credential ?? null,
        tenantId: caller?.tenant?.id ?? null,
        isRevoked: () => isRevoked(context),
      };
    },
    eventContext(context, at) {
      const { caller, credentials } = presented.get(context) as Presented;
      return build(caller, credentials, (context as Context).requestId, at);
    },
  };
}
