import Big from 'big.js';
import { ValidationError } from '../../kernel/errors.ts';
import { type Money, multiplyMoney } from '../../kernel/money.ts';
import type { Reason } from '../../kernel/reason.ts';
import type { Opportunity } from '../opportunities/index.ts';
import { type Hub, previewRoute, type RouteAnswer } from '../routing/index.ts';
import { deliveryCost } from './delivery-cost.ts';

/** Prior for "the customer accepts": the middle of the 20–40 % target of spec c.9, until there are outcomes. */
export const ACCEPT_PRIOR = 0.3;
/** The price must be at least this many times the estimated delivery cost (spec c.3). */
export const MIN_MARGIN = '1.3';

type Route = Extract<RouteAnswer, { ok: true }>;

/** What the tenant allows, and what has been used up. */
export interface OfferPolicy {
  readonly price: Money;
  /** Offers that may still be made in the current 24 h. */
  readonly remainingToday: number;
  /** Customers who had an offer in the last 7 days. */
  readonly recentCustomers: ReadonlySet<string>;
}

/** An offer worth making. */
export interface OfferPlan {
  readonly opportunity: Opportunity;
  readonly route: Route;
  readonly cost: Money;
  readonly expectedRevenue: Money;
  readonly reasons: readonly Reason[];
}

export interface Proposal {
  readonly plans: readonly OfferPlan[];
  /** Refusals by reason; a route's refusal counts under its own code. */
  readonly held: Record<string, number>;
}

/**
 * Which opportunities get an offer, the rarest first, and why the others do not (spec c.3). Pure: the same
 * facts give the same plans. The limits are checked last, so that a refusal never uses up a place.
 */
export function proposeOffers(
  opportunities: readonly Opportunity[],
  hubs: readonly Hub[],
  policy: OfferPolicy,
): Proposal {
  const ranked = [...opportunities].sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  const held: Record<string, number> = {};
  const customers = new Set(policy.recentCustomers);
  const plans: OfferPlan[] = [];
  for (const opportunity of ranked) {
    const plan = planFor(opportunity, hubs, policy.price, customers);
    if (typeof plan === 'string') held[plan] = (held[plan] ?? 0) + 1;
    else if (plans.length >= policy.remainingToday) held.DAILY_LIMIT = (held.DAILY_LIMIT ?? 0) + 1;
    else {
      plans.push(plan);
      customers.add(opportunity.customerId as string);
    }
  }
  return { plans, held };
}

function planFor(
  opportunity: Opportunity,
  hubs: readonly Hub[],
  price: Money,
  customers: ReadonlySet<string>,
): OfferPlan | string {
  if (opportunity.customerId === null) return 'NO_CUSTOMER';
  const route = routeOf(opportunity, hubs);
  if (!route.ok) return route.code;
  const cost = deliveryCost(route.legs, opportunity.weightGrams / 1000, price.currency);
  if (cost === null) return 'NO_COST_MODEL';
  if (new Big(MIN_MARGIN).times(cost.amountMinor).gt(price.amountMinor)) return 'PRICE_BELOW_COST';
  if (customers.has(opportunity.customerId)) return 'CUSTOMER_LIMIT';
  const expectedRevenue = multiplyMoney(price, ACCEPT_PRIOR);
  return { opportunity, route, cost, expectedRevenue, reasons: reasonsOf(opportunity, route, cost, price) };
}

/** The route that exists now, or why there is none; impossible places are a refusal, not a failed phase. */
export function routeOf(
  opportunity: Opportunity,
  hubs: readonly Hub[],
): Route | { ok: false; code: string; reasons: readonly Reason[] } {
  const { pickupLat, pickupLon, pickupCountry, deliveryLat, deliveryLon, deliveryCountry } = opportunity;
  try {
    return previewRoute(hubs, {
      pickup: { lat: pickupLat, lon: pickupLon, country: pickupCountry },
      delivery: { lat: deliveryLat, lon: deliveryLon, country: deliveryCountry },
      weightKg: opportunity.weightGrams / 1000,
    });
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const code = 'INVALID_PLACE';
    return { ok: false, code, reasons: [{ code, text: error.message }] };
  }
}

function reasonsOf(opportunity: Opportunity, route: Route, cost: Money, price: Money): Reason[] {
  const times =
    cost.amountMinor === 0n ? '∞' : new Big(price.amountMinor).div(cost.amountMinor.toString()).toFixed(1);
  return [
    { code: 'ELITE', text: `Its rarity score of ${opportunity.score.toFixed(2)} makes it elite.` },
    ...route.reasons,
    { code: 'COST_COVERED', text: `The price is ${times} times the estimated delivery cost.` },
    {
      code: 'ACCEPT_PRIOR',
      text: `${ACCEPT_PRIOR * 100} % are expected to accept, until there are outcomes to learn from.`,
    },
  ];
}
