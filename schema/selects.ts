import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

/** Names of the fields asked for right below this path, through any fragment, whatever their aliases. */
export function fieldsAt(info: GraphQLResolveInfo, path: readonly string[]): Set<string> {
  const names = new Set<string>();
  for (const node of info.fieldNodes) collect(node.selectionSet, path, info, names);
  return names;
}

function collect(
  set: SelectionSetNode | undefined,
  path: readonly string[],
  { fragments }: Pick<GraphQLResolveInfo, 'fragments'>,
  names: Set<string>,
): void {
  const [first, ...rest] = path;
  for (const node of set?.selections ?? []) {
    if (node.kind === Kind.FIELD) {
      if (first === undefined) names.add(node.name.value);
      else if (node.name.value === first) collect(node.selectionSet, rest, { fragments }, names);
      continue;
    }
    const inner = node.kind === Kind.FRAGMENT_SPREAD ? fragments[node.name.value] : node;
    collect(inner?.selectionSet, path, { fragments }, names);
  }
}
