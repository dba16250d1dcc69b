import { type EngineSettings, getSettings } from '../../control/tenancy/index.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import { type Money, money } from '../../kernel/money.ts';
import { addMs, DAY_MS, HOUR_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { eliteToOffer, expireStale, lockDetected, moveOpportunities } from '../opportunities/index.ts';
import { loadHubs } from '../routing/index.ts';
import { closeDueOffers } from './expire-offers.ts';
import { ACTION_TYPE, BUNDLE_NAME, type Offer, offerPayload } from './offer.ts';
import { ACCEPT_PRIOR, type OfferPlan, proposeOffers } from './propose.ts';
import { insertOffers, lockDesk, type NewOffer, usage } from './store.ts';

/** Nobody wants an offer about a package of last season: the freshness horizon of spec c.1. */
const MAX_ORDER_AGE_DAYS = 30;
/** Candidates looked at in one run, rarest first; they are few, because they are the top 1 % of 30 days. */
const MAX_CANDIDATES = 1_000;

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
 * most 16 statements. OFF and OBSERVE write nothing and count what they held back.
 */
export async function generateActions(scope: Scope, tx: Tx): Promise<GeneratedActions> {
  await lockDesk(tx, scope.tenantId);
  await closeDueOffers(scope, tx);
  const settings = await getSettings(tx, scope.tenantId);
  const price = money(settings.bundlePriceMinor, settings.bundleCurrency);
  const since = addMs(scope.now, -MAX_ORDER_AGE_DAYS * DAY_MS);
  const stale = await expireStale(tx, scope.tenantId, since);
  const held: Record<string, number> = stale > 0 ? { STALE: stale } : {};
  const candidates = await eliteToOffer(tx, scope.tenantId, since, scope.now, MAX_CANDIDATES);
  const plans = await plan(scope, tx, settings, price, candidates, held);
  const offers = await write(scope, tx, settings, price, plans);
  const sum = (of: (offer: Offer) => bigint) =>
    money(
      offers.reduce((total, offer) => total + of(offer), 0n),
      price.currency,
    );
  return {
    actionsCreated: offers.length,
    totalRevenue: sum((offer) => offer.bundlePriceMinor),
    expectedRevenue: sum((offer) => offer.expectedRevenueMinor),
    held,
  };
}

async function plan(
  scope: Scope,
  tx: Tx,
  settings: EngineSettings,
  price: Money,
  candidates: Awaited<ReturnType<typeof eliteToOffer>>,
  held: Record<string, number>,
): Promise<readonly OfferPlan[]> {
  if (candidates.length === 0) return [];
  const customers = candidates.flatMap(({ customerId }) => customerId ?? []);
  const used = await usage(tx, scope.tenantId, scope.now, customers);
  const hubs = await loadHubs(tx, scope.tenantId);
  const proposal = proposeOffers(candidates, hubs, {
    price,
    remainingToday: Math.max(0, settings.offersPerDay - used.today),
    recentCustomers: used.customers,
  });
  Object.assign(held, proposal.held);
  const gate = { OFF: 'MODE_OFF', OBSERVE: 'DRY_RUN', APPROVE: null, AUTO: null }[settings.upsellMode];
  if (gate === null || proposal.plans.length === 0) return proposal.plans;
  held[gate] = proposal.plans.length;
  return [];
}

async function write(
  scope: Scope,
  tx: Tx,
  settings: EngineSettings,
  price: Money,
  plans: readonly OfferPlan[],
): Promise<Offer[]> {
  if (plans.length === 0) return [];
  const free = await lockDetected(
    tx,
    scope.tenantId,
    plans.map(({ opportunity }) => opportunity.id),
  );
  const wanted = plans.filter(({ opportunity }) => free.has(opportunity.id));
  const rows = wanted.map((each) => newOffer(scope, settings, price, each));
  const offers = await insertOffers(tx, scope.tenantId, rows);
  const offered = offers.filter(({ status }) => status === 'OFFERED').map((offer) => offer.opportunityId);
  if (offered.length > 0) await moveOpportunities(tx, scope.tenantId, offered, 'OFFERED');
  await scope.events.append(
    tx,
    scope.tenantId,
    offers.map((offer) => ({ type: 'ACTION_PROPOSED', payload: offerPayload(offer) })),
  );
  return offers;
}

function newOffer(scope: Scope, settings: EngineSettings, price: Money, plan: OfferPlan): NewOffer {
  const { opportunity, route, cost, expectedRevenue, reasons } = plan;
  const isAuto = settings.upsellMode === 'AUTO';
  return {
    id: uuidv7(scope.now.getTime()),
    opportunityId: opportunity.id,
    customerId: opportunity.customerId,
    actionType: ACTION_TYPE,
    status: isAuto ? 'OFFERED' : 'PENDING',
    bundleName: BUNDLE_NAME,
    bundleItems: opportunity.itemNames,
    currency: price.currency,
    bundlePriceMinor: price.amountMinor,
    expectedRevenueMinor: expectedRevenue.amountMinor,
    acceptProbability: ACCEPT_PRIOR,
    deliveryCostMinor: cost.amountMinor,
    rarityThreshold: settings.rarityThreshold,
    routePath: route.path,
    routeSuccess: route.successProbability,
    routeEtaMin: route.etaMin,
    isAutoExecutable: isAuto,
    reasons,
    ...{ experimentId: null, arm: null, propensity: null, weightsVersion: null, decisionId: null },
    createdAt: scope.now,
    offeredAt: isAuto ? scope.now : null,
    expiresAt: addMs(scope.now, settings.offerTtlHours * HOUR_MS),
  };
}
