import { ValidationError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import { type Connection, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import type { FlightRestriction, WeatherReport } from './sky.ts';
import { loadWeather, pageRestrictions, restrictionsWith } from './store-sky.ts';

/** The latest weather report of each region, by region; regions are as few as hubs, so the page is cut here. */
export async function listWeather(scope: Scope, args: PageArgs): Promise<Connection<WeatherReport>> {
  const page = pageOf(args, 1);
  const [edge] = page.cursor ?? [];
  const rows = (await loadWeather(scope.db, scope.tenantId)).filter(
    ({ region }) => edge === undefined || (page.isForward ? region > edge : region < edge),
  );
  if (!page.isForward) rows.reverse();
  return toConnection(rows.slice(0, page.size + 1), page, ({ region }) => [region]);
}

/** Flight restrictions, newest first; those that hold now, those that do not, or all. One statement with keyset paging. */
export async function listFlightRestrictions(
  scope: Scope,
  args: PageArgs,
  filter: { isActive?: boolean | null | undefined } = {},
): Promise<Connection<FlightRestriction>> {
  const page = pageOf(args, 1);
  const edge = page.cursor?.[0] ?? null;
  if (edge !== null && !isUuid(edge)) {
    throw new ValidationError(page.isForward ? 'after' : 'before', 'This cursor was not made by this list.');
  }
  const { size, isForward } = page;
  const wanted = { size, isForward, edge, isActive: filter.isActive ?? null, at: scope.now };
  const rows = await pageRestrictions(scope.db, scope.tenantId, wanted);
  return toConnection(rows, page, ({ id }) => [id]);
}

/** Flight restrictions by id, in the order asked; null where there is none. */
export async function restrictionsById(
  scope: Scope,
  ids: readonly string[],
): Promise<(FlightRestriction | null)[]> {
  const rows = await restrictionsWith(scope.db, scope.tenantId, ids.filter(isUuid));
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
