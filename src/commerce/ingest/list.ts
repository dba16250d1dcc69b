import { type Connection, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ColumnTypes, Fact } from './kind.ts';

/** What every stored row has beside its fact. */
export interface Stored {
  id: string;
  source: string;
  importedAt: Date;
}

/** SQL conditions under construction; `?` stands for the value. */
export class Conditions {
  readonly values: unknown[] = [];
  readonly parts: string[] = [];

  add(condition: string, value: unknown): this {
    if (value === undefined || value === null) return this;
    this.values.push(value);
    this.parts.push(condition.replaceAll('?', `$${this.values.length}`));
    return this;
  }
}

/** The readers of one table: pages by (instant, id), newest first, and rows by id. */
export interface Reader<Row extends Stored> {
  list(scope: Scope, args: PageArgs, filter: (where: Conditions) => void): Promise<Connection<Row>>;
  byIds(scope: Scope, ids: readonly string[]): Promise<Map<string, Row>>;
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Builds the readers from a kind's columns; `orderBy` is an instant with a tenant-first index that ends in id. */
export function createReader<F extends Fact, Row extends Stored>(
  table: string,
  columns: ColumnTypes<F>,
  orderBy: keyof Row & string,
): Reader<Row> {
  const names = ['id', 'source', 'importedAt', ...Object.keys(columns)];
  const select = `SELECT ${names.map((name) => `${snake(name)} AS "${name}"`).join(', ')} FROM ${table}`;
  const key = snake(orderBy);
  return {
    async list(scope, args, filter) {
      const page = pageOf(args, 2);
      const where = new Conditions().add('tenant_id = ?', scope.tenantId);
      filter(where);
      const values = where.values;
      const parts = where.parts;
      if (page.cursor) {
        values.push(...page.cursor);
        const n = values.length;
        parts.push(`(${key}, id) ${page.isForward ? '<' : '>'} ($${n - 1}::timestamptz, $${n}::uuid)`);
      }
      const direction = page.isForward ? 'DESC' : 'ASC';
      const text = `${select} WHERE ${parts.join(' AND ')}
        ORDER BY ${key} ${direction}, id ${direction} LIMIT ${page.size + 1}`;
      const rows = await scope.db.rows<Row>(text, values);
      return toConnection(rows, page, (row) => [row[orderBy] as Date, row.id]);
    },
    async byIds(scope, ids) {
      const rows = await scope.db.rows<Row>(
        `${select} WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`,
        [scope.tenantId, ids],
        `by_ids_${table}`,
      );
      return new Map(rows.map((row) => [row.id, row]));
    },
  };
}
