import { deleteKv, type KvEntry, listKv, putKv, readKv } from '../../src/control/kv/index.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';

const KvKindEnum = builder.enumType('KvKind', {
  description: 'What JSON a value is.',
  values: {
    OBJECT: { description: 'An object.' },
    LIST: { description: 'A list.' },
    STRING: { description: 'A text.' },
    NUMBER: { description: 'A number.' },
    BOOLEAN: { description: 'true or false.' },
    NULL: { description: 'null.' },
  },
});

function kindOf(value: Json) {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return 'LIST';
  const kinds = { object: 'OBJECT', string: 'STRING', number: 'NUMBER', boolean: 'BOOLEAN' } as const;
  return kinds[typeof value as keyof typeof kinds];
}

const KvEntryType = builder.objectRef<KvEntry>('KvEntry').implement({
  description: 'A small named value (spec k.2).',
  fields: (t) => ({
    namespace: t.exposeString('namespace', { description: 'Keeps names of different purposes apart.' }),
    key: t.exposeString('key', { description: 'Unique in the namespace.' }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Any JSON up to 64 KiB.',
      resolve: (e) => e.value,
    }),
    kind: t.field({ type: KvKindEnum, description: 'What JSON that is.', resolve: (e) => kindOf(e.value) }),
    version: t.exposeInt('version', { description: 'For expectedVersion.' }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Absent from then on.',
      resolve: (e) => e.expiresAt,
    }),
    updatedAt: t.field({ type: 'DateTime', description: 'When it was put.', resolve: (e) => e.updatedAt }),
    updatedBy: t.exposeString('updatedBy', { description: 'Who put it.' }),
  }),
});

const KvFilterInput = builder.inputType('KvFilter', {
  description: 'Which entries; every given condition must hold.',
  fields: (t) => ({
    namespace: t.string({ description: 'In this namespace.' }),
    prefix: t.string({ description: 'Whose key begins so.' }),
  }),
});

builder.queryFields((t) => ({
  kv: t.field({
    type: KvEntryType,
    nullable: true,
    description:
      'One entry; null when there is none or its time is up. "cost" is read by FINANCE only (FORBIDDEN).',
    args: {
      namespace: t.arg.string({ required: true, description: 'Namespace.' }),
      key: t.arg.string({ required: true, description: 'Key.' }),
    },
    resolve: (_root, { namespace, key }, { scope }) => readKv(scope, namespace, key),
  }),
  kvEntries: t.connection(
    {
      type: KvEntryType,
      description: 'Entries by namespace and key; those of "cost" only for FINANCE.',
      args: { filter: t.arg({ type: KvFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listKv(scope, page, filter ?? {}),
    },
    { name: 'KvEntryConnection', description: 'A page of entries.' },
    { name: 'KvEntryEdge', description: 'One entry of a page.' },
  ),
}));

const PutKvInput = builder.inputType('PutKvInput', {
  description: 'A value to be kept. No secrets: what looks like one is refused.',
  fields: (t) => ({
    namespace: t.string({ required: true, description: 'a–z, 0–9, "_", "." and "-"; "cost" is FINANCE’s.' }),
    key: t.string({ required: true, description: 'Up to 255 letters, digits, "_", ".", ":", "/" and "-".' }),
    value: t.field({ type: 'JSON', description: 'Any JSON up to 64 KiB; default null.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it shall be gone; default never.' }),
    expectedVersion: t.int({ description: 'Put only if it is at this version; 0: only if there is none.' }),
  }),
});

const DeleteKvInput = builder.inputType('DeleteKvInput', {
  description: 'Which entry to remove.',
  fields: (t) => ({
    namespace: t.string({ required: true, description: 'Namespace.' }),
    key: t.string({ required: true, description: 'Key.' }),
    expectedVersion: t.int({ description: 'Remove only if it is at this version.' }),
  }),
});

const KvPayload = builder.objectRef<{ entry: KvEntry }>('KvPayload').implement({
  description: 'The entry as it was put, or as it was before it was removed.',
  fields: (t) => ({
    entry: t.field({ type: KvEntryType, description: 'The entry.', resolve: (p) => p.entry }),
  }),
});

// Which of the two a namespace wants is the domain's to say.
const writer = {
  authScopes: { $any: { operator: true, finance: true } },
  errors: { types: [...COMMON_ERRORS] },
};

builder.mutationFields((t) => ({
  putKv: t.field({
    ...writer,
    type: KvPayload,
    description: 'Keeps a value, with compare-and-set and expiry where wanted. Audited.',
    args: { input: t.arg({ type: PutKvInput, required: true, description: 'What to keep.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      entry: await scope.db.tx((tx) =>
        putKv(scope, tx, {
          ...{ namespace: input.namespace, key: input.key, value: (input.value ?? null) as Json },
          ...{ expiresAt: input.expiresAt ?? null, expectedVersion: input.expectedVersion ?? null },
        }),
      ),
    }),
  }),
  deleteKv: t.field({
    ...writer,
    type: KvPayload,
    description: 'Removes an entry. Audited.',
    args: { input: t.arg({ type: DeleteKvInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      entry: await scope.db.tx((tx) =>
        deleteKv(scope, tx, { ...input, expectedVersion: input.expectedVersion ?? null }),
      ),
    }),
  }),
}));
