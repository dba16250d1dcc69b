import { isDeepStrictEqual } from 'node:util';
import type { Tx } from '../../platform/db/sql.ts';
import type { Fact, KindSpec, Link } from './kind.ts';

/*
 * Columns travel as one text each, joined by a control character that validated text never holds: Postgres splits
 * them faster than it reads an array literal, and no value has to be quoted twice (jsonb lines are half quotes).
 */
const SEPARATOR = '\u001f';
const SPLIT = `E'\\x1f', ''`;

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The statements of one kind of fact. */
export interface FactStore<F extends Fact> {
  /** Stored rows of these ids, without their order. */
  load(tx: Tx, tenantId: string, ids: string[]): Promise<Map<string, F>>;
  /** Creates or replaces the rows, in one statement. */
  upsert(tx: Tx, tenantId: string, source: string, importedAt: Date, facts: F[]): Promise<void>;
  isSame(stored: F, fact: F): boolean;
}

/** Builds the two statements from the spec's columns. */
export function createStore<F extends Fact>(spec: KindSpec<F>): FactStore<F> {
  const columns = Object.entries(spec.columns) as [keyof F & string, string][];
  const names = columns.map(([key]) => snake(key));
  const kept = new Set(spec.keeps?.map(snake));
  const written = (name: string) =>
    kept.has(name) ? `coalesce(EXCLUDED.${name}, ${spec.table}.${name})` : `EXCLUDED.${name}`;
  const load = `SELECT id, ${columns.map(([key], i) => `${names[i]} AS "${key}"`).join(', ')}
    FROM unnest($2::uuid[]) AS asked (id) JOIN ${spec.table} USING (id) WHERE tenant_id = $1`;
  const parts = columns.map(([, type], i) => `string_to_array($${i + 5}, ${SPLIT})::${type}[]`);
  const upsert = `INSERT INTO ${spec.table} (tenant_id, source, imported_at, id, ${names.join(', ')})
    SELECT $1, $2, $3, * FROM unnest(string_to_array($4, ${SPLIT})::uuid[], ${parts.join(', ')})
    ON CONFLICT (tenant_id, id) DO UPDATE SET imported_at = EXCLUDED.imported_at,
      ${names.map((name) => `${name} = ${written(name)}`).join(', ')}`;
  return {
    async load(tx, tenantId, ids) {
      const rows = await tx.rows<F>(load, [tenantId, `{${ids.join(',')}}`], `import_load_${spec.kind}`);
      return new Map(rows.map((row) => [row.id, row]));
    },
    async upsert(tx, tenantId, source, importedAt, facts) {
      if (facts.length === 0) return;
      const values = columns.map(([key]) => column(facts, key));
      const ids = facts.map((fact) => fact.id).join(SEPARATOR);
      await tx.run(upsert, [tenantId, source, importedAt, ids, ...values], `import_upsert_${spec.kind}`);
    },
    isSame: (stored, fact) =>
      columns.every(([key, type]) =>
        type === 'json' || type === 'jsonb'
          ? isDeepStrictEqual(stored[key], JSON.parse(decode(fact[key])))
          : isEqual(stored[key], fact[key]) || (fact[key] === null && kept.has(snake(key))),
      ),
  };
}

/** One column as one parameter: text, or bytes (which Postgres takes as they are) when its values are bytes. */
function column<F extends Fact>(facts: readonly F[], key: keyof F): string | Buffer {
  if (!(facts[0]?.[key] instanceof Uint8Array)) return facts.map((fact) => encode(fact[key])).join(SEPARATOR);
  const separator = Buffer.from(SEPARATOR);
  const parts = facts.flatMap((fact, i) => {
    const value = fact[key] instanceof Uint8Array ? fact[key] : Buffer.from(encode(fact[key]));
    return i === 0 ? [value] : [separator, value];
  });
  return Buffer.concat(parts);
}

function decode(json: unknown): string {
  return json instanceof Uint8Array ? Buffer.from(json).toString() : String(json);
}

/** Null is the empty text; jsonb properties of a fact are already written as JSON. */
function encode(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return String(value);
}

function isEqual(a: unknown, b: unknown): boolean {
  return a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b;
}

const TABLES = { customer: 'customer', order: 'orders', cart: 'cart' } as const;
const EXISTING = Object.entries(TABLES)
  .map(
    ([kind, table], i) =>
      `SELECT '${kind}' || id AS key FROM unnest($${i + 2}::uuid[]) AS asked (id)
        JOIN ${table} USING (id) WHERE tenant_id = $1`,
  )
  .join(' UNION ALL ');

/** Which of the referenced facts this tenant has, as `kind + id`. One statement, none without links. */
export async function existing(tx: Tx, tenantId: string, links: readonly Link[]): Promise<Set<string>> {
  if (links.length === 0) return new Set();
  const idsOf = (kind: Link['kind']) => [
    ...new Set(links.filter((link) => link.kind === kind).map((link) => link.id)),
  ];
  const rows = await tx.rows<{ key: string }>(
    EXISTING,
    [tenantId, idsOf('customer'), idsOf('order'), idsOf('cart')],
    'import_links',
  );
  return new Set(rows.map((row) => row.key));
}
