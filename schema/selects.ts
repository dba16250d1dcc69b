import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

/**
 * Whether the operation asks for the field at this path below the one being resolved, through any fragment.
 * A field under @skip or @include counts as asked for: reading too much is slow, reading too little is wrong.
 */
export function selects(info: GraphQLResolveInfo, path: readonly string[]): boolean {
  return info.fieldNodes.some((node) => has(node.selectionSet, path, info));
}

function has(
  set: SelectionSetNode | undefined,
  path: readonly string[],
  { fragments }: Pick<GraphQLResolveInfo, 'fragments'>,
): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return true;
  for (const node of set?.selections ?? []) {
    if (node.kind === Kind.FIELD) {
      if (node.name.value === first && (rest.length === 0 || has(node.selectionSet, rest, { fragments }))) {
        return true;
      }
      continue;
    }
    const inner = node.kind === Kind.FRAGMENT_SPREAD ? fragments[node.name.value] : node;
    if (has(inner?.selectionSet, path, { fragments })) return true;
  }
  return false;
}
