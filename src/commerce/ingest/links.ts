import { uuidFrom } from '../../kernel/ids.ts';
import { optionalText, type Raw } from './fields.ts';
import type { Link, ReadContext } from './kind.ts';

/**
 * The fact that `<kind>ExternalId` names, or null: of the batch's own source unless `<kind>Source` names another
 * (payments of a gateway for orders of a shop).
 */
export function linkTo(raw: Raw, kind: Link['kind'], context: ReadContext): Link | null {
  const field = `${kind}ExternalId`;
  const externalId = optionalText(raw, field, 200);
  if (externalId === null) return null;
  const source = optionalText(raw, `${kind}Source`, 100) ?? context.source;
  return { kind, field, externalId, source, id: uuidFrom(context.tenantId, kind, source, externalId) };
}
