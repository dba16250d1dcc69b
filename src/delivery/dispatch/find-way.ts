import { type Computed, recordDecisions } from '../../control/decisions/index.ts';
import { getSteering } from '../../control/flags/index.ts';
import type { Point } from '../../kernel/geo.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { getOpportunity, type Opportunity } from '../opportunities/index.ts';
import { loadNetwork, type Network } from '../routing/index.ts';
import { change, type Held } from './carry.ts';
import { type Delivery, MAX_ATTEMPTS } from './delivery.ts';
import { endUnhappily } from './end-delivery.ts';
import { type DeliveryLeg, freshLegs, withLeg } from './legs.ts';
import { routeAttempts } from './next-step.ts';
import { type DispatchPlan, type DispatchRoute, dispatchFormula, planDispatch } from './plan-dispatch.ts';
import { secureSlots, slotsOf } from './slots.ts';

/** What a search found: its plan as a decision about to be recorded. */
interface Search {
  readonly computed: Computed<DispatchPlan>;
  readonly decisionId: string;
}

async function search(scope: Scope, tx: Tx, held: Held, from: Point | null): Promise<Search> {
  const { offer, delivery } = held;
  const { tenantId, now } = scope;
  const settings = await getSteering(scope, tx);
  const network = await loadNetwork(tx, tenantId, now);
  const own = (await slotsOf(tx, tenantId, [offer.opportunityId])).get(offer.opportunityId) ?? new Set();
  const known = await getOpportunity(tx, tenantId, offer.opportunityId);
  const opportunity = from ? movedTo(known, from, network, delivery) : known;
  const destinationRegion = delivery.isRegionOverridden ? delivery.destinationRegion : null;
  const plan = { offer, opportunity, settings, network, own, destinationRegion };
  // It passed the gate when it was dispatched; a delivery under way is not frozen (spec 0.5).
  const computed = planDispatch({ ...plan, mode: 'AUTO', atRiskMinor: 0n });
  return { computed, decisionId: uuidv7(now.getTime()) };
}

/** The package somewhere on its way: the hub whose hands it is in says what country that is. */
function movedTo(
  opportunity: Opportunity,
  from: Point,
  network: Network,
  { legs, legIndex }: Delivery,
): Opportunity {
  const at = network.hubs.find(({ nodeId }) => nodeId === legs[legIndex]?.from);
  const pickupCountry = at?.countries?.[0] ?? opportunity.pickupCountry;
  return { ...opportunity, pickupLat: from.lat, pickupLon: from.lon, pickupCountry };
}

async function record(scope: Scope, tx: Tx, { offer }: Held, { computed, decisionId }: Search) {
  const decision = { id: decisionId, formula: dispatchFormula, subject: offer.id, computed };
  await recordDecisions(scope, tx, [decision]);
}

/**
 * Looks for a way for a delivery that has none yet. Three tries within half an hour; then its money goes back
 * (spec c.9). `isFull`: the slots of the way that was found were taken by somebody else meanwhile.
 */
export async function findWay(scope: Scope, tx: Tx, held: Held, isFull: boolean): Promise<Delivery> {
  const { delivery, offer } = held;
  const found = await search(scope, tx, held, null);
  const { route, costMinor, refusal } = found.computed.output;
  if (route && !isFull) {
    await secureSlots(scope, tx, offer.opportunityId, route.path);
    await record(scope, tx, held, found);
    const legs = freshLegs(route.legs, scope.now);
    return change(scope, tx, delivery, {
      ...{ ...delivery, ...wayOf(route), legs, legIndex: 0, reason: null },
      ...{ costMinor: BigInt(costMinor), decisionId: found.decisionId },
    });
  }
  const reason = isFull ? 'CAPACITY_EXHAUSTED' : (refusal ?? 'NO_PATH');
  const attempts = routeAttempts(delivery.createdAt, scope.now);
  if (attempts >= MAX_ATTEMPTS) {
    return endUnhappily(scope, tx, offer, { ...delivery, attempts }, { status: 'FAILED', reason });
  }
  if (attempts === delivery.attempts && reason === delivery.reason) return delivery;
  await record(scope, tx, held, found);
  return change(scope, tx, delivery, { ...delivery, attempts, reason });
}

/**
 * Sends a delivery another way after a hub ahead was disabled; once, and it fails when there is none (spec c.9).
 * What is under way turns back to where it came from.
 */
export async function reroute(scope: Scope, tx: Tx, held: Held, isFull: boolean): Promise<Delivery> {
  const { delivery, offer } = held;
  const { legs, legIndex } = delivery;
  const leg = legs[legIndex] as DeliveryLeg;
  const found = await search(scope, tx, held, leg.fromPoint);
  const { route } = found.computed.output;
  if (!route || isFull) {
    return endUnhappily(scope, tx, offer, delivery, { status: 'FAILED', reason: 'HUB_DISABLED' });
  }
  await secureSlots(scope, tx, offer.opportunityId, route.path);
  await record(scope, tx, held, found);
  const now = scope.now.toISOString();
  const isMoving = leg.state === 'ACTIVE';
  const done = isMoving
    ? withLeg(legs.slice(0, legIndex + 1), legIndex, { state: 'FAILED', endedAt: now })
    : legs.slice(0, legIndex);
  return change(scope, tx, delivery, {
    ...{ ...delivery, ...wayOf(route), legs: [...done, ...freshLegs(ahead(route, leg), scope.now)] },
    ...{ legIndex: done.length, legStartedAt: null, isRerouted: true, reason: 'REROUTED' },
    decisionId: found.decisionId,
  });
}

/** The first courier has nothing to do when the package already is at the first hub. */
function ahead(route: DispatchRoute, leg: DeliveryLeg) {
  const [first, ...rest] = route.legs;
  const isThere = first?.kind === 'GROUND' && first.to === leg.from && rest.length > 0;
  return isThere ? rest : route.legs.map((each, i) => (i === 0 ? { ...each, from: leg.from } : each));
}

const wayOf = ({ path, region, successProbability, etaMin }: DispatchRoute) => ({
  ...{ routePath: path, destinationRegion: region, successProbability, etaMin },
});
