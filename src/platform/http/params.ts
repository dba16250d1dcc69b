import type { GraphQLError } from 'graphql';
import { refusal } from './errors.ts';
import type { Params } from './types.ts';

const KNOWN = new Set(['query', 'operationName', 'variables', 'extensions', 'documentId']);
const WANTED: [keyof Params, string, (value: unknown) => boolean][] = [
  ['query', 'a string', (value) => typeof value === 'string'],
  ['operationName', 'a string', (value) => typeof value === 'string'],
  ['documentId', 'a string', (value) => typeof value === 'string'],
  ['variables', 'an object', isObject],
  ['extensions', 'an object', isObject],
];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const badRequest = (message: string): GraphQLError => refusal('BAD_REQUEST', message, { status: 400 });

/** The parameters of one GraphQL request, or why they are none. */
export function checkParams(value: unknown): Params | GraphQLError {
  if (!isObject(value)) return badRequest('A GraphQL request is a JSON object with a "query".');
  for (const key in value) {
    if (!KNOWN.has(key) && value[key] != null) return badRequest(`Unknown parameter "${key}".`);
  }
  for (const [key, wanted, isRight] of WANTED) {
    if (value[key] != null && !isRight(value[key])) return badRequest(`"${key}" must be ${wanted}.`);
  }
  if (value.query == null && value.documentId == null && value.extensions == null) {
    return badRequest('Send a "query" or the hash of a persisted document.');
  }
  return value as Params;
}

/** The same from a query string, where objects are JSON texts. */
export function paramsOfUrl(search: URLSearchParams): Params | GraphQLError {
  const value: Record<string, unknown> = {};
  for (const [key, text] of search) {
    try {
      value[key] = key === 'variables' || key === 'extensions' ? JSON.parse(text) : text;
    } catch {
      return badRequest(`"${key}" must be JSON.`);
    }
  }
  return checkParams(value);
}
