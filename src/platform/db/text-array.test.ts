import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../kernel/random.ts';
import { parseTextArray } from './text-array.ts';

const theirs = pg.types.getTypeParser(1009 as never, 'text');

/** As Postgres' array_out writes a list. */
const written = (elements: readonly (string | null)[]): string =>
  `{${elements
    .map((element) => {
      if (element === null) return 'NULL';
      const isPlain = element !== '' && !/[\s{},"\\]/.test(element) && element.toUpperCase() !== 'NULL';
      return isPlain ? element : `"${element.replace(/["\\]/g, '\\$&')}"`;
    })
    .join(',')}}`;

describe('parseTextArray', () => {
  test.each<[string, (string | null)[]]>([
    ['{}', []],
    ['{a}', ['a']],
    ['{a,b,NULL}', ['a', 'b', null]],
    ['{"NULL",NULL,""}', ['NULL', null, '']],
    ['{"WHITE HANGING HEART",85123A,"a,b"}', ['WHITE HANGING HEART', '85123A', 'a,b']],
    ['{"cast 12\\" pan","back\\\\","\\\\\\"x"}', ['cast 12" pan', 'back\\', '\\"x']],
    ['{"{x}","two\nlines",é}', ['{x}', 'two\nlines', 'é']],
  ])('%s', (text, elements) => {
    expect(parseTextArray(text)).toEqual(elements);
    expect(theirs(text)).toEqual(elements);
  });

  test('leaves lists of lists and own bounds to pg', () => {
    expect(parseTextArray('{{a,b},{c,d}}')).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(parseTextArray('[0:1]={a,b}')).toEqual(['a', 'b']);
  });

  test('says the same as pg about anything', () => {
    const random = seeded(20261121);
    const letters = ['a', 'Z', '"', '\\', ',', '{', '}', ' ', '\n', 'é', '𝄞', 'NULL', 'null'];
    for (let round = 0; round < 2_000; round++) {
      const elements = Array.from({ length: random.int(0, 6) }, () =>
        random.next() < 0.1
          ? null
          : Array.from({ length: random.int(0, 5) }, () => letters[random.int(0, letters.length - 1)]).join(
              '',
            ),
      );
      const text = written(elements);
      expect(parseTextArray(text), text).toEqual(elements);
      expect(theirs(text), text).toEqual(elements);
    }
  });
});
