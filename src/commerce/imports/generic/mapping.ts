import { ValidationError } from '../../../kernel/errors.ts';
import type { Raw } from '../../ingest/index.ts';
import type { FileKind } from '../types.ts';

const PLACES = ['pickup', 'delivery'].flatMap((place) =>
  ['country', 'lat', 'lon'].map((part) => `${place}.${part}`),
);
const LINE = ['sku', 'name', 'category', 'quantity', 'unitPrice', 'unitPriceMinor', 'kind'];
const COMMON = [
  'externalId',
  'version',
  'updatedAt',
  'customerExternalId',
  'customerSource',
  'currency',
  'status',
];

/** What a column may become, by kind: the names of the API's input fields; a dot goes one level down. */
export const FIELDS: Record<FileKind, readonly string[]> = {
  customers: [
    ...['externalId', 'version', 'updatedAt', 'email', 'name', 'country', 'signedUpAt', 'churnedAt'],
    'acceptsMarketing',
  ],
  orders: [
    ...[...COMMON, 'cartExternalId', 'cartSource', 'channel', 'total', 'totalMinor', 'placedAt', 'paidAt'],
    ...[...PLACES, 'weightGrams', 'isHazardous', ...LINE.map((field) => `items.${field}`)],
  ],
  carts: [
    ...[...COMMON, 'email', 'value', 'valueMinor', 'startedAt', 'lastActivityAt'],
    ...LINE.map((field) => `items.${field}`),
  ],
  payments: [
    ...[...COMMON, 'orderExternalId', 'orderSource', 'amount', 'amountMinor', 'refunded', 'refundedMinor'],
    ...['attempt', 'method', 'declineCode', 'attemptedAt', 'capturedAt', 'refundedAt', 'isCreditNote'],
  ],
};

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** `order_id`, `id` and the like for externalId; a line's fields may leave out "items". */
function namesOf(kind: FileKind): Map<string, string> {
  const names = new Map<string, string>();
  for (const field of FIELDS[kind]) {
    names.set(plain(field), field);
    if (field.startsWith('items.') && !FIELDS[kind].includes(field.slice(6))) {
      names.set(plain(field.slice(6)), field);
      names.set(plain(`item_${field.slice(6)}`), field);
    }
  }
  const one = kind.slice(0, -1);
  for (const name of ['id', `${one}id`]) names.set(name, 'externalId');
  for (const other of ['customer', 'order', 'cart']) {
    if (other !== one && names.has(`${other}externalid`)) names.set(`${other}id`, `${other}ExternalId`);
  }
  return names;
}

/** The field of each column, null for columns that are not used. Throws ValidationError naming what would be right. */
export function mapColumns(
  kind: FileKind,
  header: readonly string[],
  map: Record<string, string> = {},
): (string | null)[] {
  const names = namesOf(kind);
  const given = new Map(Object.entries(map));
  const fields = header.map((column) => {
    const field = given.get(column.trim());
    given.delete(column.trim());
    return field ?? names.get(plain(column)) ?? null;
  });
  const [unknown] = given.keys();
  if (unknown !== undefined) {
    throw new ValidationError('map', `There is no column "${unknown}"; the file has ${header.join(', ')}.`);
  }
  const wrong = fields.find((field) => field !== null && !FIELDS[kind].includes(field));
  if (wrong)
    throw new ValidationError(
      'map',
      `${kind} have no field "${wrong}"; use one of ${FIELDS[kind].join(', ')}.`,
    );
  const twice = fields.find((field, i) => field !== null && fields.indexOf(field) !== i);
  if (twice)
    throw new ValidationError('map', `Two columns become ${twice}; map one of them with --map column=field.`);
  if (!fields.includes('externalId')) {
    const hint = `None of ${header.join(', ').slice(0, 300)} is the externalId; say which one with --map column=externalId.`;
    throw new ValidationError('map', hint);
  }
  return fields;
}

/** A csv row as an item: cells under their fields, dots one level down; empty cells are absent. */
export function toItem(
  fields: readonly (string | null)[],
  cells: readonly string[],
): { item: Raw; line: Raw | null } {
  const item: Raw = {};
  let line: Raw | null = null;
  for (const [i, field] of fields.entries()) {
    const cell = cells[i];
    if (field === null || cell === undefined || cell === '') continue;
    const dot = field.indexOf('.');
    if (dot === -1) item[field] = cell;
    else if (field.startsWith('items.')) {
      line ??= {};
      line[field.slice(6)] = cell;
    } else {
      const part = field.slice(0, dot);
      item[part] = { ...(item[part] as object), [field.slice(dot + 1)]: cell };
    }
  }
  return { item, line };
}
