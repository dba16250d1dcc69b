import { checkCapacityAlerts } from '../../delivery/capacity/index.ts';
import { collectOutcomes } from '../../delivery/feedback/index.ts';
import type { Phase } from '../phase.ts';

/** DELIVERY_FEEDBACK: offers that ended become outcomes, a bounded chunk per step (spec d.1); then capacity alerts. */
export const deliveryFeedback: Phase = {
  name: 'DELIVERY_FEEDBACK',
  async run(scope, tx, _cycle, previous) {
    // In a step of its own: both append events, and hubs are locked before the event log.
    if (previous?.isCollected) {
      await checkCapacityAlerts(scope, tx);
      return { isDone: true, result: previous };
    }
    const { ended, recorded, isDone } = await collectOutcomes(scope, tx);
    const result = {
      ended: Number(previous?.ended ?? 0) + ended,
      outcomes: Number(previous?.outcomes ?? 0) + recorded,
      isCollected: isDone,
    };
    return { isDone: false, result };
  },
};
