import { compute, decidedSince, type NewDecision, recordDecisions } from '../../control/decisions/index.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { pruneNetwork, routeFormula } from '../routing/index.ts';
import { type Reach, routeRequestOf } from './find-way.ts';
import type { Offer } from './offer.ts';
import { offerFormula, offerGate } from './offer-rule.ts';
import type { OfferPlan } from './propose.ts';

/** Decisions about offers that the gate held back, per run: the first ones say why, the rest would repeat it. */
export const MAX_HELD = 100;

/**
 * Records why offers were made, and why the gate held others back: those once in 24 h each, because a candidate comes
 * back with every cycle. Two statements at most.
 */
export async function recordOffers(
  scope: Scope,
  tx: Tx,
  plans: readonly OfferPlan[],
  offers: readonly Offer[],
  reach: Reach,
): Promise<void> {
  const made = new Map(offers.map((offer) => [offer.opportunityId, offer]));
  const decisions = plans.flatMap((plan): NewDecision[] => {
    const offer = made.get(plan.opportunity.id);
    return offer
      ? [decisionOf(plan, offer.decisionId as string, offer.id), routeDecision(scope, plan, offer, reach)]
      : [];
  });
  const held = plans.filter(({ computed }) => computed.output.action === 'HOLD').slice(0, MAX_HELD);
  if (held.length > 0) {
    const subjects = held.map(({ opportunity }) => opportunity.id);
    const since = addMs(scope.now, -DAY_MS);
    const known = await decidedSince(tx, scope.tenantId, offerFormula.kind, subjects, since);
    for (const plan of held) {
      const subject = plan.opportunity.id;
      if (!known.has(subject)) decisions.push(decisionOf(plan, uuidv7(scope.now.getTime()), subject));
    }
  }
  await recordDecisions(scope, tx, decisions);
}

/** How it would travel, by the part of the network that this depends on. */
function routeDecision(scope: Scope, plan: OfferPlan, offer: Offer, reach: Reach): NewDecision {
  const request = routeRequestOf(plan.opportunity, reach.groundFallback);
  return {
    id: uuidv7(scope.now.getTime()),
    formula: routeFormula,
    subject: offer.id,
    computed: compute(routeFormula, { network: pruneNetwork(reach.network, request), request }),
  };
}

const decisionOf = (plan: OfferPlan, id: string, subject: string): NewDecision => ({
  id,
  formula: offerFormula,
  subject,
  computed: plan.computed,
  gate: offerGate(plan.inputs.policy, plan.inputs.wouldUse),
});
