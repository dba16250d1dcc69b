import { decodeGlobalID } from '@pothos/plugin-relay';
import { type GraphQLResolveInfo, isObjectType } from 'graphql';
import { ValidationError } from '../src/kernel/errors.ts';
import { MAX_PAGE } from '../src/kernel/page.ts';

type GlobalId = { typename: string; id: string };

/** An id that this API never gave out; `globalId` lets it be found among the arguments. */
export class UnreadableIdError extends ValidationError {
  readonly globalId: string;

  constructor(globalId: string) {
    super('id', `"${globalId.slice(0, 80)}" is not an id that this API gave out.`);
    this.globalId = globalId;
  }
}

/** A made-up global id is a wrong input of the caller, not an internal error. */
export function readGlobalId(globalId: string): GlobalId {
  try {
    return decodeGlobalID(globalId);
  } catch {
    throw new UnreadableIdError(globalId);
  }
}

const LOADERS = ['loadOne', 'loadMany', 'loadWithoutCache', 'loadManyWithoutCache'];

/** Whether there is a type of that name whose objects are found by id; anything else is not found, like a wrong id. */
function isLoadable({ typename }: GlobalId, info: GraphQLResolveInfo): boolean {
  const type = info.schema.getType(typename);
  if (!isObjectType(type)) return false;
  const options = type.extensions.pothosOptions as Record<string, unknown> | undefined;
  return LOADERS.some((loader) => options?.[loader] !== undefined);
}

/** Resolves `node`. */
export function loadable(
  _root: unknown,
  args: { id: GlobalId },
  _context: unknown,
  info: GraphQLResolveInfo,
  load: (id: GlobalId) => unknown,
): never {
  return (isLoadable(args.id, info) ? load(args.id) : null) as never;
}

/** Resolves `nodes`; ValidationError for more than a page of them. */
export function severalLoadable(
  _root: unknown,
  args: { ids: (GlobalId | null)[] },
  _context: unknown,
  info: GraphQLResolveInfo,
  load: (ids: GlobalId[]) => unknown,
): never {
  if (args.ids.length > MAX_PAGE) {
    throw new ValidationError('ids', `At most ${MAX_PAGE} ids at once, not ${args.ids.length}.`);
  }
  // The library loads what `args` holds, and answers null where an id is null.
  args.ids = args.ids.map((id) => (id && isLoadable(id, info) ? id : null));
  return load(args.ids as GlobalId[]) as never;
}
