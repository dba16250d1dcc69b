import { type ExecutionResult, GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import { isBadValue } from '../../kernel/bad-value.ts';
import { DomainError, type ErrorCode } from '../../kernel/errors.ts';
import { DatabaseAway } from '../db/away.ts';
import type { Logger } from '../log/logger.ts';

/** Codes of refusals that only the transport makes; the rest is the closed set of the domain. */
export type TransportCode =
  | ErrorCode
  | 'BAD_REQUEST'
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'OPERATION_RESOLUTION_FAILURE'
  | 'PERSISTED_QUERY_NOT_FOUND'
  | 'INTERNAL';

/** HTTP facts of an error; never sent in the body. `spec`: counts only for application/graphql-response+json. */
export interface ErrorHttp {
  status: number;
  spec?: boolean;
  headers?: Record<string, string>;
}

/** A refusal before execution: the status holds for every media type. */
export function refusal(
  code: TransportCode,
  message: string,
  http: ErrorHttp,
  details: Record<string, unknown> = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { ...details, code, http } });
}

/** A document that may not run: 400 for graphql-response+json, 200 for application/json as the specification says. */
export const documentRefusal = (code: TransportCode, message: string, details?: Record<string, unknown>) =>
  refusal(code, message, { status: 400, spec: true }, details);

/** The same error with a code; keeps its place in the document. */
export function withCode(error: GraphQLError, code: TransportCode, message = error.message): GraphQLError {
  return placed(message, error, {
    ...error.extensions,
    code: error.extensions?.code ?? code,
    http: { status: 400, spec: true },
  });
}

/** Another error at the same place of document and answer. */
function placed(
  message: string,
  at: GraphQLError | undefined,
  extensions: GraphQLErrorExtensions,
): GraphQLError {
  const { source, positions, path } = at ?? {};
  const error = new GraphQLError(message, { source, positions, path, extensions });
  // Compiled documents know lines and columns but not the source.
  if (!error.locations && at?.locations) {
    Object.defineProperty(error, 'locations', { value: at.locations, enumerable: true });
  }
  return error;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

/** Whether an error says that we failed, not that the caller asked for something wrong. */
export const isOurFault = ({ extensions }: GraphQLError): boolean =>
  extensions?.code === 'INTERNAL' || extensions?.code === 'UNAVAILABLE';

export interface Masker {
  /** An error thrown before execution, e.g. by authentication. */
  request(error: unknown, requestId: string): GraphQLError;
  /** The errors of an execution result, fit to leave the house. */
  result<T extends ExecutionResult>(result: T, requestId: string): T;
}

/** Said where nobody knows the argument; fields of the schema name it (schema/bad-input.ts). */
const BAD_VALUE = 'An argument holds what cannot be looked up: an id of another kind, or a NUL character.';

/** An outage is over soon, or takes long; asking this often harms nobody. */
const RETRY_AFTER_SEC = 2;
const AWAY =
  'The database cannot be reached. Ask again in a moment; what changes something, with the same idempotencyKey.';

/**
 * Expected refusals keep their words, an absent database is UNAVAILABLE; everything else becomes "Internal error" with
 * the request id, logged once.
 */
export function createMasker(log: Logger, count: (code: string) => void): Masker {
  const away = (error: DatabaseAway, requestId: string, at?: GraphQLError): GraphQLError => {
    // No stack: it is the same for everybody who asks meanwhile.
    log.warn({ reason: error.message, requestId, path: at?.path }, 'The database is away');
    return placed(AWAY, at, { code: 'UNAVAILABLE', retryAfterSec: RETRY_AFTER_SEC, requestId });
  };
  const internal = (error: unknown, requestId: string, at?: GraphQLError): GraphQLError => {
    log.error({ err: error, requestId, path: at?.path }, 'Internal error');
    return placed('Internal error', at, { code: 'INTERNAL', requestId });
  };

  const maskField = (error: GraphQLError, requestId: string): GraphQLError => {
    const cause = rootOf(error);
    if (cause instanceof DomainError) {
      return placed(cause.message, error, { ...cause.details, code: cause.code });
    }
    if (cause instanceof DatabaseAway) return away(cause, requestId, error);
    if (isBadValue(cause)) return placed(BAD_VALUE, error, { code: 'VALIDATION_ERROR' });
    if (!(cause instanceof GraphQLError)) return internal(cause, requestId, error);
    // Errors of compiled documents may lack extensions.
    if (typeof cause.extensions?.code === 'string') return cause === error ? error : relocate(cause, error);
    if (error.path === undefined || cause.message.startsWith('Argument "')) {
      return error.path === undefined
        ? withCode(error, 'VALIDATION_ERROR')
        : relocate(cause, error, 'VALIDATION_ERROR');
    }
    return internal(cause, requestId, error);
  };

  const counted = (error: GraphQLError): GraphQLError => {
    count(String(error.extensions.code));
    return error;
  };

  return {
    request(error, requestId) {
      if (error instanceof GraphQLError && typeof error.extensions.code === 'string') return counted(error);
      if (error instanceof DomainError) {
        const http = { status: STATUS[error.code] ?? 400 };
        return counted(
          new GraphQLError(error.message, { extensions: { ...error.details, code: error.code, http } }),
        );
      }
      if (error instanceof DatabaseAway) {
        const masked = away(error, requestId);
        masked.extensions.http = { status: 503, headers: { 'retry-after': `${RETRY_AFTER_SEC}` } };
        return counted(masked);
      }
      const masked = internal(error, requestId);
      masked.extensions.http = { status: 500 };
      return counted(masked);
    },
    result(result, requestId) {
      if (!result.errors) return result;
      return { ...result, errors: result.errors.map((error) => counted(maskField(error, requestId))) };
    },
  };
}

const relocate = (cause: GraphQLError, at: GraphQLError, code?: TransportCode): GraphQLError =>
  placed(cause.message, at, { ...cause.extensions, ...(code && { code }) });

/** The error that was thrown, inside the wrappings that executors put around it. */
function rootOf(error: Error): Error {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError && cause.originalError !== cause) {
    cause = cause.originalError;
  }
  return cause;
}
