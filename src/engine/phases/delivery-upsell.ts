import { generateActions } from '../../delivery/offers/index.ts';
import type { Phase } from '../phase.ts';

/** DELIVERY_UPSELL: offers for elite packages that can be delivered now (spec c.3). */
export const deliveryUpsell: Phase = {
  name: 'DELIVERY_UPSELL',
  async run(scope, tx) {
    const { actionsCreated, totalRevenue, expectedRevenue, held } = await generateActions(scope, tx);
    return {
      isDone: true,
      result: {
        actionsCreated,
        totalRevenueMinor: totalRevenue.amountMinor.toString(),
        expectedRevenueMinor: expectedRevenue.amountMinor.toString(),
        currency: totalRevenue.currency,
        ...Object.fromEntries(Object.entries(held).map(([reason, n]) => [`held_${reason}`, n])),
      },
    };
  },
};
