import type { EvaluationReason, FlagType, Operator } from '../../src/control/flags/index.ts';
import { builder } from '../builder.ts';

export const FlagTypeEnum = builder.enumType('FlagType', {
  description: 'What values a flag has.',
  values: {
    BOOLEAN: { description: 'true or false.' },
    STRING: { description: 'A text.' },
    NUMBER: { description: 'A number.' },
    JSON: { description: 'Any JSON.' },
  } satisfies Record<FlagType, { description: string }>,
});

export const FlagOperatorEnum = builder.enumType('FlagOperator', {
  description: 'How an attribute is compared. An attribute that the context lacks fits none, not even NEQ.',
  values: {
    EQ: { description: 'Equal to one of the values; no conversion between types.' },
    NEQ: { description: 'Equal to none.' },
    IN: { description: 'Among the values.' },
    NOT_IN: { description: 'Not among the values.' },
    GT: { description: 'A number above.' },
    GTE: { description: 'A number not below.' },
    LT: { description: 'A number below.' },
    LTE: { description: 'A number not above.' },
    CONTAINS: { description: 'A text with this part.' },
    STARTS_WITH: { description: 'A text with this beginning.' },
    ENDS_WITH: { description: 'A text with this end.' },
    BEFORE: { description: 'An earlier instant.' },
    AFTER: { description: 'A later instant.' },
    SEMVER_EQ: { description: 'The same semantic version.' },
    SEMVER_GT: { description: 'A later semantic version.' },
    SEMVER_LT: { description: 'An earlier semantic version.' },
  } satisfies Record<Operator, { description: string }>,
});

export const FlagReasonEnum = builder.enumType('FlagReason', {
  description: 'Why a value was served, in the vocabulary of OpenFeature.',
  values: {
    STATIC: { description: 'The default, which depends on nothing.' },
    TARGETING_MATCH: { description: 'A rule without a percentage, or the tenant’s own value.' },
    SPLIT: { description: 'A percentage that the unit is part of.' },
    DEFAULT: { description: 'No rule held.' },
    DISABLED: { description: 'Killed or disabled.' },
    CACHED: { description: 'Last known; the database is away.' },
    ERROR: { description: 'Your default was served; see errorCode.' },
  } satisfies Record<EvaluationReason, { description: string }>,
});
