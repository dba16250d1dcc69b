import { expect, test } from 'vitest';
import type { PaymentStatus } from '../../platform/outbound/payments/types.ts';
import type { EntryKind } from './charge.ts';
import { linesOf, sumsOf } from './ledger.ts';

const charge = { amountMinor: 500_000n };
const learn = (...states: PaymentStatus[]) => {
  const lines = new Map(
    states.flatMap((status) => linesOf({ status }, charge)).map((line) => [line.kind, line]),
  );
  const { status, authorizedMinor, capturedMinor, refundedMinor } = sumsOf([...lines.values()], false);
  return `${status} ${authorizedMinor}/${capturedMinor}/${refundedMinor}`;
};

test.each<[PaymentStatus[], string]>([
  [[], 'PENDING 0/0/0'],
  [['AUTHORIZED'], 'AUTHORIZED 500000/0/0'],
  [['DECLINED'], 'FAILED 0/0/0'],
  [['DECLINED', 'AUTHORIZED'], 'AUTHORIZED 500000/0/0'],
  [['AUTHORIZED', 'VOIDED'], 'VOIDED 500000/0/0'],
  [['VOIDED', 'AUTHORIZED'], 'VOIDED 500000/0/0'],
  [['VOIDED'], 'VOIDED 0/0/0'],
  [['AUTHORIZED', 'CAPTURED'], 'CAPTURED 500000/500000/0'],
  [['CAPTURED', 'AUTHORIZED'], 'CAPTURED 500000/500000/0'],
  [['CAPTURED'], 'CAPTURED 500000/500000/0'],
  [['REFUNDED', 'CAPTURED', 'AUTHORIZED'], 'REFUNDED 500000/500000/500000'],
  [['REFUNDED'], 'REFUNDED 500000/500000/500000'],
  [['VOIDED', 'CAPTURED'], 'CAPTURED 500000/500000/0'],
])('%j adds up to %s', (states, expected) => expect(learn(...states)).toBe(expected));

test('waiting for the customer is a status only while nothing has happened', () => {
  expect(sumsOf([], true).status).toBe('REQUIRES_ACTION');
  expect(sumsOf([{ kind: 'VOID' as EntryKind, amountMinor: 0n }], true).status).toBe('VOIDED');
});
