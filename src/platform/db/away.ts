/** SQLSTATEs and socket errors of a database that cannot be reached, is starting, going down or full. */
const CODES =
  /^(08\w{3}|57P0[1-5]|53300|ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ENOENT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EAI_AGAIN)$/;
/** What the driver and the server say where the code tells nothing. */
const WORDS =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable|not currently accepting connections/i;

/**
 * The database could not be reached, or the connection broke before it answered: nobody knows whether a COMMIT under
 * way came through. Not a DomainError, because nothing was refused: what treats refusals as final must try again instead.
 * Callers of the API are told UNAVAILABLE.
 */
export class DatabaseAway extends Error {
  /** SQLSTATE or socket code, as the driver said it. */
  readonly code: string | undefined;

  constructor(cause: Error & { code?: string }) {
    super(cause.message, { cause });
    this.name = 'DatabaseAway';
    this.code = cause.code;
  }
}

/** Whether the driver gave up waiting for an answer (`query_timeout`). */
export const isSilence = (error: Error): boolean => error.message === 'Query read timeout';

/** The error of a statement or a connection, as DatabaseAway when that is what it means. */
export function databaseError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseAway) return error;
  const { code } = error as { code?: unknown };
  const isAway = CODES.test(String(code)) || WORDS.test(error.message) || isSilence(error);
  return isAway ? new DatabaseAway(error as Error & { code?: string }) : error;
}

/** What the database answers; rejects with DatabaseAway when it cannot. */
export async function answered<T>(answer: PromiseLike<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw databaseError(error);
  }
}
