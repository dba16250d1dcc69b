import { type Connection, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import { type HubView, viewHubs } from './store.ts';

export interface HubFilter {
  isEnabled?: boolean | null | undefined;
  region?: string | null | undefined;
}

/** Hubs by node id. The whole table is at most 1,000 small rows, so the page is cut here. */
export async function listHubs(
  scope: Scope,
  args: PageArgs,
  filter: HubFilter,
): Promise<Connection<HubView>> {
  const page = pageOf(args, 1);
  const [edge] = page.cursor ?? [];
  const rows = (await viewHubs(scope.db, scope.tenantId)).filter(
    (hub) =>
      (filter.isEnabled == null || hub.enabled === filter.isEnabled) &&
      (filter.region == null || hub.region === filter.region) &&
      (edge === undefined || (page.isForward ? hub.nodeId > edge : hub.nodeId < edge)),
  );
  if (!page.isForward) rows.reverse();
  return toConnection(rows.slice(0, page.size + 1), page, (hub) => [hub.nodeId]);
}

/** Hubs by node id, in the order asked; null where there is none. */
export async function hubsById(scope: Scope, ids: readonly string[]): Promise<(HubView | null)[]> {
  const byId = new Map((await viewHubs(scope.db, scope.tenantId)).map((hub) => [hub.nodeId, hub]));
  return ids.map((id) => byId.get(id) ?? null);
}
