import { expect, test } from 'vitest';
import { subjectOf } from '../../platform/outbound/channels/mail.ts';
import { paragraphs, richText } from '../../platform/outbound/channels/notion-blocks.ts';
import type { Message } from './channel.ts';
import { headline, partsOf, textOf } from './layout.ts';

const message = (title: string, text = '', level: Message['level'] = 'critical'): Message => ({
  ...{ title, text, level, facts: {} },
});

test('the headline is the level in capitals and the title; text that repeats it is left out', () => {
  expect(headline(message('Payments are down'))).toBe('[CRITICAL] Payments are down');
  expect(headline(message('Report', '', null))).toBe('Report');
  expect(textOf(message('Down', 'Down'))).toBe('[CRITICAL] Down');
  expect(textOf(message('Down', 'since 12:00\n'))).toBe('[CRITICAL] Down\nsince 12:00');
});

test('Slack escapes three signs and nothing else; a cut never goes through one', () => {
  expect(partsOf('SLACK', message('a & b <c> "d" *e*'))).toEqual(['[CRITICAL] a &amp; b &lt;c&gt; "d" *e*']);
  const parts = partsOf('SLACK', message('x', '&'.repeat(20_000), null));
  expect(parts.map((part) => part.length)).toEqual([39_997, 40_000, 20_005]);
  expect(parts.every((part) => part.length <= 40_000 && /^(x\n)?(&amp;)+$/.test(part))).toBe(true);
  expect(parts.join('').replaceAll('&amp;', '&')).toBe(`x\n${'&'.repeat(20_000)}`);
});

test('Telegram takes 4,096 units a message: cut after lines, never inside a character, eight messages at most', () => {
  const smileys = partsOf('TELEGRAM', message('', '😀'.repeat(5_000), null));
  expect(
    smileys.every((part) => part.length <= 4_096 && !/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(part)),
  ).toBe(true);
  const endless = partsOf('TELEGRAM', message('t', 'x'.repeat(100_000), null));
  expect([endless.length, endless.at(-1)?.length, endless.at(-1)?.at(-1)]).toEqual([8, 4_096, '…']);
  expect(partsOf('SMTP', message('t', 'x'.repeat(100_000), null)).length).toBe(1);
});

test('a subject is one line of at most 120 characters', () => {
  expect(subjectOf('a\r\nBcc: evil@example.com\u2028b')).toBe('a Bcc: evil@example.com b');
  expect([...subjectOf('é'.repeat(500))].length).toBe(120);
  expect(subjectOf('x'.repeat(120))).toBe('x'.repeat(120));
});

test('Notion: rich texts of 2,000 units, a hundred of them a block, empty lines kept', () => {
  expect(richText(`${'a'.repeat(1_999)}😀b`).map((piece) => piece.text.content.length)).toEqual([1_999, 3]);
  expect(paragraphs(['', 'x'.repeat(200_001)]).map((block) => block.paragraph.rich_text.length)).toEqual([
    0, 100, 1,
  ]);
});
