import type { Scope } from '../platform/scope.ts';

/** What pages and webhooks are made from. */
export interface RouteParts {
  /** A Scope of the tenant with this slug or id; NotFoundError when there is none. */
  scopeOf(slugOrId: string): Promise<Scope>;
  /** Keys the signatures of links. */
  readonly keyPepper: string;
}
