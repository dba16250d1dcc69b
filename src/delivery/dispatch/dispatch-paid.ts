import { type NewDecision, recordDecisions } from '../../control/decisions/index.ts';
import { getSteering } from '../../control/flags/index.ts';
import { watchTenant } from '../../control/watch/index.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Offer } from '../offers/index.ts';
import { type Opportunity, opportunitiesIn } from '../opportunities/index.ts';
import { loadNetwork } from '../routing/index.ts';
import { deliveryPayload } from './delivery.ts';
import { newDelivery } from './new-delivery.ts';
import { atRisk, lastVerdicts, lockPaid, offersIn, type Paid } from './paid.ts';
import { dispatchFormula, dispatchGate, flagFacts, planDispatch } from './plan-dispatch.ts';
import { slotsOf } from './slots.ts';
import { insertDeliveries, type NewDelivery } from './store.ts';

/** Paid offers looked at in one transaction. */
const BATCH = 50;

export interface Dispatched {
  readonly dispatched: number;
  /** Paid offers that the gate held back, by its reason. */
  readonly held: Record<string, number>;
  /** Offers that will never be dispatched and wait for their end. */
  readonly over: readonly Paid[];
}

interface Batch {
  readonly deliveries: NewDelivery[];
  readonly decisions: NewDecision[];
  readonly held: Record<string, number>;
}

/**
 * Dispatches what has been paid for and may go by itself, in the given transaction and in at most 16 statements
 * (spec c.8, 0.5). Nothing is sent anywhere: the delivery loop carries what is written here.
 */
export async function dispatchPaid(scope: Scope, tx: Tx): Promise<Dispatched> {
  const { tenantId, now } = scope;
  const paid = await lockPaid(tx, tenantId, now, BATCH);
  const over = paid.filter((each) => each.over !== null);
  const due = paid.filter((each) => each.over === null);
  if (due.length === 0) return { dispatched: 0, held: {}, over };
  const batch = await plan(scope, tx, due);
  await recordDecisions(scope, tx, batch.decisions);
  const made = batch.deliveries.length > 0 ? await insertDeliveries(tx, tenantId, batch.deliveries) : [];
  if (made.length > 0) await watchTenant(tx, 'DELIVERIES', tenantId);
  await scope.events.append(
    tx,
    tenantId,
    made.map((delivery) => ({ type: 'DELIVERY_CHANGED', payload: deliveryPayload(delivery, null) })),
  );
  return { dispatched: made.length, held: batch.held, over };
}

async function plan(scope: Scope, tx: Tx, due: readonly Paid[]): Promise<Batch> {
  const { tenantId, now } = scope;
  const offerIds = due.map(({ offerId }) => offerId);
  const opportunityIds = due.map(({ opportunityId }) => opportunityId);
  const batch: Batch = { deliveries: [], decisions: [], held: {} };
  const settings = await getSteering(scope, tx);
  const known = await lastVerdicts(tx, tenantId, offerIds);
  // The loop asks every two seconds; while nothing has changed, the network need not be read.
  const { reason } = dispatchGate(flagFacts(settings), settings.dispatchMode);
  if (reason !== null && offerIds.every((id) => known.get(id) === reason)) {
    return { ...batch, held: { [reason]: due.length } };
  }
  const offers = await offersIn(tx, tenantId, offerIds);
  const opportunities = await opportunitiesIn(tx, tenantId, opportunityIds);
  const network = await loadNetwork(tx, tenantId, now);
  const slots = await slotsOf(tx, tenantId, opportunityIds);
  const risks = await atRisk(tx, tenantId, now);
  for (const { offerId, opportunityId } of due) {
    const offer = offers.get(offerId) as Offer;
    const opportunity = opportunities.get(opportunityId) as Opportunity;
    const own = slots.get(opportunityId) ?? new Set<string>();
    const atRiskMinor = risks.get(offer.currency) ?? 0n;
    const mode = settings.dispatchMode;
    const computed = planDispatch({ offer, opportunity, settings, mode, network, own, atRiskMinor });
    const { gate, costMinor } = computed.output;
    const id = uuidv7(now.getTime());
    const decision = { id, formula: dispatchFormula, subject: offerId, computed, gate };
    if (gate.verdict !== 'ALLOW') {
      const reason = gate.reason ?? gate.verdict;
      batch.held[reason] = (batch.held[reason] ?? 0) + 1;
      // Said once: the loop asks every two seconds.
      if (known.get(offerId) !== reason) batch.decisions.push(decision);
      continue;
    }
    risks.set(offer.currency, atRiskMinor + BigInt(costMinor));
    batch.decisions.push(decision);
    batch.deliveries.push(
      newDelivery(scope, { offer, opportunity, plan: computed.output, own, decisionId: id }),
    );
  }
  return batch;
}
