import { dispatchPaid } from '../../delivery/dispatch/index.ts';
import { generateActions } from '../../delivery/offers/index.ts';
import type { Phase, PhaseResult } from '../phase.ts';

const reasons = (prefix: string, counts: Record<string, number>): PhaseResult =>
  Object.fromEntries(Object.entries(counts).map(([reason, n]) => [`${prefix}_${reason}`, n]));

/**
 * DELIVERY_UPSELL: offers for elite packages that can be delivered now (spec c.3), then, in a transaction of its own,
 * dispatches of what has been paid for. The delivery loop carries them; no provider is called from here.
 */
export const deliveryUpsell: Phase = {
  name: 'DELIVERY_UPSELL',
  async run(scope, tx, _cycle, previous) {
    if (previous) {
      const { dispatched, held } = await dispatchPaid(scope, tx);
      return { isDone: true, result: { ...previous, dispatched, ...reasons('undispatched', held) } };
    }
    const { actionsCreated, totalRevenue, expectedRevenue, held } = await generateActions(scope, tx);
    return {
      isDone: false,
      result: {
        actionsCreated,
        totalRevenueMinor: totalRevenue.amountMinor.toString(),
        expectedRevenueMinor: expectedRevenue.amountMinor.toString(),
        currency: totalRevenue.currency,
        ...reasons('held', held),
      },
    };
  },
};
