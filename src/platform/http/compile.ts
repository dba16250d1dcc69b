import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';

type MaybePromise<T> = T | Promise<T>;

/** Runs one operation; for a subscription: maps one event, given as `root`. */
export type Execute = (
  root: unknown,
  context: object,
  variables: Record<string, unknown>,
) => MaybePromise<ExecutionResult>;

/**
 * An executor that compiles the operation when it is asked for a second time: compiling costs milliseconds, which
 * a document that never returns would waste.
 */
export function createExecutor(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  isTrusted: boolean,
): Execute {
  const operationName = operation.name?.value;
  const isSubscription = operation.operation === 'subscription';
  let compiled: Execute | undefined;
  let runs = 0;

  const interpret: Execute = (rootValue, contextValue, variableValues) =>
    execute({ schema, document, operationName, rootValue, contextValue, variableValues });

  const compile = (): Execute => {
    const result = compileQuery(schema, document, operationName);
    if (!isCompiledQuery(result)) return interpret;
    return result.query as Execute;
  };

  return (root, context, variables) => {
    if (!compiled && (isTrusted || isSubscription || ++runs > 1)) compiled = compile();
    return (compiled ?? interpret)(root, context, variables);
  };
}
