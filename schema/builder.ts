import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import DataloaderPlugin from '@pothos/plugin-dataloader';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import type PrismaTypes from '../prisma/generated/pothos.ts';
import { getDatamodel } from '../prisma/generated/pothos.ts';
import { DomainError, UnauthenticatedError } from '../src/kernel/errors.ts';
import { MAX_PAGE } from '../src/kernel/page.ts';
import { BadInputPlugin } from './bad-input.ts';
import type { Context } from './context.ts';
import { loadable, readGlobalId, severalLoadable } from './nodes.ts';
import type { ScalarTypes } from './scalar-types.ts';
import { lacksScope, wantedBy } from './scope-refusal.ts';

/** The scopes a field may ask for. Every Query field asks for `viewer` unless it says otherwise. */
export interface AuthScopes {
  viewer: boolean;
  operator: boolean;
  finance: boolean;
  admin: boolean;
  ingest: boolean;
  platform: boolean;
}

export interface SchemaTypes {
  Context: Context;
  PrismaTypes: PrismaTypes;
  AuthScopes: AuthScopes;
  Scalars: ScalarTypes;
  DefaultFieldNullability: false;
  DefaultInputFieldRequiredness: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
}

export const builder = new SchemaBuilder<SchemaTypes>({
  // Inside the errors plugin, so that a mutation answers what is wrong as a member of its union.
  plugins: [
    ScopeAuthPlugin,
    ErrorsPlugin,
    BadInputPlugin,
    RelayPlugin,
    PrismaPlugin,
    DataloaderPlugin,
    ComplexityPlugin,
  ],
  defaultFieldNullability: false,
  prisma: {
    client: (context) => context.scope.db.prisma as never,
    dmmf: getDatamodel(),
    onUnusedQuery: null,
  },
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: (context) => ({
      viewer: context.can('VIEWER') || context.isPlatformAdmin,
      operator: context.can('OPERATOR') || context.isPlatformAdmin,
      finance: context.can('FINANCE') || context.isPlatformAdmin,
      admin: context.can('ADMIN') || context.isPlatformAdmin,
      ingest: context.can('INGEST') || context.isPlatformAdmin,
      platform: context.isPlatformAdmin,
    }),
    unauthorizedError: (_parent, context, { parentType, fieldName }, { failure }) =>
      context.actor === null
        ? new UnauthenticatedError('Send a key: header "authorization: Bearer rk_…".')
        : lacksScope(`${parentType.name}.${fieldName}`, wantedBy(failure)),
  },
  errors: { directResult: true, defaultTypes: [], onResolvedError: () => {} },
  relay: {
    clientMutationId: 'omit',
    cursorType: 'String',
    decodeGlobalID: readGlobalId,
    nodeQueryOptions: {
      description: 'Any object by its global id. Another tenant’s id is NOT_FOUND (null).',
      resolve: loadable,
    },
    nodesQueryOptions: {
      description: 'Several objects by global id, in the order asked; null where not found. At most 100.',
      resolve: severalLoadable,
    },
  },
  complexity: {
    defaultComplexity: 1,
    // A list costs what its page may hold, so that nesting lists multiplies.
    defaultListMultiplier: 1,
    fieldComplexity: (args) => {
      const { first, last } = args as { first?: number | null; last?: number | null };
      const size = first ?? last;
      return { field: 1, multiplier: Math.min(MAX_PAGE, Math.max(1, size ?? 1)) };
    },
    // The limits are enforced before execution by src/platform/http; the plugin would measure once more per field.
    disabled: true,
  },
});

builder.queryType({ authScopes: { viewer: true }, description: 'Everything that can be looked at.' });
builder.mutationType({
  description: 'Everything that can be changed. Expected refusals are members of the result union.',
});
builder.subscriptionType({ description: 'Live streams over WebSocket (graphql-ws) and SSE.' });

export { DomainError };
