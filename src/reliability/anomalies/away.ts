import { DomainError } from '../../kernel/errors.ts';
import { DatabaseAway } from '../../platform/db/away.ts';

/** The error, or a typed UNAVAILABLE for a database that is away: the caller may send the same again. */
export function unavailable(error: unknown): unknown {
  if (!(error instanceof DatabaseAway)) return error;
  return new DomainError(
    'UNAVAILABLE',
    'The database cannot be reached; send it again, with the same idempotencyKey if it has one.',
  );
}
