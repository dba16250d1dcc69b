import type { ResultOf } from '@graphql-typed-document-node/core';
import {
  CreateApiKeyDocument,
  EvaluateFlagDocument,
  FlagDocument,
  SetFlagDocument,
  type SetFlagMutationVariables,
} from '../../operations/generated/graphql.ts';
import { ADMIN_TOKEN, type Client, type TestServer } from '../kit/server.ts';

/** A client with an ADMIN key of its own: a person that approvals can tell from another. */
export async function person(server: TestServer, tenant: string, name: string): Promise<Client> {
  const { createApiKey } = await server
    .client(ADMIN_TOKEN, tenant)
    .run(CreateApiKeyDocument, { input: { name, scopes: ['ADMIN'] } });
  if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error(JSON.stringify(createApiKey));
  return server.client(createApiKey.value);
}

/** The payload of a flag mutation, or its refusal thrown as `CODE path: message`. */
export function done<T extends { __typename: string }>(result: T): Exclude<T, { code: unknown }> {
  if ('code' in result) {
    const { code, path, message } = result as unknown as { code: string; path: string[]; message: string };
    throw new Error(`${code} ${path.join('.')}: ${message}`);
  }
  return result as Exclude<T, { code: unknown }>;
}

export const set = async (client: Client, input: SetFlagMutationVariables['input']) =>
  done((await client.run(SetFlagDocument, { input })).setFlag);

export const flagOf = async (client: Client, key: string) => {
  const { flag } = await client.run(FlagDocument, { key });
  if (!flag) throw new Error(`no flag ${key}`);
  return flag as unknown as NonNullable<ResultOf<typeof FlagDocument>['flag']> & Record<string, unknown>;
};

/** `value REASON variant` for a context. */
export const evaluated = async (client: Client, key: string, context?: Record<string, unknown>) => {
  const { evaluateFlag: answer } = await client.run(EvaluateFlagDocument, {
    ...{ key, context: context ?? null, default: 'mine' },
  });
  const { value, reason, variant } = answer as unknown as Record<string, unknown>;
  return `${JSON.stringify(value)} ${reason} ${variant}`;
};
