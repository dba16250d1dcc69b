import { uuidv7 } from '../../kernel/ids.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Offer } from '../offers/index.ts';
import type { Opportunity } from '../opportunities/index.ts';
import { freshLegs } from './legs.ts';
import type { DispatchPlan, DispatchRoute } from './plan-dispatch.ts';
import type { NewDelivery } from './store.ts';

export interface Planned {
  readonly offer: Offer;
  readonly opportunity: Opportunity;
  readonly plan: DispatchPlan;
  /** Hubs on which it has slots. */
  readonly own: ReadonlySet<string>;
  readonly decisionId: string;
  readonly isRegionOverridden?: boolean;
}

/**
 * A delivery as it begins. When its way leads over other hubs than those it has slots on, or nowhere, it begins
 * without legs, and the loop finds it a way and the slots for it, one delivery at a time.
 */
export function newDelivery(scope: Scope, planned: Planned): NewDelivery {
  const { offer, opportunity, plan, own, decisionId, isRegionOverridden = false } = planned;
  const route = plan.route && isSame(plan.route.path, own) ? plan.route : null;
  return {
    id: uuidv7(scope.now.getTime()),
    ...{ offerId: offer.id, opportunityId: opportunity.id, priority: plan.priority, decisionId },
    ...routeFields(route, scope.now, offer, opportunity),
    ...{ isRegionOverridden, costMinor: BigInt(plan.costMinor), currency: offer.currency },
    ...{ weightGrams: opportunity.weightGrams, attempts: 0, reason: plan.refusal, createdAt: scope.now },
  };
}

/** What a delivery says about its way; without one, what its offer promised. */
function routeFields(route: DispatchRoute | null, now: Date, offer: Offer, opportunity: Opportunity) {
  return {
    destinationRegion: route?.region ?? opportunity.destinationRegion ?? '',
    routePath: route?.path ?? offer.routePath,
    legs: route ? freshLegs(route.legs, now) : [],
    successProbability: route?.successProbability ?? offer.routeSuccess,
    etaMin: route?.etaMin ?? offer.routeEtaMin,
  };
}

const isSame = (path: readonly string[], own: ReadonlySet<string>): boolean =>
  new Set(path).size === own.size && path.every((id) => own.has(id));
