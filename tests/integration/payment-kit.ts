import { watchTenant } from '../../src/control/watch/index.ts';
import { releaseHubs, reserveHubs } from '../../src/delivery/capacity/index.ts';
import {
  type Charge,
  chargeOf,
  requestAuthorisation,
  requestCapture,
  requestRelease,
} from '../../src/delivery/charges/index.ts';
import { checkInvariants } from '../../src/delivery/invariants/index.ts';
import { lockOffer, moveOffer, type Offer, offersById } from '../../src/delivery/offers/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type Chain, chainOf, putDelivery, putOffer, putOpportunity } from './invariants-kit.ts';

export const HUB = 'NODE_EU_001';

/** An offer that its customer has just accepted: a held slot and a charge that waits for its first attempt. */
export async function accepted(scope: Scope, n: number, priceMinor = 500_000): Promise<Chain> {
  const chain = chainOf(n);
  await putOpportunity(scope, chain, { status: 'ACCEPTED' });
  await putOffer(scope, chain, {
    ...{ status: 'ACCEPTED', accepted_at: scope.now, answered_via: 'API', bundle_price_minor: priceMinor },
  });
  await scope.db.tx(async (tx) => {
    const offer = await lockOffer(tx, scope.tenantId, chain.offer);
    await reserveHubs(scope, tx, { opportunityId: chain.opportunity, hubIds: [HUB] });
    await requestAuthorisation(scope, tx, offer);
    await watchTenant(tx, 'DELIVERIES', scope.tenantId);
  });
  return chain;
}

/** Sends the offer off, as a dispatch does when its first leg starts. */
export async function dispatch(scope: Scope, chain: Chain): Promise<void> {
  const { offer } = chain;
  await putDelivery(scope, chain, { status: 'IN_TRANSIT' });
  await scope.db.tx(async (tx) => {
    const locked = await lockOffer(tx, scope.tenantId, offer);
    await requestCapture(scope, tx, offer);
    await moveOffer(scope, tx, locked, 'DISPATCHED');
  });
}

/** Asks for the money to go back, as a failed delivery does. */
export const giveBack = (scope: Scope, { offer }: Chain, reason: string): Promise<void> =>
  scope.db.tx(async (tx) => {
    await lockOffer(tx, scope.tenantId, offer);
    await requestRelease(scope, tx, offer, reason);
    await tx.run(
      `UPDATE delivery SET status = 'FAILED', finished_at = $3 WHERE tenant_id = $1 AND offer_id = $2`,
      [...[scope.tenantId, offer, scope.now]],
    );
  });

/** Brings the delivery to its end. */
export async function deliver(scope: Scope, chain: Chain): Promise<void> {
  await scope.db.tx(async (tx) => {
    const locked = await lockOffer(tx, scope.tenantId, chain.offer);
    await releaseHubs(scope, tx, chain.opportunity);
    await tx.run(
      `UPDATE delivery SET status = 'DELIVERED', finished_at = $3 WHERE tenant_id = $1 AND offer_id = $2`,
      [...[scope.tenantId, chain.offer, scope.now]],
    );
    await moveOffer(scope, tx, locked, 'DELIVERED');
  });
}

/** Ends an offer without touching its money. */
export const cancel = (scope: Scope, { offer }: Chain, reason: string): Promise<Offer> =>
  scope.db.tx(async (tx) =>
    moveOffer(scope, tx, await lockOffer(tx, scope.tenantId, offer), 'CANCELLED', { reason }),
  );

export const charge = async (scope: Scope, { offer }: Chain): Promise<Charge> =>
  (await chargeOf(scope.db, scope.tenantId, offer)) as Charge;

export const offerOf = async (scope: Scope, { offer }: Chain): Promise<Offer> =>
  (await offersById(scope, [offer]))[0] as Offer;

/** `STATUS authorised/captured/refunded`, the offer's status, the hub's reservation. */
export async function standing(scope: Scope, chain: Chain): Promise<string> {
  const { status, authorizedMinor, capturedMinor, refundedMinor } = await charge(scope, chain);
  const offer = await offerOf(scope, chain);
  const slot = await scope.db.row<{ state: string }>(
    'SELECT state FROM hub_reservation WHERE tenant_id = $1 AND opportunity_id = $2',
    [scope.tenantId, chain.opportunity],
  );
  const end = offer.closedReason ? `(${offer.closedReason})` : '';
  return `${status} ${authorizedMinor}/${capturedMinor}/${refundedMinor} ${offer.status}${end} ${slot?.state}`;
}

/** The charge's ledger: kinds with their sources. */
export async function ledger(scope: Scope, chain: Chain): Promise<string[]> {
  const rows = await scope.db.rows<{ line: string }>(
    `SELECT e.kind || ' ' || e.source AS line FROM charge_entry e JOIN charge c ON c.tenant_id = e.tenant_id
       AND c.id = e.charge_id WHERE e.tenant_id = $1 AND c.offer_id = $2
     ORDER BY array_position(ARRAY['DECLINE', 'AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND'], e.kind)`,
    [scope.tenantId, chain.offer],
  );
  return rows.map(({ line }) => line);
}

/** `kind STATUS attempts`, in the order they run. */
export async function effects(scope: Scope, chain: Chain): Promise<string[]> {
  const rows = await scope.db.rows<{ line: string }>(
    `SELECT replace(kind, 'payment.', '') || ' ' || status || ' ' || attempts AS line FROM effect
     WHERE tenant_id = $1 AND subject = $2 ORDER BY created_at, id`,
    [scope.tenantId, chain.offer],
  );
  return rows.map(({ line }) => line);
}

export const lastError = async (scope: Scope, chain: Chain): Promise<string | null> => {
  const row = await scope.db.row<{ lastError: string | null }>(
    `SELECT last_error AS "lastError" FROM effect WHERE tenant_id = $1 AND subject = $2
     ORDER BY created_at DESC, id DESC LIMIT 1`,
    [scope.tenantId, chain.offer],
  );
  return row?.lastError ?? null;
};

/** What the operators' checker finds wrong; must be nothing after every test. */
export async function broken(scope: Scope): Promise<string[]> {
  const found = await checkInvariants(scope.db, scope.tenantId);
  return found
    .filter(({ holds }) => !holds)
    .map(({ name, violations }) => `${name}: ${violations.join(', ')}`);
}
