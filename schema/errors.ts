import {
  CurrencyMismatchError,
  DomainError,
  ERROR_CODES,
  EventsExpiredError,
  InvalidTransitionError,
  NotFoundError,
  ValidationError,
  VersionConflictError,
} from '../src/kernel/errors.ts';
import { builder } from './builder.ts';

/** The closed set of codes (spec 0.10). */
export const ErrorCodeEnum = builder.enumType('ErrorCode', {
  description: 'Stable machine code of a refusal; branch on this, never on the message.',
  values: Object.fromEntries(
    ERROR_CODES.map((code) => [code, { description: code.toLowerCase().replaceAll('_', ' ') }]),
  ) as Record<(typeof ERROR_CODES)[number], { description: string }>,
});

export const UserErrorInterface = builder.interfaceRef<DomainError>('UserError').implement({
  description: 'An expected refusal. Nothing was written.',
  fields: (t) => ({
    code: t.field({
      type: ErrorCodeEnum,
      description: 'Stable machine code.',
      resolve: (error) => error.code,
    }),
    message: t.exposeString('message', { description: 'What is wrong and what would be right, in English.' }),
    path: t.stringList({
      description:
        'Where in the input, e.g. ["orders", "3", "currency"]; empty when it is not about one field.',
      resolve: (error) => (typeof error.details.field === 'string' ? error.details.field.split('.') : []),
    }),
  }),
});

type ErrorClass = new (...args: never[]) => DomainError;

const registered: [ErrorClass, string, string][] = [
  [ValidationError, 'InvalidInput', 'One input value is wrong; `path` names it.'],
  [NotFoundError, 'NotFound', 'No such thing for this tenant.'],
  [VersionConflictError, 'VersionConflict', 'Somebody changed it first; read it again and retry.'],
  [InvalidTransitionError, 'InvalidTransition', 'The state machine has no such step.'],
  [CurrencyMismatchError, 'CurrencyMismatch', 'Two currencies cannot be combined without a conversion.'],
  [EventsExpiredError, 'EventsExpired', 'Those events are no longer kept.'],
];

for (const [type, name, description] of registered) {
  builder.objectType(type as new () => DomainError, {
    name,
    description,
    interfaces: [UserErrorInterface],
    isTypeOf: (error) => error instanceof type,
  });
}

builder.objectType(DomainError, {
  name: 'Refused',
  description: 'Any other expected refusal; see `code`.',
  interfaces: [UserErrorInterface],
  isTypeOf: (error) => error instanceof DomainError && !registered.some(([type]) => error instanceof type),
});

/** The refusals most mutations can answer with. Spread it: `errors: { types: [...COMMON_ERRORS] }`. */
export const COMMON_ERRORS = [
  ValidationError,
  NotFoundError,
  VersionConflictError,
  InvalidTransitionError,
  CurrencyMismatchError,
  DomainError,
];
