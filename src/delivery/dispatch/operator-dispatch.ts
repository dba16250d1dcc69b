import { writeAudit } from '../../control/audit/index.ts';
import { recordDecisions } from '../../control/decisions/index.ts';
import { getSteering, wayPast } from '../../control/flags/index.ts';
import { getSettings } from '../../control/tenancy/index.ts';
import { watchTenant } from '../../control/watch/index.ts';
import { DomainError, InvalidTransitionError, NotFoundError, ValidationError } from '../../kernel/errors.ts';
import { isUuid, uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { lockOffer, type Offer } from '../offers/index.ts';
import { getOpportunity, type Opportunity } from '../opportunities/index.ts';
import { loadNetwork, previewRoute } from '../routing/index.ts';
import { type Delivery, deliveryPayload } from './delivery.ts';
import { newDelivery } from './new-delivery.ts';
import { atRisk } from './paid.ts';
import { type DispatchPlan, dispatchFormula, planDispatch, requestOf } from './plan-dispatch.ts';
import { secureSlots, slotsOf, withOwnSlots } from './slots.ts';
import { deliveryOfOffer, insertDeliveries } from './store.ts';

/** Dispatches a paid offer that waits for a person. Flag and caps hold all the same; asking again changes nothing. */
export function dispatchOffer(scope: Scope, { id }: { readonly id: string }): Promise<Delivery> {
  if (!isUuid(id)) throw new NotFoundError('offer', id);
  return scope.db.tx((tx) => dispatch(scope, tx, id, null));
}

export interface CrossBorder {
  readonly opportunityId: string;
  /** Region of the hub that shall deliver. */
  readonly destinationRegion: string;
  /** Sends it there although routing would choose another region; audited. */
  readonly override?: boolean | null | undefined;
  /** Why it is overridden. */
  readonly reason?: string | null | undefined;
}

/**
 * Dispatches the paid offer of an opportunity to a region (spec c.7). ValidationError when routing would choose another
 * region and `override` is not set.
 */
export function dispatchCrossBorder(scope: Scope, input: CrossBorder): Promise<Delivery> {
  return scope.db.tx(async (tx) => {
    const { id } = await getOpportunity(tx, scope.tenantId, input.opportunityId);
    const live = await tx.row<{ id: string }>(
      `SELECT id FROM offer WHERE tenant_id = $1 AND opportunity_id = $2
         AND status IN ('PENDING', 'OFFERED', 'ACCEPTED', 'PAYMENT_AUTHORIZED', 'DISPATCHED')`,
      [scope.tenantId, id],
    );
    if (!live) {
      const text = 'This opportunity has no offer under way; only an accepted and paid offer is dispatched.';
      throw new ValidationError('opportunityId', text);
    }
    return dispatch(scope, tx, live.id, input);
  });
}

async function dispatch(scope: Scope, tx: Tx, offerId: string, to: CrossBorder | null): Promise<Delivery> {
  const { tenantId } = scope;
  const offer = await lockOffer(tx, tenantId, offerId);
  const known = await deliveryOfOffer(tx, tenantId, offerId);
  if (known && (to === null || known.destinationRegion === to.destinationRegion)) return known;
  if (known || offer.status !== 'PAYMENT_AUTHORIZED') {
    throw new InvalidTransitionError('offer', known ? 'DISPATCHED' : offer.status, 'DISPATCHED');
  }
  const opportunity = await getOpportunity(tx, tenantId, offer.opportunityId);
  const isOverridden = to !== null && (await checkRegion(scope, tx, opportunity, to));
  return create(scope, tx, offer, opportunity, isOverridden ? to.destinationRegion : null);
}

/** Whether the region is another than routing would choose; then it must be meant. */
async function checkRegion(
  scope: Scope,
  tx: Tx,
  opportunity: Opportunity,
  to: CrossBorder,
): Promise<boolean> {
  const { tenantId, now } = scope;
  const own = (await slotsOf(tx, tenantId, [opportunity.id])).get(opportunity.id) ?? new Set<string>();
  const network = withOwnSlots(await loadNetwork(tx, tenantId, now), own);
  const route = previewRoute(network, requestOf(opportunity, await getSettings(tx, tenantId)));
  const last = route.ok ? network.hubs.find(({ nodeId }) => nodeId === route.path.at(-1)) : undefined;
  const computed = last?.region ?? opportunity.destinationRegion;
  if (computed === to.destinationRegion) return false;
  if (to.override !== true) {
    const text = `Routing sends it to ${computed ?? 'no region'}, not ${to.destinationRegion}; set override to insist.`;
    throw new ValidationError('destinationRegion', text);
  }
  await writeAudit(scope, tx, {
    ...{ action: 'delivery.override-region', subject: opportunity.id, reason: to.reason },
    before: { destinationRegion: computed },
    after: { destinationRegion: to.destinationRegion },
  });
  return true;
}

async function create(
  scope: Scope,
  tx: Tx,
  offer: Offer,
  opportunity: Opportunity,
  destinationRegion: string | null,
): Promise<Delivery> {
  const { tenantId, now } = scope;
  const settings = await getSteering(scope, tx);
  const network = await loadNetwork(tx, tenantId, now);
  const own = (await slotsOf(tx, tenantId, [opportunity.id])).get(opportunity.id) ?? new Set<string>();
  const atRiskMinor = (await atRisk(tx, tenantId, now)).get(offer.currency) ?? 0n;
  const given = { offer, opportunity, settings, network, own, atRiskMinor, destinationRegion };
  const computed = planDispatch({ ...given, mode: 'AUTO' });
  const plan = computed.output;
  const path = checkPlan(plan, computed.reasons.map(({ text }) => text).join(' '));
  await secureSlots(scope, tx, opportunity.id, path);
  const decisionId = uuidv7(now.getTime());
  const decision = { id: decisionId, formula: dispatchFormula, subject: offer.id, computed };
  await recordDecisions(scope, tx, [{ ...decision, gate: plan.gate }]);
  const isRegionOverridden = destinationRegion !== null;
  const planned = { offer, opportunity, plan, own: new Set(path), decisionId, isRegionOverridden };
  const [made] = await insertDeliveries(tx, tenantId, [newDelivery(scope, planned)]);
  const delivery = made as Delivery;
  await writeAudit(scope, tx, {
    ...{ action: 'delivery.dispatch', subject: delivery.id, before: { offerStatus: offer.status } },
    after: { offerId: offer.id, destinationRegion: delivery.destinationRegion, isRegionOverridden },
  });
  await watchTenant(tx, 'DELIVERIES', tenantId);
  await scope.events.append(tx, tenantId, [
    { type: 'DELIVERY_CHANGED', payload: deliveryPayload(delivery, null) },
  ]);
  return delivery;
}

/** The path of a plan that may be carried out; otherwise the refusal that says why not. */
function checkPlan({ gate, route, refusal }: DispatchPlan, why: string): readonly string[] {
  if (gate.verdict !== 'ALLOW') {
    const text = `Dispatches are held: ${gate.reason}. ${wayPast(gate.reason)}`;
    throw new DomainError('HELD', text, { reason: gate.reason });
  }
  if (route) return route.path;
  if (refusal === 'CAPACITY_EXHAUSTED') throw new DomainError('CAPACITY_EXHAUSTED', why, { reason: refusal });
  const code = refusal === 'NOT_FLYABLE' ? 'NOT_FLYABLE' : 'NOT_ROUTABLE';
  throw new DomainError(code, why, { reasons: [refusal] });
}
