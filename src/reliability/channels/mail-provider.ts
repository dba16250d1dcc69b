import type { ChannelKind, ChannelView } from './channel.ts';
import { breakerOf } from './read.ts';

/** What carries e-mail, the kind that is asked first in front. */
export const MAIL_KINDS = ['RESEND', 'SMTP'] as const satisfies readonly ChannelKind[];

/**
 * The channels of these kinds that people are told by unless a route says otherwise: the tenant's own, else the first of
 * the installation's, because one shared mailbox is told once, however many ways lead to it. Pure.
 */
export function channelsInUse(
  kinds: readonly ChannelKind[],
  channels: readonly ChannelView[],
): readonly ChannelView[] {
  const ready = channels.filter(
    ({ kind, isEnabled, isConfigured }) => kinds.includes(kind) && isEnabled && isConfigured,
  );
  const own = ready.filter(({ isShared }) => !isShared);
  if (own.length > 0) return own;
  const first = ready.find(({ kind }) => kind === kinds[0]) ?? ready[0];
  return first ? [first] : [];
}

/** E-mail that should go another way, and which one. */
export interface MailSwitch {
  /** Channels whose circuit has opened; empty while e-mail gets through. */
  readonly from: readonly ChannelView[];
  /** The channel that takes over; null when there is none. */
  readonly to: ChannelView | null;
}

/** Every e-mail channel in use is given up for now: then another whose circuit is closed would be used. Pure. */
export function mailSwitchOf(channels: readonly ChannelView[], now: Date): MailSwitch {
  const isBroken = (channel: ChannelView): boolean => breakerOf(channel, now) !== 'CLOSED';
  const inUse = channelsInUse(MAIL_KINDS, channels);
  if (inUse.length === 0 || !inUse.every(isBroken)) return { from: [], to: null };
  const others = channels.filter((channel) => !isBroken(channel));
  return { from: inUse, to: channelsInUse(MAIL_KINDS, others)[0] ?? null };
}
