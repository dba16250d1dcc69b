import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
  visit,
} from 'graphql';
import { createExecutor, type Execute } from './compile.ts';
import { documentRefusal, withCode } from './errors.ts';
import { type Costing, checkNesting, checkShape, createCosting } from './limits.ts';
import { Lru } from './lru.ts';
import type { Limits, Params } from './types.ts';
import { waitsOnPurpose } from './waits.ts';

/** One operation of a document, ready to run. */
export interface Operation {
  readonly name: string | null;
  /** For metrics: the name if it is one of ours, else "other". */
  readonly label: string;
  readonly kind: OperationTypeNode;
  readonly cost: (variables: Record<string, unknown>) => Costing;
  readonly execute: Execute;
  /** It may take as long as its caller is willing to wait. */
  readonly isWaiting: boolean;
  /** Name of the variable that says where a subscription starts; it does not change what an event looks like. */
  readonly afterVariable: string | null;
}

/** A document as the cache keeps it: parsed, checked and partly compiled, or the reason why not. */
export interface Prepared {
  readonly text: string;
  readonly document: DocumentNode | null;
  /** Of parsing. */
  readonly syntaxError: GraphQLError | null;
  /** Of validation and shape limits; empty when it may run. */
  readonly errors: readonly GraphQLError[];
  readonly operations: readonly Operation[];
  readonly hash: string;
}

export interface DocumentsOptions {
  schema: GraphQLSchema;
  limits: Limits;
  persisted: Record<string, string>;
  persistedOnly: boolean;
  introspection: boolean;
}

const MAX_DOCUMENTS = 1_000;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const NOT_FOUND = 'This server knows no document with that hash; send its text.';

const mismatch = () => documentRefusal('BAD_REQUEST', 'The hash is not the sha256 of this query.');

/** Finds, checks and remembers documents. */
export class Documents {
  private readonly options: DocumentsOptions;
  private readonly persisted = new Map<string, Prepared>();
  private readonly cache = new Lru<string, Prepared>(MAX_DOCUMENTS);
  private readonly rules;

  constructor(options: DocumentsOptions) {
    this.options = options;
    this.rules = options.introspection
      ? specifiedRules
      : [...specifiedRules, NoSchemaIntrospectionCustomRule];
    for (const [key, text] of Object.entries(options.persisted)) {
      const prepared = this.prepare(text, true);
      this.persisted.set(key.replace(/^sha256:/, ''), prepared);
      this.persisted.set(prepared.hash, prepared);
    }
  }

  /** The document that the parameters name or carry. */
  find(params: Params): Prepared | GraphQLError {
    const hash = hashOf(params);
    if (hash instanceof GraphQLError) return hash;
    const { query } = params;
    if (hash !== undefined) {
      const found = this.persisted.get(hash);
      if (found) return !query || query === found.text ? found : mismatch();
      if (!query) return documentRefusal('PERSISTED_QUERY_NOT_FOUND', NOT_FOUND);
    }
    if (!query) return documentRefusal('BAD_REQUEST', 'Send a "query" or the hash of a persisted document.');
    let prepared = this.cache.get(query);
    if (!prepared) {
      const textHash = sha256(query);
      prepared = this.persisted.get(textHash) ?? this.prepare(query, false, textHash);
      this.cache.set(query, prepared);
    }
    if (hash !== undefined && prepared.hash !== hash) {
      return mismatch();
    }
    if (this.options.persistedOnly && !this.persisted.has(prepared.hash)) {
      return documentRefusal('FORBIDDEN', 'This server runs persisted documents only.');
    }
    return prepared;
  }

  private prepare(text: string, isTrusted: boolean, hash = sha256(text)): Prepared {
    const { limits, schema } = this.options;
    const failed = { text, hash, document: null, operations: [] };
    const tooDeep = checkNesting(text, limits.tokens);
    if (tooDeep) return { ...failed, syntaxError: tooDeep, errors: [tooDeep] };
    let document: DocumentNode;
    try {
      document = parse(text, { maxTokens: limits.tokens });
    } catch (error) {
      const syntaxError = syntaxErrorOf(error as GraphQLError, limits.tokens);
      return { ...failed, syntaxError, errors: [syntaxError] };
    }
    const tooMuch = checkShape(document, limits);
    const errors = tooMuch ? [tooMuch] : this.validate(document);
    const operations =
      errors.length > 0
        ? []
        : document.definitions
            .filter((node) => node.kind === Kind.OPERATION_DEFINITION)
            .map((node) => operationOf(schema, document, node, limits, isTrusted));
    return { text, hash, document, syntaxError: null, errors, operations };
  }

  private validate(document: DocumentNode): GraphQLError[] {
    const found = validate(this.options.schema, document, this.rules, { maxErrors: 20 });
    return found.map((error) => {
      // A suggestion would tell the names that introspection keeps.
      const message = this.options.introspection ? error.message : withoutSuggestion(error.message);
      return withCode(error, 'GRAPHQL_VALIDATION_FAILED', message);
    });
  }
}

function withoutSuggestion(message: string): string {
  const at = message.indexOf(' Did you mean ');
  return at < 0 ? message : message.slice(0, at);
}

function operationOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  node: OperationDefinitionNode,
  limits: Limits,
  isTrusted: boolean,
): Operation {
  const name = node.name?.value ?? null;
  return {
    name,
    label: isTrusted && name ? name : 'other',
    kind: node.operation,
    cost: createCosting(schema, document, node, limits),
    execute: createExecutor(schema, document, node, isTrusted),
    isWaiting: waitsOnPurpose(schema, document, node),
    afterVariable: afterVariableOf(document, node),
  };
}

function syntaxErrorOf(error: GraphQLError, maxTokens: number): GraphQLError {
  if (!error.message.includes('Document contains more')) return withCode(error, 'GRAPHQL_PARSE_FAILED');
  return documentRefusal('LIMIT_EXCEEDED', `A document has at most ${maxTokens} tokens.`, {
    limit: 'tokens',
    allowed: maxTokens,
  });
}

/** `documentId: "sha256:…"` or `extensions.persistedQuery.sha256Hash`, lower case without the prefix. */
function hashOf({ documentId, extensions }: Params): string | undefined | GraphQLError {
  const apq = extensions?.persistedQuery as { version?: unknown; sha256Hash?: unknown } | undefined | null;
  const given = documentId ?? apq?.sha256Hash;
  if (given === undefined) return undefined;
  const hash = String(given)
    .replace(/^sha256:/, '')
    .toLowerCase();
  return /^[0-9a-f]{64}$/.test(hash)
    ? hash
    : documentRefusal('BAD_REQUEST', 'A persisted document is named by its sha256 in hexadecimal.');
}

/** The variable given to the root field's `after`, unless the document uses it elsewhere too. */
function afterVariableOf(document: DocumentNode, node: OperationDefinitionNode): string | null {
  if (node.operation !== OperationTypeNode.SUBSCRIPTION) return null;
  const field = node.selectionSet.selections.find((selection) => selection.kind === Kind.FIELD);
  const value = field?.arguments?.find((argument) => argument.name.value === 'after')?.value;
  if (value?.kind !== Kind.VARIABLE) return null;
  const name = value.name.value;
  let uses = 0;
  visit(document, {
    Variable(variable) {
      if (variable.name.value === name) uses++;
    },
  });
  return uses === 2 ? name : null; // its definition and this use
}
