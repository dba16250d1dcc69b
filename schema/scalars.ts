import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import {
  CountryCodeResolver,
  CurrencyResolver,
  DateTimeISOResolver,
  EmailAddressResolver,
  JSONResolver,
  LatitudeResolver,
  LongitudeResolver,
  NonNegativeIntResolver,
  PositiveIntResolver,
  TimeZoneResolver,
  UUIDResolver,
} from 'graphql-scalars';
import { builder } from './builder.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

function parseInteger(name: string, value: unknown, min: bigint): bigint {
  const isWhole = typeof value === 'string' ? /^-?\d{1,19}$/.test(value) : Number.isSafeInteger(value);
  if (!isWhole) throw new GraphQLError(`${name} is a whole number written as a string, such as "1250".`);
  const integer = BigInt(value as string | number);
  if (integer < min || integer > MAX) throw new GraphQLError(`${name} must be between ${min} and ${MAX}.`);
  return integer;
}

function integerScalar(name: string, description: string, min: bigint): GraphQLScalarType<bigint, string> {
  return new GraphQLScalarType<bigint, string>({
    name,
    description,
    serialize: (value) => String(value),
    parseValue: (value) => parseInteger(name, value, min),
    parseLiteral: (node) => {
      if (node.kind !== Kind.INT && node.kind !== Kind.STRING)
        throw new GraphQLError(`${name} is a whole number.`);
      return parseInteger(name, node.value, min);
    },
  });
}

/** RFC 3339 knows a year 0, which Postgres has not; an offset can lead out of the years with four digits. */
const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

function inCalendar(instant: Date): Date {
  if (instant.getTime() >= FIRST && instant.getTime() <= LAST) return instant;
  throw new GraphQLError('DateTime must be in the years 0001 to 9999, in UTC.');
}

const dateTime = new GraphQLScalarType<Date, unknown>({
  ...DateTimeISOResolver.toConfig(),
  parseValue: (value) => inCalendar(DateTimeISOResolver.parseValue(value)),
  parseLiteral: (node, variables) => inCalendar(DateTimeISOResolver.parseLiteral(node, variables)),
});

const parseLoose = (value: unknown): unknown => {
  if (typeof value !== 'object' && typeof value !== 'function') return value;
  throw new GraphQLError('LooseNumber is a number or its text, such as 12.5 or "12.5".');
};

/** For imports: a wrong number must spoil its item, not the whole call. */
const looseNumber = new GraphQLScalarType<unknown, unknown>({
  name: 'LooseNumber',
  description:
    'A number of an import, or its text. Anything else is refused for its item alone, so that the rest of the batch is kept.',
  serialize: (value) => value,
  parseValue: parseLoose,
  parseLiteral: (node) => parseLoose('value' in node ? node.value : node),
});

builder.addScalarType(
  'BigInt',
  integerScalar('BigInt', 'A 64-bit integer as a string, because JSON numbers lose digits above 2^53.', MIN),
);
builder.addScalarType(
  'Seq',
  integerScalar(
    'Seq',
    'A position in the tenant’s event log: 0 is before the first event. A string-encoded integer.',
    0n,
  ),
);
builder.addScalarType('LooseNumber', looseNumber);
builder.addScalarType('DateTime', dateTime);
builder.addScalarType('UUID', UUIDResolver);
builder.addScalarType('Currency', CurrencyResolver);
builder.addScalarType('CountryCode', CountryCodeResolver);
builder.addScalarType('TimeZone', TimeZoneResolver);
builder.addScalarType('EmailAddress', EmailAddressResolver);
builder.addScalarType('Latitude', LatitudeResolver);
builder.addScalarType('Longitude', LongitudeResolver);
builder.addScalarType('PositiveInt', PositiveIntResolver);
builder.addScalarType('NonNegativeInt', NonNegativeIntResolver);
builder.addScalarType('JSON', JSONResolver);
