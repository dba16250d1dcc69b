import type { KeyIntervals } from '../src/control/keys/index.ts';
import type { Telemetry } from '../src/delivery/fleet/index.ts';
import type { Automation, CycleRunner, Feeds } from '../src/engine/index.ts';
import { UnauthenticatedError, ValidationError } from '../src/kernel/errors.ts';
import type { Actor, KeyScope, Platform, Scope } from '../src/platform/scope.ts';

/** What every resolver sees. Made once per request or subscription event by `src/app.ts`. */
export interface Context {
  /** Null when no credential was presented. */
  readonly actor: Actor | null;
  readonly requestId: string;
  /** The tenant's scope; a getter that refuses with a typed error when there is none. */
  readonly scope: Scope;
  /** For the platform admin's fields. */
  readonly platform: Platform;
  can(scope: KeyScope): boolean;
  readonly isPlatformAdmin: boolean;
  /** Runs cycles on this instance. */
  readonly engine: CycleRunner;
  /** Runs jobs when somebody asks, on this instance. */
  readonly automation: Automation;
  /** Where subscriptions follow the event log. */
  readonly feeds: Feeds;
  /** Where subscriptions follow the drones. */
  readonly telemetry: Telemetry;
  /** Days between rotations of keys, by security level. */
  readonly keyIntervals: KeyIntervals;
}

/** OPERATOR and FINANCE can look at everything too; ADMIN can do all of it; INGEST only sends facts. */
export const IMPLIED: Record<KeyScope, readonly KeyScope[]> = {
  VIEWER: ['VIEWER'],
  OPERATOR: ['OPERATOR', 'VIEWER'],
  FINANCE: ['FINANCE', 'VIEWER'],
  ADMIN: ['ADMIN', 'OPERATOR', 'FINANCE', 'VIEWER', 'INGEST'],
  INGEST: ['INGEST'],
};

/** What createContext is given by the edge that authenticated the caller. */
export interface Caller {
  actor: Actor | null;
  requestId: string;
  scope: Scope | null;
  platform: Platform | null;
  engine: CycleRunner;
  automation: Automation;
  feeds: Feeds;
  telemetry: Telemetry;
  keyIntervals: KeyIntervals;
}

const NOTHING: ReadonlySet<KeyScope> = new Set();
const grants = new WeakMap<Actor, ReadonlySet<KeyScope>>();

/** Authentication remembers actors, so this is worked out once per look-up of a key. */
function grantedTo(actor: Actor): ReadonlySet<KeyScope> {
  let granted = grants.get(actor);
  if (!granted) {
    granted = new Set(actor.scopes.flatMap((scope) => IMPLIED[scope]));
    grants.set(actor, granted);
  }
  return granted;
}

export function createContext(caller: Caller): Context {
  const granted = caller.actor ? grantedTo(caller.actor) : NOTHING;
  const isPlatformAdmin = caller.actor?.kind === 'PLATFORM_ADMIN';
  return {
    actor: caller.actor,
    requestId: caller.requestId,
    isPlatformAdmin,
    engine: caller.engine,
    automation: caller.automation,
    feeds: caller.feeds,
    telemetry: caller.telemetry,
    keyIntervals: caller.keyIntervals,
    can: (scope) => granted.has(scope),
    get scope() {
      if (caller.scope) return caller.scope;
      if (isPlatformAdmin) {
        throw new ValidationError(
          'x-tenant',
          'Name the tenant to act on: header x-tenant with its slug or id.',
        );
      }
      throw new UnauthenticatedError('Send a key: header "authorization: Bearer rk_…".');
    },
    get platform() {
      if (caller.platform) return caller.platform;
      throw new UnauthenticatedError('Send the admin token: header "authorization: Bearer …".');
    },
  };
}
