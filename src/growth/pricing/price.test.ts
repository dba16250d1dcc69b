import { expect, test } from 'vitest';
import { moved, PRICE_STATUSES, type Price } from './price.ts';

const ALLOWED = [
  'PROPOSED>APPLYING',
  'PROPOSED>REJECTED',
  'APPLYING>ACTIVE',
  'APPLYING>FAILED',
  'APPLYING>REJECTED',
  'ACTIVE>SUPERSEDED',
];
const pairs = PRICE_STATUSES.flatMap((from) => PRICE_STATUSES.map((to) => [from, to] as const));

test.each(pairs)('%s to %s', (from, to) => {
  const step = () => moved({ status: from } as Price, to, { reason: 'why' });
  if (ALLOWED.includes(`${from}>${to}`)) expect(step()).toMatchObject({ status: to, reason: 'why' });
  else expect(step).toThrow(expect.objectContaining({ code: 'INVALID_TRANSITION', details: { from, to } }));
});
