import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { schema } from '../schema/index.ts';

/**
 * `node scripts/lint-schema.ts [--write]`: every type, field, argument and enum value says what it means, and
 * schema/schema.graphql is what the code prints. The face of the product is reviewed as a diff of that file.
 */
const FILE = join(import.meta.dirname, '..', 'schema', 'schema.graphql');

/** Types that Relay's plugin makes; their meaning is in the Relay specification. */
const isPlumbing = (name: string) =>
  name.startsWith('__') || /(Connection|Edge)$/.test(name) || name === 'PageInfo' || name === 'Node';
const RELAY_ARGS = new Set(['first', 'last', 'before', 'after', 'id', 'ids']);

function missing(type: GraphQLNamedType): string[] {
  if (isPlumbing(type.name)) return [];
  const found: string[] = [];
  const need = (path: string, description: string | null | undefined) => {
    if (!description?.trim()) found.push(path);
  };
  if (isObjectType(type) || isInterfaceType(type) || isEnumType(type) || isInputObjectType(type))
    need(type.name, type.description);
  if (isEnumType(type))
    for (const value of type.getValues()) need(`${type.name}.${value.name}`, value.description);
  if (isInputObjectType(type))
    for (const f of Object.values(type.getFields())) need(`${type.name}.${f.name}`, f.description);
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      if (field.name === 'id' && field.type.toString() === 'ID!') continue;
      need(`${type.name}.${field.name}`, field.description);
      for (const arg of field.args) {
        if (!RELAY_ARGS.has(arg.name)) need(`${type.name}.${field.name}(${arg.name})`, arg.description);
      }
    }
  }
  return found;
}

const undescribed = Object.values(schema.getTypeMap()).flatMap(missing);
if (undescribed.length > 0) {
  console.error(`These say nothing about themselves:\n  ${undescribed.join('\n  ')}`);
  process.exit(1);
}
const printed = `${printSchema(lexicographicSortSchema(schema))}\n`;
if (process.argv.includes('--write')) {
  await writeFile(FILE, printed);
} else if ((await readFile(FILE, 'utf8').catch(() => '')) !== printed) {
  console.error(
    'schema/schema.graphql is not what the code prints: run npm run schema:print and review the diff.',
  );
  process.exit(1);
}
