import type { Scope } from '../../platform/scope.ts';
import type { ChannelKind, ReportPace } from './channel.ts';
import { type ChannelParts, FIELDS, hintsOf, withGiven } from './fields.ts';
import type { ChannelRow } from './store.ts';

/** What a kind is told, by the names of its fields; null takes away. */
export type GivenSettings = Readonly<Record<string, unknown>>;

export const contextOf = (scope: Scope) => ({ allowsPrivate: scope.outbound.http.allowsPrivate });

/** The row's parts with the given ones; a row that can no longer be opened has to be told all its secrets again. */
export function mended(scope: Scope, row: ChannelRow, given: GivenSettings): ChannelParts {
  let secrets: Record<string, string> = {};
  try {
    if (row.sealed) secrets = JSON.parse(scope.outbound.vault.open(row.sealed, scope.tenantId));
  } catch {
    secrets = {};
  }
  return withGiven(row.kind, { settings: row.settings.values, secrets }, given, contextOf(scope));
}

/** What is kept of a channel's parts: what may be seen, and the rest sealed. */
export const keptOf = (scope: Scope, kind: ChannelKind, parts: ChannelParts, reportPace: ReportPace) => ({
  settings: { values: parts.settings, hints: hintsOf(kind, parts.secrets), reportPace },
  sealed: scope.outbound.vault.seal(JSON.stringify(parts.secrets), scope.tenantId),
});

/** Which secrets are given. */
export const secretsIn = (kind: ChannelKind, given: GivenSettings): string[] =>
  FIELDS[kind].filter(({ name, isSecret }) => isSecret && given[name] !== undefined).map(({ name }) => name);
