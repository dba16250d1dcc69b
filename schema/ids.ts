import { NotFoundError } from '../src/kernel/errors.ts';

/** The row id inside a global id. An id of another type is NOT_FOUND, like an id of another tenant. */
export function rowId({ typename, id }: { typename: string; id: string }, type: string): string {
  if (typename !== type) throw new NotFoundError(type, id);
  return id;
}
