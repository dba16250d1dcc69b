import type { ChannelEnvironment } from '../../platform/outbound/channels/types.ts';
import { OutboundDelayed } from '../../platform/outbound/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import type { OpenChannel } from './open-channel.ts';

/** Seconds between two messages of a channel (spec n.1: Slack and Telegram 1, Telegram groups 20 a minute). */
function gapSec({ kind, settings }: Pick<OpenChannel, 'kind' | 'settings'>): number {
  if (kind === 'SLACK') return 1;
  if (kind !== 'TELEGRAM') return 0;
  return /^\d/.test(String(settings.chatId ?? '')) ? 1 : 3;
}

/** When each channel of the environment was last used by any tenant of this process. */
const used = new WeakMap<ChannelEnvironment, Map<string, number>>();

/**
 * Throws OutboundDelayed when the channel's last message is too short a while ago; one of the environment has one pace
 * for all tenants, in this process and by Redis on all instances (without it others are heard of as 429). `says` makes
 * the reason.
 */
export async function keepPace(
  scope: Scope,
  channel: OpenChannel,
  says: (code: string) => string,
): Promise<void> {
  const gapMs = gapSec(channel) * 1_000;
  if (gapMs === 0) return;
  const now = scope.now.getTime();
  let last = channel.lastSentAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  const turns = used.get(scope.outbound.channels) ?? new Map<string, number>();
  if (channel.isShared) {
    used.set(scope.outbound.channels, turns);
    last = Math.max(last, turns.get(channel.id) ?? last);
  }
  const waitMs = last + gapMs - now;
  const wait = (ms: number) => new OutboundDelayed(says('PACED'), ms / 1_000);
  // Longer than the gap only when the clock was put back.
  if (waitMs > 0 && waitMs <= gapMs) throw wait(waitMs);
  if (!channel.isShared) return;
  turns.set(channel.id, now);
  const othersMs = await scope.bus.take(`pace:${channel.id}`, gapMs);
  if (othersMs > 0) throw wait(othersMs);
}
