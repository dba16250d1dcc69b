/**
 * The closed set of expected refusals (spec 0.10). Thrown anywhere in `src`, listed per mutation in
 * `schema`, returned as typed unions; everything else that is thrown is a bug and gets masked.
 */
export const ERROR_CODES = [
  'VALIDATION_ERROR',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'VERSION_CONFLICT',
  'INVALID_TRANSITION',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENT_REQUEST_IN_PROGRESS',
  'RATE_LIMITED',
  'LIMIT_EXCEEDED',
  'HELD',
  'CURRENCY_MISMATCH',
  'CAPACITY_EXHAUSTED',
  'NOT_ROUTABLE',
  'NOT_FLYABLE',
  'NEEDS_APPROVAL',
  'PROVIDER_UNAVAILABLE',
  'FLEET_UNAVAILABLE',
  'EVENTS_EXPIRED',
  'INVALID_FLAG_VALUE',
  'UNAVAILABLE',
  'ALREADY_CLAIMED',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Base of every expected refusal: a stable code, a sentence that says what would be right, open details. */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** One wrong input value: `field` is a dotted path such as `orders.3.currency`. */
export class ValidationError extends DomainError {
  readonly field: string;

  constructor(field: string, message: string) {
    super('VALIDATION_ERROR', message, { field });
    this.field = field;
  }
}

/** The thing does not exist for this tenant. Another tenant's thing looks exactly the same. */
export class NotFoundError extends DomainError {
  constructor(kind: string, id: string) {
    super('NOT_FOUND', `No ${kind} with id "${id}".`, { kind, id });
  }
}

/** No valid credential was presented. */
export class UnauthenticatedError extends DomainError {
  constructor(message: string) {
    super('UNAUTHENTICATED', message);
  }
}

/** The credential is valid but lacks a scope; `requiredScopes` are those of which one would do. */
export class ForbiddenError extends DomainError {
  constructor(message: string, requiredScopes?: readonly string[]) {
    super('FORBIDDEN', message, requiredScopes && { requiredScopes });
  }
}

/** Somebody else changed the thing first; read it again and retry. */
export class VersionConflictError extends DomainError {
  constructor(
    kind: string,
    expected: number,
    actual: number,
    text = `This ${kind} is at version ${actual}, not ${expected}; read it again and retry.`,
  ) {
    super('VERSION_CONFLICT', text, { expected, actual });
  }
}

/** The state machine has no such arrow. */
export class InvalidTransitionError extends DomainError {
  constructor(kind: string, from: string, to: string, why?: string) {
    const article = /^[aeiou]/.test(kind) ? 'An' : 'A';
    const sentence = `${article} ${kind} cannot go from ${from} to ${to}`;
    super('INVALID_TRANSITION', why ? `${sentence}: ${why}` : `${sentence}.`, { from, to });
  }
}

/** Two currencies were added or compared without a conversion. */
export class CurrencyMismatchError extends DomainError {
  constructor(a: string, b: string) {
    super('CURRENCY_MISMATCH', `${a} and ${b} cannot be combined without an explicit conversion.`, { a, b });
  }
}

/** The subscriber asks for events that retention has already removed. */
export class EventsExpiredError extends DomainError {
  constructor(after: bigint, oldest: bigint) {
    super(
      'EVENTS_EXPIRED',
      `Events after ${after} are no longer kept; the oldest one available is ${oldest}. Start from after: "${oldest - 1n}" or omit it.`,
      { after: after.toString(), oldest: oldest.toString() },
    );
  }
}

/** A value that a flag of this type cannot have (spec k.1); `field` names where it was given. */
export class InvalidFlagValueError extends DomainError {
  constructor(field: string, message: string) {
    super('INVALID_FLAG_VALUE', message, { field });
  }
}
