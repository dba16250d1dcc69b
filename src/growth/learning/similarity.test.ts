import { expect, test } from 'vitest';
import { isSimilar, jaccard, packageOf } from './similarity.ts';

test('words without case, order, width or punctuation', () => {
  const { tokens, categories } = packageOf(['Ｒed  Lamp, small', 'lamp!'], [' Home ', 'home', '']);
  expect(tokens).toEqual(['lamp', 'red', 'small']);
  expect(categories).toEqual(['home']);
});

test.each([
  [['a', 'b', 'c'], ['a', 'b', 'c', 'd'], 0.75],
  [['a', 'b'], ['b', 'c'], 1 / 3],
  [[], ['a'], 0],
  [[], [], 0],
])('%j and %j', (a, b, expected) => {
  expect(jaccard(a, b)).toBeCloseTo(expected, 12);
});

test.each([
  ['same words, other order', [['old silver coin'], []], [['coin silver old'], []], true],
  ['three of four words', [['old silver coin'], []], [['old silver coin box'], []], true],
  ['two of four words', [['silver coin'], []], [['old silver coin box'], []], false],
  ['a common category', [['vase'], ['glass', 'home']], [['lamp'], ['Home']], true],
  ['nothing in common', [['vase'], ['glass']], [['lamp'], ['light']], false],
] as const)('%s', (_name, [n1, c1], [n2, c2], similar) => {
  expect(isSimilar(packageOf(n1, c1), packageOf(n2, c2))).toBe(similar);
});
