import { detectOpportunities } from '../../delivery/opportunities/index.ts';
import type { Phase } from '../phase.ts';

/** DELIVERY_DETECT: scores what is new and finds rare packages, a bounded chunk per step (spec c.1, c.2). */
export const deliveryDetect: Phase = {
  name: 'DELIVERY_DETECT',
  run: (scope, tx, _cycle, previous) => detectOpportunities(scope, tx, previous),
};
