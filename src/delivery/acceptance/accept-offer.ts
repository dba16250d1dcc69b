import { decide } from '../../control/decisions/index.ts';
import { getSteering } from '../../control/flags/index.ts';
import type { GateAnswer } from '../../control/policy/index.ts';
import { watchTenant } from '../../control/watch/index.ts';
import { InvalidTransitionError, VersionConflictError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { reserveHubs } from '../capacity/index.ts';
import { requestAuthorisation, runPayments } from '../charges/index.ts';
import {
  checkTransition,
  deliveryCost,
  legCostOf,
  lockOffer,
  moveOffer,
  type Offer,
  offersById,
  type RouteNow,
  requireFlag,
  requireRoute,
  routeRequestOf,
} from '../offers/index.ts';
import { lockOpportunity, type Opportunity } from '../opportunities/index.ts';
import { pruneNetwork, routeFormula } from '../routing/index.ts';

/** An answer to an offer. */
export interface Answer {
  readonly id: string;
  readonly expectedVersion?: number | null | undefined;
  /** LINK: the customer on the page; API: the shop's backend in the customer's name. */
  readonly via: 'LINK' | 'API';
}

const TAKEN: ReadonlySet<Offer['status']> = new Set<Offer['status']>([
  'ACCEPTED',
  'PAYMENT_AUTHORIZED',
  'DISPATCHED',
  'DELIVERED',
]);

/**
 * OFFERED → ACCEPTED: holds a slot at every hub of the route that exists now and asks for the money, in one
 * transaction; then the payment is tried at once (spec c.3). Accepting again answers with the offer as it stands.
 * Refused when its time is up or it is closed (InvalidTransition), when drone delivery is off (HELD), when it cannot
 * travel any more (CAPACITY_EXHAUSTED, NOT_FLYABLE, FLEET_UNAVAILABLE, NOT_ROUTABLE): then it stays OFFERED.
 */
export async function acceptOffer(scope: Scope, answer: Answer): Promise<Offer> {
  const accepted = await scope.db.tx((tx) => accept(scope, tx, answer));
  // With no transaction open, because a provider may take its time. The acceptance stands whatever happens here: the
  // delivery loop tries again.
  await runPayments(scope, { offerId: accepted.id }).catch((error: unknown) =>
    scope.log.error({ err: error, offerId: accepted.id }, 'payment of an accepted offer'),
  );
  return (await offersById(scope, [accepted.id]))[0] ?? accepted;
}

async function accept(scope: Scope, tx: Tx, { id, expectedVersion, via }: Answer): Promise<Offer> {
  const offer = await lockOffer(tx, scope.tenantId, id);
  if (TAKEN.has(offer.status)) return offer;
  checkOpen(scope, offer, 'ACCEPTED', expectedVersion);
  const settings = await getSteering(scope, tx);
  const gate = requireFlag(settings);
  const opportunity = await lockOpportunity(tx, scope.tenantId, offer.opportunityId);
  if (opportunity?.status !== 'OFFERED') {
    throw new InvalidTransitionError('opportunity', opportunity?.status ?? 'CANCELLED', 'ACCEPTED');
  }
  const found = await requireRoute(scope, tx, opportunity, settings);
  const routed = withRoute(offer, opportunity, found);
  await reserveHubs(scope, tx, { opportunityId: opportunity.id, hubIds: found.route.path });
  await recordRoute(scope, tx, offer, opportunity, found, gate);
  await requestAuthorisation(scope, tx, routed);
  await watchTenant(tx, 'DELIVERIES', scope.tenantId);
  return moveOffer(scope, tx, routed, 'ACCEPTED', { via });
}

/** Refuses an answer that comes too late, to another version, or to an offer that is not open. */
export function checkOpen(
  scope: Scope,
  offer: Offer,
  to: 'ACCEPTED' | 'DECLINED',
  expectedVersion: number | null | undefined,
): void {
  if (expectedVersion != null && expectedVersion !== offer.version) {
    throw new VersionConflictError('offer', expectedVersion, offer.version);
  }
  checkTransition(offer.status, to);
  // The sweep that closes it may not have come by yet.
  if (offer.expiresAt <= scope.now) throw new InvalidTransitionError('offer', 'EXPIRED', to);
}

/** The offer with the route it is accepted for: hubs may have changed since it was made. */
function withRoute(offer: Offer, opportunity: Opportunity, { route }: RouteNow): Offer {
  const cost = deliveryCost(route.legs.map(legCostOf), opportunity.weightGrams / 1000, offer.currency);
  return {
    ...offer,
    routePath: route.path,
    routeSuccess: route.successProbability,
    routeEtaMin: route.etaMin,
    deliveryCostMinor: cost?.amountMinor ?? offer.deliveryCostMinor,
  };
}

async function recordRoute(
  scope: Scope,
  tx: Tx,
  offer: Offer,
  opportunity: Opportunity,
  { reach }: RouteNow,
  gate: GateAnswer,
): Promise<void> {
  const request = routeRequestOf(opportunity, reach.groundFallback);
  const inputs = { network: pruneNetwork(reach.network, request), request };
  await decide(scope, tx, routeFormula, { subject: offer.id, inputs, gate });
}
