import type { IncomingMessage, ServerResponse } from 'node:http';
import { GraphQLError } from 'graphql';
import { parseJson, readBody } from './body.ts';
import { exceeded } from './limits.ts';
import { badRequest, checkParams } from './params.ts';
import type { Pipeline, Result } from './pipeline.ts';
import type { Call, Limits, TakeCall } from './types.ts';

/** The parameters of a JSON POST: one operation, or a batch. Rejects with a typed refusal. */
export async function readParams(request: IncomingMessage, limits: Limits): Promise<unknown> {
  return parseJson(await readBody(request, limits.bodyBytes));
}

/** Runs what a JSON POST asks for, without any copy of request or response in between. */
export async function runJson(
  body: unknown,
  call: Call,
  another: TakeCall,
  pipeline: Pipeline,
  limits: Limits,
): Promise<Result | Result[]> {
  if (!Array.isArray(body)) return runOne(body, call, pipeline);
  if (body.length === 0) return pipeline.refused(badRequest('A batch holds at least one operation.'), call);
  const tooMany = exceeded('batch', body.length, limits.batch);
  if (tooMany) return pipeline.refused(tooMany, call);
  return Promise.all(body.map(async (one, i) => runOne(one, i === 0 ? call : await another(), pipeline)));
}

function runOne(value: unknown, call: Call, pipeline: Pipeline): Result | Promise<Result> {
  const params = checkParams(value);
  return params instanceof GraphQLError ? pipeline.refused(params, call) : pipeline.run(params, call);
}

/** True while somebody is there to hear the answer. */
export const isListening = (response: ServerResponse): boolean =>
  !response.destroyed && !response.writableEnded;
