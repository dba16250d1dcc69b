import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';

/** One request with one value in it that no caller should send. */
export interface Attempt {
  /** E.g. `orders filter.source`. */
  place: string;
  query: string;
  variables: Record<string, unknown>;
}

type Field = GraphQLField<unknown, unknown>;

/** Right values by which the hostile one beside them is reached: ids of things there are, by type. */
export type Ids = Readonly<Record<string, string>>;

const UUID = '01a1fd72-1d17-7450-b27c-25ef3767fb3b';
const globalId = (type: string, id = UUID) => Buffer.from(`${type}:${id}`).toString('base64');

const TEXTS = ['', 'a\u0000b', '\ud800', '__proto__', 'x'.repeat(20_000), '-1', '2026-02-30', '9'.repeat(30)];
const HOSTILE: Record<string, unknown[]> = {
  ID: [
    ...[globalId('Flag', '0'), globalId('Nope'), globalId('Tenant'), globalId('HealthIncident', 'x')],
    ...['', '\u0000', '__proto__', 'Offer:1', globalId('Offer', 'a\u0000'), 'x'.repeat(20_000)],
  ],
  Int: [-1, 0, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 1.5],
  PositiveInt: [0, 2 ** 31 - 1, 2 ** 53],
  NonNegativeInt: [-1, 2 ** 31 - 1, 2 ** 53],
  Float: [-1, 0, 1e308, -1e308, 5e-324, '1'],
  Latitude: [90, -90, 91],
  Longitude: [180, -180, 1e308],
  BigInt: ['9223372036854775807', '-9223372036854775808', '9223372036854775808', '12.5', '', '-1'],
  Seq: ['0', '9223372036854775807', '9223372036854775808', '-1', '1.5'],
  LooseNumber: [-1, 1e308, 'NaN', '1e400', {}, '\u0000'],
  DateTime: [
    ...['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '0000-01-01T00:00:00Z', '1969-12-31T23:59:59Z'],
    ...['2026-02-30T00:00:00Z', '9999-12-31T23:59:59-12:00', 'soon', ''],
  ],
  UUID: ['00000000-0000-0000-0000-000000000000', 'x', ''],
  JSON: ['\u0000', { '\u0000': 1 }, { a: '\ud800' }, [], 1e308, { constructor: { prototype: 1 } }, true],
  Boolean: ['true'],
  CountryCode: ['XX', 'ZZ', ''],
  Currency: ['XXX', 'eur', ''],
  TimeZone: ['Mars/Olympus', ''],
  EmailAddress: ['x', `${'x'.repeat(300)}@example.com`],
};

const USUAL: Record<string, unknown> = {
  ...{ Int: 1, PositiveInt: 1, NonNegativeInt: 1, Float: 1, Latitude: 50, Longitude: 8, BigInt: '100' },
  ...{ Seq: '1', LooseNumber: 1, JSON: 'x', Boolean: true, DateTime: '2026-11-20T12:00:00Z', UUID },
  ...{ CountryCode: 'DE', Currency: 'EUR', TimeZone: 'Europe/Berlin', EmailAddress: 'a@example.com' },
};

interface Place {
  type: GraphQLInputType;
  name: string;
  description?: string | null | undefined;
}

/** What would be right, as far as the schema tells it. */
function usual({ type, name, description }: Place, ids: Ids): unknown {
  if (isNonNullType(type)) return usual({ type: type.ofType, name, description }, ids);
  if (isListType(type)) return [usual({ type: type.ofType, name, description }, ids)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const given = type.isOneOf ? fields.slice(0, 1) : fields.filter(isRequiredInputField);
    return Object.fromEntries(given.map((field) => [field.name, usual(field, ids)]));
  }
  if (type.name === 'ID') {
    const kind = /(\w+)\.id/.exec(description ?? '')?.[1] ?? 'Offer';
    return ids[kind] ?? globalId(kind);
  }
  return USUAL[type.name] ?? (/currency/i.test(name) ? 'EUR' : 'usual');
}

/** Hostile values of a place; of an input object one field at a time. */
function* hostile(at: Place, ids: Ids, depth = 0): Generator<[string, unknown]> {
  const { type, name } = at;
  if (isNonNullType(type)) {
    yield* given({ ...at, type: type.ofType }, ids, depth);
  } else {
    yield [name, null];
    yield* given(at, ids, depth);
  }
}

function* given(at: Place, ids: Ids, depth: number): Generator<[string, unknown]> {
  const { type, name } = at;
  if (isListType(type)) {
    const item = { ...at, type: type.ofType as GraphQLInputType };
    yield [name, []];
    yield [name, Array.from({ length: 101 }, () => usual(item, ids))];
    for (const [place, value] of hostile(item, ids, depth)) yield [place, [value]];
  } else if (isEnumType(type)) {
    yield [name, 'NOPE'];
  } else if (!isInputObjectType(type)) {
    const values = HOSTILE[getNamedType(type).name] ?? TEXTS;
    for (const value of values) yield [name, value];
  } else if (depth <= 4) {
    const whole = usual(at, ids) as object;
    for (const field of Object.values(type.getFields())) {
      const inside = { ...field, name: `${name}.${field.name}` };
      for (const [place, value] of hostile(inside, ids, depth + 1))
        yield [place, { ...(!type.isOneOf && whole), [field.name]: value }];
    }
  }
}

const fieldsOf = (type: GraphQLNamedType): Field[] =>
  Object.values((type as unknown as { getFields(): Record<string, Field> }).getFields());

/** Own values of what is answered and of what it points to; of a refusal what it says. */
function selection(type: GraphQLNamedType, depth = 1): string {
  if (isLeafType(type)) return '';
  if (isInterfaceType(type)) return '{ __typename }';
  if (isAbstractType(type)) return '{ __typename ... on UserError { code message path } }';
  const chosen = fieldsOf(type)
    .filter((field) => !field.args.some(isRequiredArgument))
    .map((field) => [field.name, getNamedType(field.type)] as const)
    .filter(([, inner]) => isLeafType(inner) || depth > 0);
  return `{ __typename ${chosen.map(([name, inner]) => `${name} ${selection(inner, depth - 1)}`).join(' ')} }`;
}

function* attemptsAt(kind: 'query' | 'mutation', field: Field, ids: Ids): Generator<Attempt> {
  for (const argument of field.args) {
    const sent = field.args.filter((other) => other === argument || isRequiredArgument(other));
    const declared = sent.map(({ name, type }) => `$${name}: ${type}`).join(', ');
    const args = sent.map(({ name }) => `${name}: $${name}`).join(', ');
    const query = `${kind} (${declared}) { ${field.name}(${args}) ${selection(getNamedType(field.type))} }`;
    const right = Object.fromEntries(sent.map((other) => [other.name, usual(other, ids)]));
    for (const [place, value] of hostile(argument, ids)) {
      const variables = { ...right, [argument.name]: value };
      yield { place: `${field.name} ${place}`, query, variables };
    }
  }
}

/** Every argument of every query and mutation, one after the other, with everything that it should not be. */
export function* attempts(schema: GraphQLSchema, ids: Ids): Generator<Attempt> {
  for (const field of fieldsOf(schema.getQueryType() as GraphQLNamedType))
    yield* attemptsAt('query', field, ids);
  for (const field of fieldsOf(schema.getMutationType() as GraphQLNamedType))
    yield* attemptsAt('mutation', field, ids);
}

/** Lists by which ids of things there are can be had, with the type of the things. */
export function listsOf(schema: GraphQLSchema): [name: string, type: string][] {
  return fieldsOf(schema.getQueryType() as GraphQLNamedType).flatMap((field): [string, string][] => {
    const type = getNamedType(field.type);
    const isList = type.name.endsWith('Connection') && !field.args.some(isRequiredArgument);
    const isNode = schema.getType(type.name.replace(/Connection$/, ''));
    return isList && isNode && 'getFields' in isNode && fieldsOf(isNode as never).some((f) => f.name === 'id')
      ? [[field.name, isNode.name]]
      : [];
  });
}
