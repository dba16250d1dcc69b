import SchemaBuilder, {
  type SchemaTypes as AnyTypes,
  BasePlugin,
  type PothosOutputFieldConfig,
  PothosValidationError,
} from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import { isBadValue } from '../src/kernel/bad-value.ts';
import { ValidationError } from '../src/kernel/errors.ts';
import { isStorable, madeWhole } from '../src/kernel/text.ts';
import { readGlobalId, UnreadableIdError } from './nodes.ts';

const NAME = 'badInput';

declare global {
  export namespace PothosSchemaTypes {
    interface Plugins<Types extends AnyTypes> {
      badInput: BadInput<Types>;
    }
  }
}

/**
 * What is wrong with the arguments is said with the argument's name wherever it is noticed: by the library that reads
 * ids, or only by the database. It costs nothing until something failed.
 */
class BadInput<Types extends AnyTypes> extends BasePlugin<Types> {
  /** Around what reads ids, so that measuring an operation's cost, which does it first, hears the name too. */
  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const argMappers = config.argMappers.map(
      (mapper): typeof mapper =>
        (args, context, info) =>
          naming(() => mapper(args, context, info), args, inId),
    );
    return { ...config, argMappers };
  }

  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    config: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (Object.keys(config.args).length === 0) return resolver;
    const isMutation = config.kind === 'Mutation';
    return (source, given, context, info) => {
      const args = isMutation ? withWholeWords(given) : given;
      return naming(() => resolver(source, args, context, info), args, inText);
    };
  }
}

SchemaBuilder.registerPlugin(NAME, BadInput);
export const BadInputPlugin = NAME;

/** Words from people to people. No alert is lost, and no panic switch refuses, for half an emoji in them. */
const WORDS = ['message', 'note', 'reason', 'title'];

function withWholeWords(args: { input?: Record<string, unknown> | null }): object {
  const { input } = args;
  const torn = Object.entries(input ?? {}).filter(
    ([name, value]) => WORDS.includes(name) && typeof value === 'string' && !isStorable(value),
  );
  if (torn.length === 0) return args;
  const mended = torn.map(([name, value]) => [name, madeWhole(value as string)]);
  return { ...args, input: { ...input, ...Object.fromEntries(mended) } };
}

/** What `run` answers, at once or later; what it throws goes through `convert` first. */
function naming<T>(run: () => T, args: object, convert: (error: unknown, args: object) => unknown): T {
  const fail = (error: unknown): never => {
    throw convert(error, args);
  };
  try {
    const result = run() as T & Partial<PromiseLike<unknown>>;
    return typeof result?.then === 'function' ? (result.then(undefined, fail) as T) : result;
  } catch (error) {
    return fail(error);
  }
}

/** The library's "ID: … is not of type: Offer" */
const OTHER_TYPE = /^ID: ([\s\S]*) is not of type: ([\w, ]+)$/;

/** An id that cannot be read, or that is of another type. */
function inId(error: unknown, args: object): unknown {
  if (error instanceof UnreadableIdError) {
    const place = placeOf(args, (text) => text === error.globalId);
    return place === null ? error : new ValidationError(place, error.message);
  }
  if (!(error instanceof PothosValidationError)) return error;
  const [, id, wanted] = OTHER_TYPE.exec(error.message) ?? [];
  if (id === undefined) return error;
  const place = placeOf(args, (text) => text === id) ?? 'id';
  const { typename } = readGlobalId(id);
  const given = typename.slice(0, 80);
  return new ValidationError(
    place,
    `${place} is the id of another kind: it takes ${wanted}.id, not ${given}.id.`,
  );
}

/** A text that the database cannot hold. */
function inText(error: unknown, args: object): unknown {
  if (!isBadValue(error)) return error;
  const place = placeOf(args, (text) => !isStorable(text));
  return place === null ? error : new ValidationError(place, `${place} holds a NUL or half a character.`);
}

/** Dotted path of the first such text among the arguments; `input` is left out, as in every other refusal. */
function placeOf(value: unknown, isWanted: (text: string) => boolean, path: string[] = []): string | null {
  if (typeof value === 'string') {
    if (!isWanted(value)) return null;
    return (path[0] === 'input' && path.length > 1 ? path.slice(1) : path).join('.');
  }
  if (typeof value !== 'object' || value === null || path.length > 64) return null;
  const { typename, id } = value as { typename?: unknown; id?: unknown };
  if (typeof typename === 'string' && typeof id === 'string') return placeOf(id, isWanted, path);
  for (const [name, part] of Object.entries(value)) {
    const place = isWanted(name) ? path.join('.') : placeOf(part, isWanted, [...path, name]);
    if (place !== null) return place;
  }
  return null;
}
