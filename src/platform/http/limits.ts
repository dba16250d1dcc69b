import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { DomainError } from '../../kernel/errors.ts';
import { documentRefusal, withCode } from './errors.ts';
import { Lru } from './lru.ts';
import type { Limits } from './types.ts';

type Counts = { aliases: number; directives: number };

/** What is counted before validation, because validating a hostile document is itself expensive. */
export function checkShape(document: DocumentNode, limits: Limits): GraphQLError | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const known = new Map<string, Counts>();

  const ofFragment = (name: string): Counts => {
    const fragment = fragments.get(name);
    const found = known.get(name);
    if (found || !fragment) return found ?? { aliases: 0, directives: 0 };
    known.set(name, { aliases: 0, directives: 0 }); // a cycle adds nothing; validation refuses it
    const counts = ofSelection(fragment.selectionSet);
    counts.directives += fragment.directives?.length ?? 0;
    known.set(name, counts);
    return counts;
  };

  const ofSelection = (set: SelectionSetNode): Counts => {
    const total: Counts = { aliases: 0, directives: 0 };
    const names = new Set<string>();
    for (const node of set.selections) {
      total.directives += node.directives?.length ?? 0;
      let inner: Counts | undefined;
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        inner = ofFragment(node.name.value);
      } else {
        if (node.kind === Kind.FIELD) {
          // A field asked for twice costs validation as much as an alias.
          const name = node.alias?.value ?? node.name.value;
          if (node.alias || names.has(name)) total.aliases++;
          names.add(name);
        }
        if (node.selectionSet) inner = ofSelection(node.selectionSet);
      }
      total.aliases += inner?.aliases ?? 0;
      total.directives += inner?.directives ?? 0;
    }
    return total;
  };

  for (const node of document.definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    const { aliases, directives } = ofSelection(node.selectionSet);
    const error =
      exceeded('aliases', aliases, limits.aliases) ??
      exceeded('directives', directives + (node.directives?.length ?? 0), limits.directives);
    if (error) return error;
  }
  return undefined;
}

/**
 * Strings and comments, whose brackets open nothing, and brackets. A string without its end counts to the end of its line,
 * a block without its end to the end of the text: nothing is read twice, whatever the parser then says to it.
 */
const BRACKETS = /"""(?:\\"""|[\s\S])*?(?:"""|$)|"(?:\\.|[^"\\\n\r])*"?|#[^\n\r]*|[[({]|[\])}]/g;
/** What selections of the greatest depth need, and values of the depth that flags may have, several times over. */
const DEEPEST = 200;

/** Before parsing, because the parser follows brackets by recursion: thousands of them would exhaust its stack. */
export function checkNesting(text: string, maxTokens: number): GraphQLError | undefined {
  let depth = 0;
  let tokens = 0;
  for (const [token] of text.matchAll(BRACKETS)) {
    if ('[({'.includes(token)) depth++;
    else if ('])}'.includes(token)) depth--;
    if (depth > DEEPEST) return exceeded('nesting', depth, DEEPEST);
    // What is longer the parser refuses.
    if (!token.startsWith('#') && ++tokens > maxTokens) return undefined;
  }
  return undefined;
}

/** LIMIT_EXCEEDED with what was measured, or undefined when it is within the limit. */
export function exceeded(limit: string, measured: number, allowed: number): GraphQLError | undefined {
  if (measured <= allowed) return undefined;
  const details = { limit, [limit]: measured, allowed };
  return documentRefusal(
    'LIMIT_EXCEEDED',
    `This operation has ${limit} ${measured}; ${allowed} is allowed.`,
    details,
  );
}

/** The measured cost of an operation, or why it may not run. */
export type Costing = { cost: number; error?: GraphQLError };

/** Measures one operation; the answer depends on its numbers (page sizes) only, so that is the cache key. */
export function createCosting(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  limits: Limits,
): (variables: Record<string, unknown>) => Costing {
  // The library measures the first operation it finds.
  const rest = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  const alone: DocumentNode = { kind: Kind.DOCUMENT, definitions: [operation, ...rest] };
  const numbers = (operation.variableDefinitions ?? [])
    .filter(({ type }) => /^\w*Int!?$/.test(typeText(type)))
    .map(({ variable }) => variable.name.value);
  const cache = new Lru<string, Costing>(50);

  return (variables) => {
    let key = '';
    for (const name of numbers) key += `${variables[name]},`;
    let costing = cache.get(key);
    if (!costing) {
      costing = measure(schema, alone, variables, limits);
      // A wrong variable is this call's own fault.
      if (costing.error?.extensions.code !== 'VALIDATION_ERROR') cache.set(key, costing);
    }
    return costing;
  };
}

function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Record<string, unknown>,
  limits: Limits,
): Costing {
  try {
    const { complexity, depth } = complexityFromQuery(document, { schema, variables, ctx: {} });
    const error =
      exceeded('depth', depth, limits.depth) ?? exceeded('cost', complexity, limits.cost) ?? undefined;
    return error ? { cost: complexity, error } : { cost: complexity };
  } catch (error) {
    if (error instanceof GraphQLError) return { cost: 0, error: withCode(error, 'VALIDATION_ERROR') };
    if (error instanceof DomainError) {
      return { cost: 0, error: documentRefusal(error.code, error.message, error.details) };
    }
    throw error;
  }
}

function typeText(type: { kind: string; name?: { value: string }; type?: unknown }): string {
  if (type.kind === Kind.NAMED_TYPE) return type.name?.value ?? '';
  if (type.kind === Kind.NON_NULL_TYPE) return `${typeText(type.type as never)}!`;
  return '';
}
