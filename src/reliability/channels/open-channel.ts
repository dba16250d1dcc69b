import type { Sql } from '../../platform/db/sql.ts';
import { OutboundDelayed, OutboundRefused } from '../../platform/outbound/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ChannelKind } from './channel.ts';
import { sharedKindOf, sharedParts } from './environment.ts';
import type { ChannelParts } from './fields.ts';
import { type ChannelRow, channelRow } from './store.ts';

/** A channel with its secrets in the clear; it never leaves the attempt that it was opened for. */
export interface OpenChannel extends ChannelParts {
  readonly id: string;
  readonly kind: ChannelKind;
  /** Set up by the operator, whose addresses need no guard. */
  readonly isShared: boolean;
  readonly failures: number;
  readonly openUntil: Date | null;
  readonly lastSentAt: Date | null;
}

/**
 * The channel, ready to be spoken to. Throws OutboundRefused when it is gone, disabled or not configured, OutboundDelayed
 * when its secrets cannot be read (the installation's pepper has changed).
 */
export async function openChannel(scope: Scope, sql: Sql, id: string): Promise<OpenChannel> {
  const row = await channelRow(sql, scope.tenantId, id);
  if (row && !row.isEnabled) throw new OutboundRefused('CHANNEL_DISABLED');
  const { failures = 0, openUntil = null, lastSentAt = null } = row ?? {};
  const health = { failures, openUntil, lastSentAt };
  const shared = sharedKindOf(id);
  if (shared) {
    const parts = sharedParts(scope.outbound.channels, shared);
    if (!parts) throw new OutboundRefused('NOT_CONFIGURED');
    return { ...parts, ...health, id, kind: shared, isShared: true };
  }
  if (!row) throw new OutboundRefused('CHANNEL_GONE');
  const secrets = unsealed(scope, row);
  return { ...health, id, kind: row.kind, isShared: false, settings: row.settings.values, secrets };
}

/** The secrets of a row; OutboundDelayed when they cannot be read. */
export function unsealed(scope: Scope, row: Pick<ChannelRow, 'sealed'>): Record<string, string> {
  if (row.sealed === null) throw new OutboundRefused('NOT_CONFIGURED');
  try {
    return JSON.parse(scope.outbound.vault.open(row.sealed, scope.tenantId)) as Record<string, string>;
  } catch {
    throw new OutboundDelayed('SECRET_UNREADABLE');
  }
}
