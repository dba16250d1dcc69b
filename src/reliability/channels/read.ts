import type { Sql } from '../../platform/db/sql.ts';
import type { ChannelEnvironment } from '../../platform/outbound/channels/types.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ChannelView } from './channel.ts';
import {
  getsReportsByDefault,
  SHARED_KINDS,
  SHARED_NAMES,
  type SharedKind,
  sharedId,
  sharedParts,
} from './environment.ts';
import { BREAKER_FAILURES, type ChannelRow, channelRows } from './store.ts';

export const CHANNEL_CACHE = 'alert-channels';

/**
 * All channels of the tenant, those of the environment first. Remembered: what is configured is current within two
 * seconds; health (failures, last error) may be half a minute old, for which there is `listChannels`.
 */
export async function channelsOf(scope: Scope, sql: Sql): Promise<readonly ChannelView[]> {
  const load = () => readChannels(scope, sql);
  return (await scope.cache.get(CHANNEL_CACHE, scope.tenantId, load)).value;
}

/** All channels of the tenant with their health right now. One statement. */
export const listChannels = (scope: Scope): Promise<ChannelView[]> => readChannels(scope, scope.db);

/** Channels by id, in the order asked; null where there is none. One statement. */
export async function channelsById(scope: Scope, ids: readonly string[]): Promise<(ChannelView | null)[]> {
  const all = new Map((await listChannels(scope)).map((channel) => [channel.id, channel]));
  return ids.map((id) => all.get(id) ?? null);
}

async function readChannels(scope: Scope, sql: Sql): Promise<ChannelView[]> {
  const rows = await channelRows(sql, scope.tenantId);
  const known = new Map(rows.map((row) => [row.settings.sharedId ?? row.id, row]));
  const environment = scope.outbound.channels;
  const shared = SHARED_KINDS.map((kind) => sharedView(environment, kind, known.get(sharedId(kind))));
  return [...shared, ...rows.filter((row) => !row.settings.sharedId).map(viewOf)];
}

/** A channel as it may be shown. */
export const viewOf = (row: ChannelRow): ChannelView => ({
  ...healthOf(row),
  ...{ id: row.id, name: row.name, kind: row.kind, isEnabled: row.isEnabled, version: row.version },
  ...{ isConfigured: row.sealed !== null, isShared: false, getsReports: row.getsReports },
  ...{ settings: row.settings.values, hints: row.settings.hints },
  reportPace: row.settings.reportPace ?? 'DAILY',
});

/** The operator's addresses and keys are no tenant's business, so nothing of them is shown. */
export const sharedView = (
  environment: ChannelEnvironment,
  kind: SharedKind,
  row: ChannelRow | undefined,
): ChannelView => ({
  ...healthOf(row),
  ...{ id: sharedId(kind), name: SHARED_NAMES[kind], kind, isEnabled: row?.isEnabled ?? true },
  ...{ isConfigured: sharedParts(environment, kind) !== null, isShared: true, settings: {}, hints: {} },
  getsReports: row?.getsReports ?? getsReportsByDefault(kind),
  reportPace: row?.settings.reportPace ?? 'DAILY',
  version: row?.version ?? 0,
});

const healthOf = (row: ChannelRow | undefined) => ({
  failures: row?.failures ?? 0,
  openUntil: row?.openUntil ?? null,
  lastSentAt: row?.lastSentAt ?? null,
  lastError: row?.lastError ?? null,
  createdAt: row?.createdAt ?? null,
  updatedAt: row?.updatedAt ?? null,
});

export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

/** OPEN: nothing is tried; HALF_OPEN: the next message is let through to see; CLOSED: all is well. */
export function breakerOf(
  { failures, openUntil }: Pick<ChannelView, 'failures' | 'openUntil'>,
  now: Date,
): BreakerState {
  if (failures < BREAKER_FAILURES || openUntil === null) return 'CLOSED';
  return openUntil > now ? 'OPEN' : 'HALF_OPEN';
}
