import type { AlertLevel } from '../../control/alert-intake/index.ts';
import { writeAudit } from '../../control/audit/index.ts';
import { watchTenant } from '../../control/watch/index.ts';
import { NotFoundError, ValidationError, VersionConflictError } from '../../kernel/errors.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import { checkText } from '../../kernel/text.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { channelsOf } from '../channels/index.ts';
import { lockRouter } from './intake.ts';
import { checkedMatchers, type Matcher } from './match.ts';
import { DEFAULT_TIMING, type EscalationStep, ROUTE_COLUMNS, type Route } from './route.ts';
import { lookAgain } from './silences.ts';
import { loadRoutes } from './store.ts';

/** What is wanted of a route; what is absent stays as it is, or is the default of a new one. */
export interface RouteChange {
  /** Absent: a new one, behind the others. */
  id?: string | null | undefined;
  name?: string | null | undefined;
  levels?: readonly AlertLevel[] | null | undefined;
  matchers?: readonly Matcher[] | null | undefined;
  channelIds?: readonly string[] | null | undefined;
  escalation?: readonly EscalationStep[] | null | undefined;
  isContinued?: boolean | null | undefined;
  groupWaitSec?: number | null | undefined;
  groupIntervalSec?: number | null | undefined;
  repeatSec?: number | null | undefined;
  expectedVersion?: number | null | undefined;
}

const MAX_ROUTES = 200;
const MAX_STEPS = 10;
const MAX_CHANNELS = 20;

/** Makes a route or changes one. Throws Validation, NotFound, VersionConflict. */
export function upsertRoute(scope: Scope, change: RouteChange): Promise<Route> {
  return changeRoutes(scope, async (tx, routes) => {
    const before = change.id == null ? null : findRoute(routes, change.id, change.expectedVersion);
    if (!before && routes.length >= MAX_ROUTES) {
      throw new ValidationError('id', `At most ${MAX_ROUTES} routes.`);
    }
    const after = changed(scope, change, before, (routes.at(-1)?.position ?? 0) + 1);
    const known = new Set((await channelsOf(scope, tx)).map(({ id }) => id));
    checkRoute(after, known);
    const saved = await save(tx, scope.tenantId, after);
    await writeAudit(scope, tx, {
      ...{ action: before ? 'alertRoute.change' : 'alertRoute.create', subject: saved.id },
      ...{ before: before && audited(before), after: audited(saved) },
    });
    return saved;
  });
}

/** Removes a route. Throws NotFound, VersionConflict. */
export function deleteRoute(
  scope: Scope,
  { id, expectedVersion }: { id: string; expectedVersion?: number | null | undefined },
): Promise<Route> {
  return changeRoutes(scope, async (tx, routes) => {
    const route = findRoute(routes, id, expectedVersion);
    await tx.run('DELETE FROM alert_route WHERE tenant_id = $1 AND id = $2', [scope.tenantId, id]);
    const action = 'alertRoute.delete';
    await writeAudit(scope, tx, { action, subject: id, before: audited(route), after: null });
    return route;
  });
}

/** Puts the routes in this order; every route must be named once. Throws ValidationError. */
export function reorderRoutes(scope: Scope, { ids }: { ids: readonly string[] }): Promise<Route[]> {
  return changeRoutes(scope, async (tx, routes) => {
    const wanted = new Set(ids);
    if (
      wanted.size !== ids.length ||
      ids.length !== routes.length ||
      routes.some(({ id }) => !wanted.has(id))
    ) {
      throw new ValidationError('ids', `Name each of the ${routes.length} routes once; read them again.`);
    }
    await tx.run(
      `UPDATE alert_route r SET position = n.position, version = r.version + (r.position <> n.position)::int
       FROM unnest($2::uuid[]) WITH ORDINALITY AS n (id, position) WHERE r.tenant_id = $1 AND r.id = n.id`,
      [scope.tenantId, ids],
    );
    const before = { order: routes.map(({ name }) => name) };
    const after = await loadRoutes(tx, scope.tenantId);
    await writeAudit(scope, tx, {
      ...{ action: 'alertRoute.reorder', subject: scope.tenantId, before },
      after: { order: after.map(({ name }) => name) },
    });
    return after;
  });
}

/** One change of routes at a time; afterwards the router looks at what nobody was told of. */
function changeRoutes<T>(scope: Scope, work: (tx: Tx, routes: Route[]) => Promise<T>): Promise<T> {
  return scope.db.tx(async (tx) => {
    await lockRouter(tx, scope.tenantId);
    const result = await work(tx, await loadRoutes(tx, scope.tenantId));
    await lookAgain(scope, tx, `status = 'FIRING' AND suppression = 'NO_ROUTE'`);
    await watchTenant(tx, 'ALERTS', scope.tenantId);
    return result;
  });
}

function findRoute(routes: readonly Route[], id: string, expectedVersion: number | null | undefined): Route {
  const route = routes.find((each) => each.id === id);
  if (!route) throw new NotFoundError('alert route', id);
  if (expectedVersion != null && expectedVersion !== route.version) {
    throw new VersionConflictError('alert route', expectedVersion, route.version);
  }
  return route;
}

function changed(scope: Scope, change: RouteChange, before: Route | null, position: number): Route {
  const base: Route = before ?? {
    ...{ id: uuidv7(scope.now.getTime()), position, name: '', levels: [], matchers: [], channelIds: [] },
    ...{ escalation: [], isContinued: false, ...DEFAULT_TIMING, version: 0 },
  };
  return {
    ...base,
    name: change.name?.trim() ?? base.name,
    levels: change.levels ? [...new Set(change.levels)] : base.levels,
    matchers: change.matchers ? checkedMatchers(change.matchers) : base.matchers,
    channelIds: change.channelIds ? [...new Set(change.channelIds)] : base.channelIds,
    escalation: change.escalation ?? base.escalation,
    isContinued: change.isContinued ?? base.isContinued,
    groupWaitSec: change.groupWaitSec ?? base.groupWaitSec,
    groupIntervalSec: change.groupIntervalSec ?? base.groupIntervalSec,
    repeatSec: change.repeatSec ?? base.repeatSec,
    version: base.version + 1,
  };
}

function checkRoute(route: Route, known: ReadonlySet<string>): void {
  const { name, channelIds, escalation, groupWaitSec, groupIntervalSec, repeatSec } = route;
  checkText(name, 'name', 100, 1);
  checkChannels('channelIds', channelIds, known);
  if (escalation.length > MAX_STEPS) {
    throw new ValidationError('escalation', `At most ${MAX_STEPS} steps.`);
  }
  for (const [i, step] of escalation.entries()) {
    inRange(`escalation.${i}.afterMin`, step.afterMin, 1, 1_440);
    checkChannels(`escalation.${i}.channelIds`, step.channelIds, known);
  }
  inRange('groupWaitSec', groupWaitSec, 0, 3_600);
  inRange('groupIntervalSec', groupIntervalSec, 10, 86_400);
  inRange('repeatSec', repeatSec, 60, 30 * 86_400);
}

function inRange(field: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ValidationError(field, `A whole number from ${min} to ${max}, not ${value}.`);
  }
}

function checkChannels(field: string, ids: readonly string[], known: ReadonlySet<string>): void {
  if (ids.length > MAX_CHANNELS) throw new ValidationError(field, `At most ${MAX_CHANNELS} channels.`);
  const missing = ids.find((id) => !known.has(id));
  if (missing !== undefined) throw new ValidationError(field, `There is no channel "${missing}".`);
}

async function save(tx: Tx, tenantId: string, route: Route): Promise<Route> {
  const saved = await tx.row<Route>(
    `INSERT INTO alert_route AS r (tenant_id, id, position, name, levels, matchers, channel_ids, escalation,
       is_continued, group_wait_sec, group_interval_sec, repeat_sec, version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
     ON CONFLICT (tenant_id, id) DO UPDATE SET name = $4, levels = $5, matchers = $6, channel_ids = $7,
       escalation = $8, is_continued = $9, group_wait_sec = $10, group_interval_sec = $11, repeat_sec = $12,
       version = $13
     RETURNING ${ROUTE_COLUMNS}`,
    [
      ...[tenantId, route.id, route.position, route.name, route.levels, JSON.stringify(route.matchers)],
      ...[route.channelIds, JSON.stringify(route.escalation), route.isContinued, route.groupWaitSec],
      ...[route.groupIntervalSec, route.repeatSec, route.version],
    ],
  );
  return saved as Route;
}

const audited = ({ id: _id, ...route }: Route): Record<string, unknown> => ({ ...route });
