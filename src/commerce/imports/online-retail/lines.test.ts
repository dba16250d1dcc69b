import { expect, test } from 'vitest';
import { LineSplitter } from './lines.ts';

function split(text: string, chunk: number): { rows: [number, string[]][]; broken: [number, string][] } {
  const rows: [number, string[]][] = [];
  const broken: [number, string][] = [];
  const splitter = new LineSplitter(
    (bytes, from, bounds, line) => {
      let at = from;
      rows.push([
        line,
        [...bounds].map((end) => {
          const field = bytes.toString('utf8', at, end);
          at = end + 1;
          return field;
        }),
      ]);
    },
    (line, message) => broken.push([line, message]),
  );
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunk) splitter.push(bytes.subarray(at, at + chunk));
  splitter.end();
  return { rows, broken };
}

const TEXT = [
  '1,a,plain,2,w,3,c,UK',
  '1,a,"with, comma",2,w,3,c,UK\r',
  '1,a,"a ""quote"" £",2,w,3,c,UK',
  '',
  '1,a,"two\nlines",2,w,3,c,UK',
  '1,a,short',
  '1,a,long,2,w,3,c,UK,more',
  '1,a,in"side,2,w,3,c,UK',
  '1,a,,2,w,3,,"last"',
].join('\n');

test.each([1, 3, 7, 64, 10_000])(
  'fields, quotes and broken lines are the same in chunks of %i bytes',
  (chunk) => {
    const { rows, broken } = split(TEXT, chunk);
    expect(rows).toEqual([
      [1, ['1', 'a', 'plain', '2', 'w', '3', 'c', 'UK']],
      [2, ['1', 'a', 'with, comma', '2', 'w', '3', 'c', 'UK']],
      [3, ['1', 'a', 'a "quote" £', '2', 'w', '3', 'c', 'UK']],
      [5, ['1', 'a', 'two\nlines', '2', 'w', '3', 'c', 'UK']],
      [10, ['1', 'a', '', '2', 'w', '3', '', 'last']],
    ]);
    expect(broken).toEqual([
      [7, '3 fields instead of 8.'],
      [8, '9 fields instead of 8.'],
      [9, 'A quote is out of place.'],
    ]);
  },
);

test('an unclosed quote costs its own line, not the file', () => {
  const good = '1,a,"b, b",2,w,3,c,UK\n';
  const { rows, broken } = split(`1,a,"open,2,w,3,c,UK\n${good.repeat(6_000)}`, 4_096);
  expect(broken).toEqual([[1, 'A quote is out of place.']]);
  expect(rows).toHaveLength(6_000);
});
