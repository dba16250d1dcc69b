import type { Payment, PaymentProvider, PaymentState } from '../../platform/outbound/payments/types.ts';
import { WebhookRefused } from '../../platform/outbound/payments/types.ts';
import type { Scope } from '../../platform/scope.ts';

/** Amounts that end in …01 minor units are declined, everything else is authorised at once. */
const DECLINED_ENDING = 1n;

const WRITE = `
  UPDATE test_payment SET status = $3 WHERE tenant_id = $1 AND id = $2 AND status = ANY($4)
  RETURNING status, id AS ref, currency, amount_minor AS "amountMinor"`;

/**
 * The built-in provider: a deterministic stand-in with a ledger of its own, for installations and tenants without a
 * real one. It asks nobody, moves no money and has no webhooks.
 */
export function createTestProvider(scope: Scope): PaymentProvider {
  const { db, tenantId } = scope;
  const refOf = ({ reference }: Payment) => `test_${reference}`;
  async function find(payment: Payment): Promise<PaymentState | null> {
    const row = await db.row<PaymentState>(
      `SELECT status, id AS ref, currency, amount_minor AS "amountMinor" FROM test_payment
       WHERE tenant_id = $1 AND id = $2`,
      [tenantId, refOf(payment)],
      'find_test_payment',
    );
    return row ? withCode(row) : null;
  }
  /** Moves a payment on from one of these statuses; one that is elsewhere stays where it is. */
  async function move(payment: Payment, to: string, from: string[]): Promise<PaymentState> {
    const moved = await db.row<PaymentState>(
      WRITE,
      [tenantId, refOf(payment), to, from],
      'move_test_payment',
    );
    return moved ?? ((await find(payment)) as PaymentState);
  }
  return {
    name: 'TEST',
    find,
    async authorise(request) {
      const { reference, currency, amountMinor } = request;
      const status = amountMinor % 100n === DECLINED_ENDING ? 'DECLINED' : 'AUTHORIZED';
      await db.run(
        `INSERT INTO test_payment (tenant_id, id, reference, currency, amount_minor, status, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
        [tenantId, refOf(request), reference, currency, amountMinor, status, scope.now],
        'insert_test_payment',
      );
      return (await find(request)) as PaymentState;
    },
    capture: (payment) => move(payment, 'CAPTURED', ['AUTHORIZED']),
    void: (payment) => move(payment, 'VOIDED', ['AUTHORIZED']),
    refund: (payment) => move(payment, 'REFUNDED', ['CAPTURED']),
    parseWebhook() {
      throw new WebhookRefused();
    },
  };
}

const withCode = (state: PaymentState): PaymentState =>
  state.status === 'DECLINED' ? { ...state, code: 'TEST_DECLINE' } : state;
