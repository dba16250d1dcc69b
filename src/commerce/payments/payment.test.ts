import { expect, test } from 'vitest';
import { FieldError, type Raw } from '../ingest/index.ts';
import { readPayment } from './payment.ts';

const context = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  source: 'shop',
  now: new Date('2026-11-20T12:00:00Z'),
};
const good: Raw = {
  externalId: 'p1',
  status: 'CAPTURED',
  currency: 'EUR',
  amountMinor: 900,
  attemptedAt: '2026-11-20T08:00:00Z',
};

function outcome(change: Raw): unknown {
  try {
    return readPayment({ ...good, ...change }, context).fact;
  } catch (error) {
    if (error instanceof FieldError) return `${error.field} ${error.code}`;
    throw error;
  }
}

test.each<[string, Raw, unknown]>([
  [
    'captured when attempted',
    {},
    { capturedAt: new Date('2026-11-20T08:00:00Z'), refundedMinor: 0n, refundedAt: null, attempt: 1 },
  ],
  [
    'failed',
    { status: 'FAILED', declineCode: 'do_not_honor' },
    { capturedAt: null, declineCode: 'do_not_honor' },
  ],
  ['failed and captured', { status: 'FAILED', capturedAt: '2026-11-20T08:00:00Z' }, 'capturedAt CONFLICT'],
  ['captured before attempted', { capturedAt: '2026-11-19' }, 'capturedAt CONFLICT'],
  ['refunded without a time', { status: 'REFUNDED' }, 'refundedAt REQUIRED'],
  [
    'refunded: all of it, still captured',
    { status: 'REFUNDED', refundedAt: '2026-11-20T09:00:00Z' },
    { refundedMinor: 900n, capturedAt: new Date('2026-11-20T08:00:00Z') },
  ],
  [
    'a credit note was never captured',
    { status: 'REFUNDED', isCreditNote: true, refundedAt: '2026-11-20T09:00:00Z' },
    { capturedAt: null },
  ],
  ['a captured credit note', { isCreditNote: true }, 'isCreditNote CONFLICT'],
  [
    'more back than taken',
    { refundedMinor: 901, refundedAt: '2026-11-20T09:00:00Z' },
    'refundedMinor OUT_OF_RANGE',
  ],
  ['a refund of nothing', { refundedAt: '2026-11-20T09:00:00Z' }, 'refundedMinor CONFLICT'],
  [
    'a refund of a failed one',
    { status: 'FAILED', refundedMinor: 1, refundedAt: '2026-11-20T09:00:00Z' },
    'status CONFLICT',
  ],
  ['a negative amount', { amountMinor: -1 }, 'amountMinor OUT_OF_RANGE'],
  ['attempt 0', { attempt: 0 }, 'attempt OUT_OF_RANGE'],
])('%s', (_, change, expected) => {
  if (typeof expected === 'string') expect(outcome(change)).toBe(expected);
  else expect(outcome(change)).toMatchObject(expected as object);
});
