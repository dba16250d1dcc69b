import { sha256Hex } from '../../kernel/ids.ts';

/** The effects of this domain: a message (three tries), and a Notion page (a day). */
export const SEND = 'channel.send';
export const REPORT = 'report.notion';

/**
 * What goes out one after the other: messages of one channel. Tests go past them; and a page that Notion does not take
 * holds up no other page.
 */
export function subjectOf(
  channelId: string,
  { isTest = false, page }: { isTest?: boolean; page?: string } = {},
): string {
  const line = isTest ? `channel:${channelId}:test` : `channel:${channelId}`;
  return page === undefined ? line : `${line}:${sha256Hex(page).slice(0, 16)}`;
}
