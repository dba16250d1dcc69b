import type { InputRef } from '@pothos/core';
import { encodeGlobalID } from '@pothos/plugin-relay';
import type {
  ImportBatch,
  ItemError,
  ItemErrorCode,
  ItemResult,
  Outcome,
  Raw,
} from '../../src/commerce/ingest/index.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { COMMON_ERRORS } from '../errors.ts';

export const ImportOutcomeEnum = builder.enumType('ImportOutcome', {
  description: 'What became of one item.',
  values: {
    CREATED: { description: 'It is new.' },
    UPDATED: { description: 'It replaced what was stored under the same source and externalId.' },
    UNCHANGED: { description: 'The same was stored already: sending twice is harmless.' },
    IGNORED_OLDER: { description: 'A newer version is stored; nothing was changed.' },
    REJECTED: { description: 'It is wrong; see `error`. The rest of the batch is not affected.' },
  } satisfies Record<Outcome, { description: string }>,
});

const ImportErrorCodeEnum = builder.enumType('ImportErrorCode', {
  description: 'Why an item was rejected.',
  values: {
    REQUIRED: { description: 'The field is missing.' },
    INVALID: { description: 'Not a value of this field’s kind.' },
    OUT_OF_RANGE: { description: 'Less or more than the field can be.' },
    TOO_LONG: { description: 'More characters or lines than are kept.' },
    UNKNOWN_CURRENCY: { description: 'No active ISO 4217 code.' },
    UNKNOWN_COUNTRY: { description: 'No ISO 3166-1 alpha-2 code.' },
    SUSPECT_COORDINATES: { description: 'Exactly (0, 0): nearly always a missing value.' },
    DUPLICATE: { description: 'An earlier item of the batch has the same externalId; that one counts.' },
    CONFLICT: { description: 'Contradicts another field of the item.' },
    NOT_FOUND: { description: 'Names a customer, cart or order that this tenant does not have.' },
  } satisfies Record<ItemErrorCode, { description: string }>,
});

const ImportItemErrorType = builder.objectRef<ItemError>('ImportItemError').implement({
  description: 'Why an item was rejected.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'Path inside the item, e.g. "items.2.quantity".' }),
    code: t.field({ type: ImportErrorCodeEnum, description: 'For programs.', resolve: (e) => e.code }),
    message: t.exposeString('message', { description: 'What is wrong and what would be right, in English.' }),
  }),
});

type NodeName = 'Customer' | 'Order' | 'Cart' | 'Payment' | null;

interface Imported {
  node: NodeName;
  results: ItemResult[];
}

const ImportItemResultType = builder
  .objectRef<ItemResult & { node: NodeName }>('ImportItemResult')
  .implement({
    description: 'What became of one item, in the order of the batch.',
    fields: (t) => ({
      index: t.exposeInt('index', { description: 'Position in the batch, from 0.' }),
      externalId: t.exposeString('externalId', {
        description: 'As sent, at most 200 characters; empty when it was missing.',
      }),
      outcome: t.field({ type: ImportOutcomeEnum, description: 'What was done.', resolve: (r) => r.outcome }),
      id: t.id({
        nullable: true,
        description: 'Global id of what is stored; null when rejected, and for error reports.',
        resolve: ({ node, id }) => (node && id ? encodeGlobalID(node, id) : null),
      }),
      error: t.field({
        type: ImportItemErrorType,
        nullable: true,
        description: 'Why it was rejected.',
        resolve: (result) => result.error ?? null,
      }),
    }),
  });

const count = (results: readonly ItemResult[], outcome: Outcome): number =>
  results.filter((result) => result.outcome === outcome).length;

const ImportCountsType = builder.objectRef<readonly ItemResult[]>('ImportCounts').implement({
  description: 'Items of a batch by outcome.',
  fields: (t) => ({
    created: t.int({ description: 'New ones.', resolve: (all) => count(all, 'CREATED') }),
    updated: t.int({ description: 'Changed ones.', resolve: (all) => count(all, 'UPDATED') }),
    unchanged: t.int({ description: 'Stored before.', resolve: (all) => count(all, 'UNCHANGED') }),
    ignoredOlder: t.int({
      description: 'Older than what is stored.',
      resolve: (all) => count(all, 'IGNORED_OLDER'),
    }),
    rejected: t.int({ description: 'Wrong ones.', resolve: (all) => count(all, 'REJECTED') }),
  }),
});

const ImportPayload = builder.objectRef<Imported>('ImportPayload').implement({
  description: 'What became of a batch. Whatever was not rejected is stored, all in one transaction.',
  fields: (t) => ({
    results: t.field({
      type: [ImportItemResultType],
      description: 'One per item, in the order sent.',
      resolve: ({ node, results }) => results.map((result) => ({ ...result, node })),
    }),
    counts: t.field({ type: ImportCountsType, description: 'By outcome.', resolve: (p) => p.results }),
  }),
});

/** Registers `import<Kind>`: one batch of lenient items, checked one by one by the domain. */
export function importMutation(
  name: string,
  description: string,
  item: InputRef<object>,
  node: NodeName,
  verb: (scope: Context['scope'], batch: ImportBatch) => Promise<ItemResult[]>,
): void {
  const Input = builder.inputType(`${name[0]?.toUpperCase()}${name.slice(1)}Input`, {
    description: 'One batch of one source.',
    fields: (t) => ({
      source: t.string({
        required: true,
        description:
          'The system the facts come from, e.g. "shopify"; with externalId it names a fact for ever.',
      }),
      completeTo: t.field({
        type: 'DateTime',
        description: 'Everything up to here has been sent: keeps KPIs fresh when nothing happened.',
      }),
      items: t.field({ type: [item], required: true, description: 'Up to 1,000.' }),
    }),
  });
  builder.mutationField(name, (t) =>
    t.field({
      type: ImportPayload,
      description,
      authScopes: { ingest: true },
      errors: { types: [...COMMON_ERRORS] },
      args: { input: t.arg({ type: Input, required: true, description: 'The batch.' }) },
      resolve: async (_root, { input }, { scope }) => {
        const items = input.items as unknown as Raw[];
        return { node, results: await verb(scope, { ...input, items }) };
      },
    }),
  );
}

/** What every item begins with. */
export const ITEM_ID = 'Name of it in the source, 1–200 characters; must be there.';
export const ITEM_VERSION =
  'Whole number; an item older than the stored one is ignored. Default: updatedAt, else 1.';
export const ITEM_UPDATED_AT = 'Instant of its last change, taken as version in milliseconds.';
/** How instants are written in an import. */
export const INSTANT = 'ISO 8601, without a zone UTC; from 2000 to a day from now.';
