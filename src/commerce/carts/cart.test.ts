import { expect, test } from 'vitest';
import { FieldError, type Raw } from '../ingest/index.ts';
import { readCart } from './cart.ts';

const context = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  source: 'shop',
  now: new Date('2026-11-20T12:00:00Z'),
};
const good: Raw = { externalId: 'k1', currency: 'EUR', valueMinor: 900, startedAt: '2026-11-20T08:00:00Z' };

function outcome(change: Raw): unknown {
  try {
    return readCart({ ...good, ...change }, context).fact;
  } catch (error) {
    if (error instanceof FieldError) return `${error.field} ${error.code}`;
    throw error;
  }
}

test.each<[string, Raw, unknown]>([
  [
    'open, last active when started',
    {},
    { status: 'OPEN', lastActivityAt: new Date('2026-11-20T08:00:00Z'), valueMinor: 900n },
  ],
  ['a negative value', { valueMinor: -1 }, 'valueMinor OUT_OF_RANGE'],
  ['active before started', { lastActivityAt: '2026-11-19' }, 'lastActivityAt CONFLICT'],
  ['an unknown status', { status: 'LOST' }, 'status INVALID'],
  [
    'the value of its lines',
    { valueMinor: null, items: [{ name: 'a', quantity: 3, unitPriceMinor: 7 }] },
    { valueMinor: 21n },
  ],
])('%s', (_, change, expected) => {
  if (typeof expected === 'string') expect(outcome(change)).toBe(expected);
  else expect(outcome(change)).toMatchObject(expected as object);
});
