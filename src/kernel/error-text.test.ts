import { expect, test } from 'vitest';
import { errorText } from './error-text.ts';
import { ValidationError } from './errors.ts';

test.each<[string, unknown, string]>([
  ['a refusal', new ValidationError('name', 'Too long.'), 'Too long.'],
  ['the first line', new Error('one\ntwo'), 'one'],
  ['300 characters', new Error('x'.repeat(999)), 'x'.repeat(300)],
  ['what is no error', 'odd', 'odd'],
  [
    'no host',
    Object.assign(new Error('connect ECONNREFUSED 10.0.0.5:5432'), { name: 'DatabaseAway' }),
    'DATABASE_AWAY',
  ],
  [
    'no table',
    Object.assign(new Error('relation "x" does not exist'), { severity: 'ERROR', code: '42P01' }),
    'DATABASE_ERROR 42P01',
  ],
  [
    'no statement',
    Object.assign(new Error('\nInvalid `prisma.order.findMany()`'), {
      name: 'PrismaClientKnownRequestError',
    }),
    'DATABASE_ERROR',
  ],
])('%s is said of an error', (_name, error, text) => {
  expect(errorText(error)).toBe(text);
});
