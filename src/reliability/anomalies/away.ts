import { DomainError } from '../../kernel/errors.ts';

/** SQLSTATE classes and socket errors of a database that cannot be reached or is going down. */
const AWAY = /^(08\w{3}|57P0[1-5]|53300|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ENOTFOUND|ETIMEDOUT|EAI_AGAIN)$/;
const SAYS =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i;

/** The error, or a typed UNAVAILABLE for a database that is away: the caller may send the same again. */
export function unavailable(error: unknown): unknown {
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  const { code } = error as { code?: string };
  if (!AWAY.test(code ?? '') && !SAYS.test(error.message)) return error;
  return new DomainError(
    'UNAVAILABLE',
    'The database cannot be reached; send it again, with the same idempotencyKey if it has one.',
  );
}
