import { expect, test } from 'vitest';
import { FieldError, type Raw } from '../ingest/index.ts';
import { readCustomer } from './customer.ts';

const context = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  source: 'shop',
  now: new Date('2026-11-20T12:00:00Z'),
};
const good: Raw = { externalId: 'c1', signedUpAt: '2026-11-01T00:00:00Z' };

function outcome(change: Raw): unknown {
  try {
    return readCustomer({ ...good, ...change }, context).fact;
  } catch (error) {
    if (error instanceof FieldError) return `${error.field} ${error.code}`;
    throw error;
  }
}

test.each<[string, Raw, unknown]>([
  ['the least there can be', {}, { email: null, name: null, country: null, churnedAt: null, version: 1n }],
  ['no id', { externalId: '' }, 'externalId REQUIRED'],
  ['an id of 201 characters', { externalId: 'x'.repeat(201) }, 'externalId TOO_LONG'],
  ['no sign-up', { signedUpAt: null }, 'signedUpAt REQUIRED'],
  ['an e-mail without @', { email: 'nobody' }, 'email INVALID'],
  ['a name of 200 kB', { name: 'x'.repeat(200_000) }, 'name TOO_LONG'],
  ['churned before it came', { churnedAt: '2026-10-01' }, 'churnedAt CONFLICT'],
  ['consent unknown', {}, { acceptsMarketing: null }],
  ['consent given in csv', { acceptsMarketing: 'yes' }, { acceptsMarketing: true }],
  ['consent refused', { acceptsMarketing: false }, { acceptsMarketing: false }],
  ['consent of neither kind', { acceptsMarketing: 'perhaps' }, 'acceptsMarketing INVALID'],
  ['churned', { churnedAt: '2026-11-02' }, { churnedAt: new Date('2026-11-02') }],
])('%s', (_, change, expected) => {
  if (typeof expected === 'string') expect(outcome(change)).toBe(expected);
  else expect(outcome(change)).toMatchObject(expected as object);
});
