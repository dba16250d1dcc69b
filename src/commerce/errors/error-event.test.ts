import { expect, test } from 'vitest';
import { FieldError, type Raw } from '../ingest/index.ts';
import { readErrorEvent } from './error-event.ts';

const context = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  source: 'shop',
  now: new Date('2026-11-20T12:00:00Z'),
};
const good: Raw = {
  externalId: 'e1',
  service: 'checkout',
  message: '500',
  occurredAt: '2026-11-20T08:00:00Z',
};

function outcome(change: Raw): unknown {
  try {
    return readErrorEvent({ ...good, ...change }, context).fact;
  } catch (error) {
    if (error instanceof FieldError) return `${error.field} ${error.code}`;
    throw error;
  }
}

test.each<[string, Raw, unknown]>([
  ['one error', {}, { count: 1 }],
  ['many errors', { count: '25' }, { count: 25 }],
  ['none', { count: 0 }, 'count OUT_OF_RANGE'],
  ['no service', { service: ' ' }, 'service REQUIRED'],
])('%s', (_, change, expected) => {
  if (typeof expected === 'string') expect(outcome(change)).toBe(expected);
  else expect(outcome(change)).toMatchObject(expected as object);
});
