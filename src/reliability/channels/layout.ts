import { escapeSlack } from '../../platform/outbound/channels/slack.ts';
import type { ChannelKind, Message } from './channel.ts';

/** Longest text of one message (spec n.1), in UTF-16 units as the providers count. */
const LIMITS: Partial<Record<ChannelKind, number>> = { SLACK: 40_000, TELEGRAM: 4_096 };
/** What is longer than so many messages ends there: nobody reads on, and others wait. */
const MAX_PARTS = 8;

/** `[CRITICAL] title` (spec n.1): the first line everywhere, and the subject of e-mails. */
export const headline = ({ level, title }: Pick<Message, 'level' | 'title'>): string =>
  level ? `[${level.toUpperCase()}] ${title}` : title;

/** The whole text for people: the headline, and what follows unless it says the same. */
export function textOf(message: Message): string {
  const first = headline(message);
  const rest = message.text.trim();
  return rest === '' || rest === message.title.trim() ? first : `${first}\n${rest}`;
}

/** The text in the pieces that this kind of channel takes, ready to be sent. Lines are kept whole where they fit. */
export function partsOf(kind: ChannelKind, message: Message): string[] {
  const text = kind === 'SLACK' ? escapeSlack(textOf(message)) : textOf(message);
  const limit = LIMITS[kind];
  if (limit === undefined || text.length <= limit) return [text];
  const parts: string[] = [];
  let rest = text;
  while (rest.length > limit && parts.length < MAX_PARTS - 1) {
    const end = cutAt(rest, limit);
    parts.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).replace(/^\n/, '');
  }
  parts.push(rest.length > limit ? `${rest.slice(0, cutAt(rest, limit - 1))}…` : rest);
  return parts;
}

/** Where to cut: after a line if one ends in the second half, never inside a character or an escaped sign. */
function cutAt(text: string, limit: number): number {
  const line = text.lastIndexOf('\n', limit);
  if (line >= limit / 2) return line;
  let end = limit;
  const sign = text.lastIndexOf('&', end - 1);
  if (sign > end - 5 && /^&(amp|lt|gt);/.test(text.slice(sign)) && text.indexOf(';', sign) >= end) end = sign;
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end;
}
