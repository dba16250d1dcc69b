import type { GetEnvelopedFn } from '@envelop/core';
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import { LiveStream } from '../events/live-stream.ts';
import type { Documents, Operation, Prepared } from './documents.ts';
import { type EnvelopContext, EXECUTE, PREPARED } from './envelop-context.ts';
import { documentRefusal, isOurFault, type Masker, refusal } from './errors.ts';
import type { Metrics } from './metrics.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Call, GraphQLHost, Limits, Params } from './types.ts';

/** A GraphQL answer, masked; `extensions.http` of its errors is for the transport and never sent. */
export type Result = Pick<ExecutionResult, 'data' | 'errors' | 'extensions'>;

/** An operation that passed every check and may start. */
export interface Ready {
  readonly prepared: Prepared & { document: DocumentNode };
  readonly operation: Operation;
  readonly variables: Record<string, unknown>;
  readonly context: object;
  readonly call: Call;
  readonly cost: number;
  execute(root: unknown, context?: object): Promise<Result>;
}

/** Why an operation may not start. */
export type Refusal = GraphQLError | { errors: readonly GraphQLError[] };

/** What a subscription field gave: a stream we can share, another iterable, or errors. */
export type Opened = LiveStream | AsyncIterable<unknown> | Result;

/** The way of every operation, whatever carried it. */
export class Pipeline {
  private readonly schema: GraphQLSchema;
  private readonly parts: {
    host: GraphQLHost;
    documents: Documents;
    limits: Limits;
    rate: RateLimit;
    masker: Masker;
    metrics: Metrics;
    getEnveloped: GetEnvelopedFn<object>;
  };

  constructor(parts: Pipeline['parts']) {
    this.parts = parts;
    this.schema = parts.host.schema;
  }

  /** A query or mutation from parameters to masked answer. Never throws. */
  async run(params: Params, call: Call): Promise<Result> {
    const started = performance.now();
    let label = 'other';
    let isError = false;
    let isWaiting = false;
    try {
      const ready = await this.prepare(params, call);
      if (!('operation' in ready)) return this.refused(ready, call);
      label = ready.operation.label;
      isWaiting = ready.operation.isWaiting;
      if (ready.operation.kind === 'subscription') {
        return this.refused(
          refusal('BAD_REQUEST', 'A subscription needs WebSocket or "accept: text/event-stream".', {
            status: 406,
          }),
          call,
        );
      }
      const result = await ready.execute(undefined);
      isError = result.errors?.some(isOurFault) ?? false;
      if (!call.wantsCost) return result;
      const cost = { requested: ready.cost, limit: this.parts.limits.cost };
      return { ...result, extensions: { ...result.extensions, cost } };
    } catch (error) {
      const masked = this.parts.masker.request(error, call.requestId);
      isError = isOurFault(masked);
      return { errors: [masked] };
    } finally {
      const ms = performance.now() - started;
      this.parts.metrics.operation(label, ms);
      this.parts.host.onAnswer?.(call.session.tenantId, isWaiting ? null : ms, isError);
    }
  }

  /** A refusal, counted and masked. */
  refused(error: Refusal, call: Call): Result {
    const errors = error instanceof GraphQLError ? [error] : error.errors;
    return { errors: errors.map((one) => this.parts.masker.request(one, call.requestId)) };
  }

  /** Everything before execution: rate limit, document, permission to run at all, cost. */
  async prepare(params: Params, call: Call): Promise<Ready | Refusal> {
    const limited = await this.parts.rate.take(call.session.credential, call.address);
    if (limited) return limited;
    const prepared = this.parts.documents.find(params);
    if (prepared instanceof GraphQLError) return prepared;
    const operation = operationNamed(prepared, params.operationName ?? null);
    const variables = params.variables ?? {};

    // Written on the context itself: an object made from it would turn every context into a slow prototype.
    const context = call.context as EnvelopContext & Record<string, unknown>;
    context[PREPARED] = prepared;
    context[EXECUTE] = operation?.execute;
    // What Yoga's plugins look at.
    context.params = params;
    context.request = call;
    const enveloped = this.parts.getEnveloped(context as never);
    const document = parsed(() => enveloped.parse(prepared.text) as DocumentNode);
    if (document instanceof GraphQLError) return document;
    const errors = enveloped.validate(enveloped.schema, document) as readonly GraphQLError[] | undefined;
    if (errors && errors.length > 0) return { errors };
    if (!operation) {
      return documentRefusal(
        'OPERATION_RESOLUTION_FAILURE',
        'Say by "operationName" which operation to run.',
      );
    }
    const { cost, error } = operation.cost(variables);
    if (error) return error;
    const contextValue = (await enveloped.contextFactory()) as object;
    const { masker } = this.parts;
    const executeMasked = async (root: unknown, eventContext: object = contextValue): Promise<Result> => {
      const result = await enveloped.execute({
        schema: enveloped.schema,
        document,
        rootValue: root,
        contextValue: eventContext,
        variableValues: variables,
        operationName: params.operationName ?? undefined,
      });
      return masker.result(result as ExecutionResult, call.requestId);
    };
    return {
      prepared: prepared as Ready['prepared'],
      operation,
      variables,
      context: contextValue,
      call,
      cost,
      execute: executeMasked,
    };
  }

  /** Asks the subscription field for its stream: permission and arguments are checked here. */
  async open(ready: Ready): Promise<Opened> {
    const { masker } = this.parts;
    try {
      const source = await createSourceEventStream({
        schema: this.schema,
        document: ready.prepared.document,
        contextValue: ready.context,
        variableValues: ready.variables,
        operationName: ready.operation.name ?? undefined,
      });
      if (source instanceof LiveStream || Symbol.asyncIterator in source) return source;
      return masker.result(source as ExecutionResult, ready.call.requestId);
    } catch (error) {
      return { errors: [masker.request(error, ready.call.requestId)] };
    }
  }
}

function operationNamed(prepared: Prepared, name: string | null): Operation | undefined {
  const { operations } = prepared;
  if (name === null) return operations.length === 1 ? operations[0] : undefined;
  return operations.find((operation) => operation.name === name);
}

function parsed(parse: () => DocumentNode): DocumentNode | GraphQLError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}
