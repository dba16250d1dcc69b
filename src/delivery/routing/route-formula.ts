import { defineFormula } from '../../control/decisions/index.ts';
import type { Network } from './network.ts';
import { previewRoute, type RouteAnswer, type RouteRequest } from './route.ts';

/** The route of a package as a recorded decision (spec 0.6): record it with the pruned network. */
export const routeFormula = defineFormula<{ network: Network; request: RouteRequest }, RouteAnswer>({
  kind: 'delivery.route',
  version: '1',
  compute({ network, request }) {
    const output = previewRoute(network, request);
    return { output, reasons: output.reasons };
  },
});
