import { getSteering } from '../../control/flags/index.ts';
import type { EngineSettings } from '../../control/tenancy/index.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import { type Money, money } from '../../kernel/money.ts';
import { addMs, DAY_MS, HOUR_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { expireStale, moveOpportunities } from '../opportunities/index.ts';
import { type Desk, openDesk } from './desk.ts';
import { closeDueOffers } from './expire-offers.ts';
import { findWayOver } from './find-way.ts';
import { ACTION_TYPE, BUNDLE_NAME, type Offer, offerEvent } from './offer.ts';
import { acceptProbability, prospectRefusal } from './offer-rule.ts';
import { byRarity, count, type OfferPlan, proposeOffers, sortOut, type Used } from './propose.ts';
import { drawQuotes } from './quotes.ts';
import { MAX_HELD, recordOffers } from './record-offers.ts';
import { insertOffers, lockDesk, type NewOffer, saveFingerprint } from './store.ts';

/** Nobody wants an offer about a package of last season: the freshness horizon of spec c.1. */
const MAX_ORDER_AGE_DAYS = 30;

export interface GeneratedActions {
  actionsCreated: number;
  /** Sum of the prices: what there is to win, not what is won (C13). */
  totalRevenue: Money;
  /** Sum of price × probability of acceptance. */
  expectedRevenue: Money;
  /** Elite opportunities that got no offer, by reason. */
  held: Record<string, number>;
}

/**
 * Makes the bundle offer for elite opportunities (spec c.3), within the tenant's limits, in one transaction of at
 * most 25 statements. What the policy gate holds back is counted, and its decision recorded.
 */
export async function generateActions(scope: Scope, tx: Tx): Promise<GeneratedActions> {
  const seen = await lockDesk(tx, scope.tenantId);
  const { events } = await closeDueOffers(scope, tx);
  const settings = await getSteering(scope, tx);
  const since = addMs(scope.now, -MAX_ORDER_AGE_DAYS * DAY_MS);
  const stale = await expireStale(tx, scope.tenantId, since);
  const held: Record<string, number> = stale > 0 ? { STALE: stale } : {};
  const desk = await openDesk(scope, tx, settings, { since, seen });
  const plans = await plan(scope, tx, desk, held);
  const offers = await write(scope, tx, settings, desk, plans);
  if (desk.changed) await saveFingerprint(tx, scope.tenantId, desk.changed);
  const told = [...events, ...offers.flatMap((offer) => offerEvent(offer) ?? [])];
  await scope.events.append(tx, scope.tenantId, told);
  const { currency } = desk.price;
  const sum = (amounts: readonly bigint[]) =>
    money(
      amounts.reduce((total, minor) => total + minor, 0n),
      currency,
    );
  return {
    actionsCreated: offers.length,
    totalRevenue: sum(offers.map((offer) => offer.bundlePriceMinor)),
    expectedRevenue: sum(offers.map((offer) => offer.expectedRevenueMinor)),
    held,
  };
}

/**
 * Goes through the candidates in batches, the rarest first, until the day's places are taken: a route is only looked
 * for where there may be an offer, or a decision about it to be recorded.
 */
async function plan(
  scope: Scope,
  tx: Tx,
  desk: Desk,
  held: Record<string, number>,
): Promise<readonly OfferPlan[]> {
  const { policy, usedToday } = desk;
  const used: Used = { today: usedToday, customers: new Set() };
  const size = Math.max(0, policy.limitPerDay - usedToday) + MAX_HELD;
  const findWay = findWayOver(desk.reach);
  const waiting = byRarity(desk.candidates);
  const plans: OfferPlan[] = [];
  const notFlyable: string[] = [];
  do {
    const sorted = sortOut(waiting.splice(0, size), policy, findWay, held);
    notFlyable.push(...sorted.notFlyable);
    if (sorted.feasible.length === 0) continue;
    const quoteFor = await drawQuotes(scope, tx, sorted.feasible, { ...desk, usedToday: used.today });
    plans.push(...proposeOffers(sorted.feasible, policy, used, quoteFor, held));
  } while (waiting.length > 0 && used.today < policy.limitPerDay);
  for (const { prospect } of waiting) count(held, prospectRefusal(prospect, policy) ?? FULL);
  if (notFlyable.length > 0) await moveOpportunities(tx, scope.tenantId, notFlyable, 'NOT_FLYABLE');
  return plans;
}

const FULL = 'CAP:MESSAGES_PER_DAY';

async function write(
  scope: Scope,
  tx: Tx,
  settings: EngineSettings,
  desk: Desk,
  plans: readonly OfferPlan[],
): Promise<Offer[]> {
  if (plans.length === 0) return [];
  const made = plans.filter(({ computed }) => computed.output.action !== 'HOLD');
  const rows = made.map((each) => newOffer(scope, settings, each));
  const offers = rows.length > 0 ? await insertOffers(tx, scope.tenantId, rows) : [];
  const offered = offers.filter(({ status }) => status === 'OFFERED').map((offer) => offer.opportunityId);
  if (offered.length > 0) await moveOpportunities(tx, scope.tenantId, offered, 'OFFERED');
  await recordOffers(scope, tx, plans, offers, desk.reach);
  return offers;
}

function newOffer(scope: Scope, settings: EngineSettings, plan: OfferPlan): NewOffer {
  const { opportunity, way, inputs, computed } = plan;
  const { quote, policy } = inputs;
  const isOffered = computed.output.action === 'OFFER';
  const { experimentId, arm, propensity, weightsVersion } = quote;
  return {
    id: uuidv7(scope.now.getTime()),
    opportunityId: opportunity.id,
    customerId: opportunity.customerId,
    actionType: ACTION_TYPE,
    status: isOffered ? 'OFFERED' : 'PENDING',
    bundleName: BUNDLE_NAME,
    bundleItems: opportunity.itemNames,
    currency: quote.currency,
    bundlePriceMinor: BigInt(quote.amountMinor),
    expectedRevenueMinor: BigInt(computed.output.expectedRevenueMinor as string),
    acceptProbability: acceptProbability(policy.answers),
    deliveryCostMinor: BigInt(computed.output.costMinor as string),
    rarityThreshold: policy.rarityThreshold,
    routePath: way.path,
    routeSuccess: way.successProbability,
    routeEtaMin: way.etaMin,
    isAutoExecutable: settings.dispatchMode === 'AUTO',
    reasons: computed.reasons,
    ...{ experimentId, arm, propensity, weightsVersion },
    decisionId: uuidv7(scope.now.getTime()),
    createdAt: scope.now,
    offeredAt: isOffered ? scope.now : null,
    expiresAt: addMs(scope.now, settings.offerTtlHours * HOUR_MS),
  };
}
