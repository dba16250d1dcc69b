import type { AuthFailure } from '@pothos/plugin-scope-auth';
import { ForbiddenError } from '../src/kernel/errors.ts';
import { IMPLIED } from './context.ts';

/** The names of `AuthScopes` of which one would have been enough. */
export function wantedBy(failure: AuthFailure): string[] {
  if ('failures' in failure) return failure.failures.flatMap(wantedBy);
  return 'scope' in failure ? [failure.scope] : [];
}

const orOf = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

/** Says which scopes would do; the installation's own fields need the admin token, which is no scope of a key. */
export function lacksScope(field: string, wanted: readonly string[]): ForbiddenError {
  const sentence = `Your key lacks a scope for ${field}`;
  if (wanted.includes('platform')) return new ForbiddenError(`${sentence}: it needs the admin token.`, []);
  const scopes = Object.entries(IMPLIED)
    .filter(([, granted]) => granted.some((one) => wanted.includes(one.toLowerCase())))
    .map(([scope]) => scope);
  return scopes.length === 0
    ? new ForbiddenError(`${sentence}.`)
    : new ForbiddenError(`${sentence}: it needs ${orOf(scopes)}.`, scopes);
}
