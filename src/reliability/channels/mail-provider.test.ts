import { expect, test } from 'vitest';
import type { ChannelView } from './channel.ts';
import { channelsInUse, MAIL_KINDS, mailSwitchOf } from './mail-provider.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const channel = (id: string, change: Partial<ChannelView> = {}): ChannelView => ({
  ...{
    id,
    name: id,
    kind: 'RESEND',
    isEnabled: true,
    isConfigured: true,
    isShared: false,
    getsReports: false,
  },
  ...{ reportPace: 'DAILY', settings: {}, hints: {}, failures: 0, openUntil: null, lastSentAt: null },
  ...{ lastError: null, createdAt: null, updatedAt: null, version: 1, ...change },
});
const BROKEN = { failures: 5, openUntil: NOW };
const shared = (kind: 'RESEND' | 'SMTP', change: Partial<ChannelView> = {}) =>
  channel(`env:${kind.toLowerCase()}`, { kind, isShared: true, ...change });

test.each([
  ['none', [channel('slack', { kind: 'SLACK' })], []],
  ['own before shared', [shared('RESEND'), channel('a'), channel('b', { kind: 'SMTP' })], ['a', 'b']],
  ['one of the shared', [shared('SMTP'), shared('RESEND')], ['env:resend']],
  ['the other when it is off', [shared('RESEND', { isEnabled: false }), shared('SMTP')], ['env:smtp']],
  ['not what is not configured', [channel('a', { isConfigured: false }), shared('SMTP')], ['env:smtp']],
] satisfies [string, ChannelView[], string[]][])('e-mail goes by %s', (_name, channels, ids) => {
  expect(channelsInUse(MAIL_KINDS, channels).map(({ id }) => id)).toEqual(ids);
});

test.each([
  ['all is well', [shared('RESEND'), shared('SMTP')], [], null],
  ['four failures open no circuit', [shared('RESEND', { failures: 4 }), shared('SMTP')], [], null],
  ['one of two own gets through', [channel('a', BROKEN), channel('b', { kind: 'SMTP' })], [], null],
  ['the other shared one', [shared('RESEND', BROKEN), shared('SMTP')], ['env:resend'], 'env:smtp'],
  ['own to shared', [channel('a', BROKEN), shared('SMTP')], ['a'], 'env:smtp'],
  ['nowhere to go', [channel('a', BROKEN), shared('SMTP', BROKEN)], ['a'], null],
  ['no e-mail at all', [channel('slack', { kind: 'SLACK', ...BROKEN })], [], null],
] satisfies [string, ChannelView[], string[], string | null][])(
  'a switch: %s',
  (_name, channels, from, to) => {
    const change = mailSwitchOf(channels, NOW);
    expect([change.from.map(({ id }) => id), change.to?.id ?? null]).toEqual([from, to]);
  },
);
