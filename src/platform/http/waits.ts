import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * Whether the operation asks for a root field with the extension `waits`, i.e. one that waits on purpose: how long such
 * an answer takes says nothing about how fast we are.
 */
export function waitsOnPurpose(
  schema: GraphQLSchema,
  document: DocumentNode,
  { operation, selectionSet }: OperationDefinitionNode,
): boolean {
  const fields = schema.getRootType(operation)?.getFields() ?? {};
  // Each fragment is looked at once: a few that spread each other twice would otherwise take for ever.
  const seen = new Set<string>();
  const waits = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return fields[selection.name.value]?.extensions.waits === true;
      if (selection.kind === Kind.INLINE_FRAGMENT) return waits(selection.selectionSet);
      if (seen.has(selection.name.value)) return false;
      seen.add(selection.name.value);
      return document.definitions.some(
        (node) =>
          node.kind === Kind.FRAGMENT_DEFINITION &&
          node.name.value === selection.name.value &&
          waits(node.selectionSet),
      );
    });
  return waits(selectionSet);
}
