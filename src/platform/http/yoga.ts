import { GraphQLError } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import { type EnvelopContext, EXECUTE, PREPARED } from './envelop-context.ts';
import { checkParams } from './params.ts';
import type { Pipeline, Result } from './pipeline.ts';
import type { GraphQLHost, Params, TakeCall } from './types.ts';

export const PATH = '/graphql';

/** What Yoga is handed per request. */
export interface YogaContext {
  take: TakeCall;
}

export type Yoga = ReturnType<typeof makeYoga>;

/** Envelop: documents come parsed, validated and compiled from our cache; other plugins see every step. */
function usePrepared(): Plugin<EnvelopContext> {
  return {
    onParse({ context, setParsedDocument }) {
      const prepared = (context as EnvelopContext)[PREPARED];
      // An Error in place of a document is thrown by envelop, as a parser would.
      if (prepared) setParsedDocument((prepared.document ?? prepared.syntaxError) as never);
    },
    onValidate({ context, setResult }) {
      const prepared = (context as EnvelopContext)[PREPARED];
      if (prepared) setResult(prepared.errors);
    },
    onExecute({ args, setExecuteFn }) {
      const execute = (args.contextValue as EnvelopContext)[EXECUTE];
      if (execute) {
        setExecuteFn((running) =>
          execute(running.rootValue, running.contextValue as object, running.variableValues ?? {}),
        );
      }
    },
  };
}

/** Requests that Yoga parsed (other media types) run through the same pipeline as the straight way. */
function usePipeline(pipeline: () => Pipeline): Plugin<YogaContext> {
  return {
    onParams: async ({ params, context, setResult }) => {
      const checked = checkParams(params);
      const { take } = context as unknown as YogaContext;
      const result: Result =
        checked instanceof GraphQLError
          ? { errors: [checked] }
          : await pipeline().run(checked as Params, await take());
      setResult(result as never);
    },
  };
}

/** Yoga for everything that is not the straight way, and the envelop pipeline for all. */
export function makeYoga(host: GraphQLHost, options: { batch: number }, pipeline: () => Pipeline) {
  return createYoga<YogaContext>({
    schema: host.schema,
    graphqlEndpoint: PATH,
    logging: false, // we log ourselves, once
    maskedErrors: false, // the pipeline masks, with the request id
    parserAndValidationCache: false,
    cors: false, // the same for both ways, in guard.ts
    multipart: false,
    landingPage: false,
    batching: { limit: options.batch },
    extraParamNames: ['documentId'],
    graphiql: false, // the page is our own, in graphiql.ts
    plugins: [usePrepared(), usePipeline(pipeline)] as never,
  });
}
