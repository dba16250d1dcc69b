import { type Connection, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import type { LaunchSiteRow } from './launch-site.ts';
import { loadSiteRows } from './store-sites.ts';

export interface LaunchSiteFilter {
  hubId?: string | null | undefined;
  isEnabled?: boolean | null | undefined;
}

/** Launch sites by id. The whole table is at most 1,000 small rows, so the page is cut here. */
export async function listLaunchSites(
  scope: Scope,
  args: PageArgs,
  filter: LaunchSiteFilter,
): Promise<Connection<LaunchSiteRow>> {
  const page = pageOf(args, 1);
  const [edge] = page.cursor ?? [];
  const rows = (await loadSiteRows(scope.db, scope.tenantId)).filter(
    (site) =>
      (filter.isEnabled == null || site.enabled === filter.isEnabled) &&
      (filter.hubId == null || site.hubId === filter.hubId) &&
      (edge === undefined || (page.isForward ? site.id > edge : site.id < edge)),
  );
  if (!page.isForward) rows.reverse();
  return toConnection(rows.slice(0, page.size + 1), page, (site) => [site.id]);
}

/** Launch sites by id, in the order asked; null where there is none. */
export async function launchSitesById(
  scope: Scope,
  ids: readonly string[],
): Promise<(LaunchSiteRow | null)[]> {
  const byId = new Map((await loadSiteRows(scope.db, scope.tenantId)).map((site) => [site.id, site]));
  return ids.map((id) => byId.get(id) ?? null);
}
