import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replayDecision } from '../../src/control/decisions/index.ts';
import { updateSettings } from '../../src/control/tenancy/index.ts';
import { acceptOffer, cancelOffer, declineOffer } from '../../src/delivery/acceptance/index.ts';
import { capacityView } from '../../src/delivery/capacity/index.ts';
import { chargeOf, runPayments } from '../../src/delivery/charges/index.ts';
import { checkInvariants } from '../../src/delivery/invariants/index.ts';
import { type Offer, offersById } from '../../src/delivery/offers/index.ts';
import { setHubEnabled } from '../../src/delivery/routing/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { setDrones, setStabilised } from '../kit/flags.ts';
import { testScope } from '../kit/scope.ts';
import { detectAll, putOrders } from './delivery-kit.ts';
import { generate, later, logged, NOW, offered, opportunityOf, rare } from './offer-kit.ts';

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

/** One offer on the table, from Frankfurt to Oakland. */
async function offer() {
  const { offers, ...tenant } = await offered(test, [rare('gold')]);
  return { ...tenant, offer: offers[0] as Offer };
}
const again = async (scope: Scope, id: string) => (await offersById(scope, [id]))[0] as Offer;
const slots = async (scope: Scope) =>
  Object.fromEntries(
    (await capacityView(scope.db, scope.tenantId)).hubs.map(({ hubId, held, confirmed }) => [
      hubId,
      [held, confirmed],
    ]),
  );
const NONE = { NODE_EU_001: [0, 0], NODE_IN_001: [0, 0], NODE_US_W_001: [0, 0] };
const CONFIRMED = { NODE_EU_001: [0, 1], NODE_IN_001: [0, 0], NODE_US_W_001: [0, 1] };
const fill = (scope: Scope, hubId: string) =>
  scope.db.tx((tx) =>
    tx.run('UPDATE hub SET capacity = reserved WHERE tenant_id = $1 AND id = $2', [scope.tenantId, hubId]),
  );
const consistent = async (scope: Scope) => {
  const answers = await checkInvariants(scope.db, scope.tenantId);
  expect(answers.filter(({ holds }) => !holds)).toEqual([]);
};

describe('acceptOffer', () => {
  it('holds a slot at each hub, reserves the money and moves both machines', async () => {
    const { scope, at, offer: open } = await offer();
    const then = at(later(1));
    const before = then.db.statements;
    const accepted = await acceptOffer(then, { id: open.id, via: 'API', expectedVersion: 1 });
    process.stdout.write(`acceptance: ${then.db.statements - before} statements\n`);
    expect(accepted).toMatchObject({
      status: 'PAYMENT_AUTHORIZED',
      acceptedAt: later(1),
      authorizedAt: later(1),
      answeredVia: 'API',
      closedAt: null,
      version: 3,
    });
    expect((await opportunityOf(scope, accepted)).status).toBe('ACCEPTED');
    expect(await slots(scope)).toEqual(CONFIRMED);
    expect(await chargeOf(scope.db, scope.tenantId, open.id)).toMatchObject({
      status: 'AUTHORIZED',
      amountMinor: 500_000n,
      currency: 'INR',
      capturedMinor: 0n,
    });
    expect(await logged(scope)).toEqual([
      ['ACTION_PROPOSED', 'OFFERED'],
      ['ACTION_ACCEPTED', 'ACCEPTED'],
    ]);
    const watched = await scope.db.rows('SELECT 1 FROM tenant_watch WHERE tenant_id = $1', [scope.tenantId]);
    expect(watched).toHaveLength(1);
    await consistent(scope);
  });

  it('records the route it was accepted for, and the decision replays to the same bytes', async () => {
    const { scope, offer: open } = await offer();
    // While the offer lay on the table, its direct way closed.
    await scope.db.tx((tx) =>
      tx.run(`UPDATE hub SET connected = '{in_mumbai}' WHERE tenant_id = $1 AND id = 'NODE_EU_001'`, [
        scope.tenantId,
      ]),
    );
    const accepted = await acceptOffer(scope, { id: open.id, via: 'API' });
    expect(accepted.routePath).toEqual(['NODE_EU_001', 'NODE_IN_001', 'NODE_US_W_001']);
    expect(accepted.deliveryCostMinor).toBeGreaterThan(open.deliveryCostMinor);
    expect(await slots(scope)).toEqual({ NODE_EU_001: [0, 1], NODE_IN_001: [0, 1], NODE_US_W_001: [0, 1] });
    const decisions = await scope.db.rows<{ id: string; kind: string; verdict: string | null }>(
      'SELECT id, kind, verdict FROM decision WHERE tenant_id = $1 AND subject = $2 ORDER BY created_at, id',
      [scope.tenantId, open.id],
    );
    expect(decisions.map(({ kind, verdict }) => [kind, verdict]).sort()).toEqual([
      ['delivery.offer', 'ALLOW'],
      ['delivery.route', null],
      ['delivery.route', 'ALLOW'],
    ]);
    for (const { id } of decisions) expect((await replayDecision(scope, id)).isIdentical).toBe(true);
  });

  it('accepted again is the same acceptance', async () => {
    const { scope, at, offer: open } = await offer();
    const first = await acceptOffer(scope, { id: open.id, via: 'LINK' });
    const second = await acceptOffer(at(later(30)), { id: open.id, via: 'API' });
    expect(second).toEqual(first);
    expect(await slots(scope)).toEqual(CONFIRMED);
    await consistent(scope);
  });

  it('is one reservation and one authorisation when twenty clicks race', async () => {
    const { scope, at, offer: open } = await offer();
    const clicks = await Promise.all(
      Array.from({ length: 20 }, () => acceptOffer(at(NOW), { id: open.id, via: 'LINK' })),
    );
    expect(new Set(clicks.map(({ id }) => id))).toEqual(new Set([open.id]));
    expect((await again(scope, open.id)).status).toBe('PAYMENT_AUTHORIZED');
    expect(await slots(scope)).toEqual(CONFIRMED);
    const count = async (table: string) =>
      (await scope.db.rows(`SELECT 1 FROM ${table} WHERE tenant_id = $1`, [scope.tenantId])).length;
    expect([await count('charge'), await count('charge_entry'), await count('test_payment')]).toEqual([
      1, 1, 1,
    ]);
    await consistent(scope);
  });

  it('ends in one answer when accept, decline, cancel and the sweep race', async () => {
    const orders = Array.from({ length: 8 }, (_, n) => rare(`r${n}`, { totalMinor: 1_000_000 + n }));
    const { scope, at, offers } = await offered(test, orders);
    const lastMinute = new Date(later(24).getTime() - 1);
    const races = offers.flatMap(({ id }, n) => [
      acceptOffer(at(lastMinute), { id, via: 'LINK' }),
      declineOffer(at(lastMinute), { id, via: 'API' }),
      acceptOffer(at(NOW), { id, via: 'API' }),
      cancelOffer(at(lastMinute), { id }),
      ...(n % 4 === 0 ? [generate(at(later(24)))] : []),
    ]);
    const settled = await Promise.allSettled(races);
    for (const each of settled) {
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'INVALID_TRANSITION' });
    }
    for (const { id } of offers) {
      const { status } = await again(scope, id);
      expect(['PAYMENT_AUTHORIZED', 'DECLINED', 'EXPIRED', 'CANCELLED']).toContain(status);
    }
    await runPayments(at(later(25)), {});
    await consistent(scope);
  });

  it('comes too late when its time is up, swept or not', async () => {
    const { scope, at, offer: open } = await offer();
    const late = acceptOffer(at(later(24)), { id: open.id, via: 'LINK' });
    await expect(late).rejects.toMatchObject({
      code: 'INVALID_TRANSITION',
      details: { from: 'EXPIRED', to: 'ACCEPTED' },
    });
    await generate(at(later(25)));
    await expect(acceptOffer(scope, { id: open.id, via: 'LINK' })).rejects.toMatchObject({
      details: { from: 'EXPIRED', to: 'ACCEPTED' },
    });
    expect(await slots(scope)).toEqual(NONE);
  });

  it.each([
    ['a full hub', 'CAPACITY_EXHAUSTED', (scope: Scope) => fill(scope, 'NODE_US_W_001')],
    ['no hub any more', 'NOT_ROUTABLE', (scope: Scope) => setHubEnabled(scope, 'NODE_US_W_001', false)],
    [
      'no drone there',
      'NOT_FLYABLE',
      (scope: Scope) =>
        scope.db.tx((tx) =>
          tx.run(
            `UPDATE drone SET state = 'OFFLINE' WHERE tenant_id = $1 AND site_id = 'NODE_US_W_001_SITE'`,
            [scope.tenantId],
          ),
        ),
    ],
    [
      'no fleet',
      'FLEET_UNAVAILABLE',
      (scope: Scope) =>
        scope.db.tx((tx) =>
          tx.run(`UPDATE drone SET state = 'OFFLINE' WHERE tenant_id = $1`, [scope.tenantId]),
        ),
    ],
    ['the flag off', 'HELD', (scope: Scope) => setDrones(scope, false)],
  ] as const)('%s is a typed refusal, and the offer stays open', async (_name, code, spoil) => {
    const { scope, offer: open } = await offer();
    await spoil(scope);
    await expect(acceptOffer(scope, { id: open.id, via: 'API' })).rejects.toMatchObject({ code });
    expect(await again(scope, open.id)).toEqual(open);
    expect((await opportunityOf(scope, open)).status).toBe('OFFERED');
    expect((await slots(scope)).NODE_EU_001).toEqual([0, 0]);
    expect(await chargeOf(scope.db, scope.tenantId, open.id)).toBeFalsy();
  });

  it('goes on in modes that stop new offers, because it was promised', async () => {
    const { scope, offer: open } = await offer();
    await updateSettings(scope, { upsellMode: 'OFF' });
    await setStabilised(scope, true);
    expect((await acceptOffer(scope, { id: open.id, via: 'API' })).status).toBe('PAYMENT_AUTHORIZED');
  });

  it('refuses another version, another tenant, and an order that is gone', async () => {
    const { scope, offer: open } = await offer();
    await expect(acceptOffer(scope, { id: open.id, via: 'API', expectedVersion: 9 })).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    const other = await testScope(test.database, { now: NOW });
    await expect(acceptOffer(other.scope, { id: open.id, via: 'API' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await putOrders(scope, [rare('gold', { version: 2, status: 'CANCELLED' })]);
    await detectAll(scope);
    await expect(acceptOffer(scope, { id: open.id, via: 'API' })).rejects.toMatchObject({
      code: 'INVALID_TRANSITION',
      details: { from: 'CANCELLED', to: 'ACCEPTED' },
    });
  });

  it('a declined payment ends the offer and gives the slots back', async () => {
    const { scope, offer: open } = await offer();
    await scope.db.tx((tx) =>
      tx.run('UPDATE offer SET bundle_price_minor = 500001 WHERE tenant_id = $1', [scope.tenantId]),
    );
    expect(await acceptOffer(scope, { id: open.id, via: 'LINK' })).toMatchObject({
      status: 'CANCELLED',
      closedReason: 'PAYMENT_DECLINED',
    });
    expect(await slots(scope)).toEqual(NONE);
    await consistent(scope);
  });
});

describe('declineOffer', () => {
  it('closes the offer with the reason, once', async () => {
    const { scope, at, offer: open } = await offer();
    const declined = await declineOffer(at(later(2)), { id: open.id, via: 'LINK', reason: ' too dear ' });
    expect(declined).toMatchObject({
      ...{ status: 'DECLINED', closedAt: later(2), closedReason: 'too dear', answeredVia: 'LINK' },
    });
    expect((await opportunityOf(scope, open)).status).toBe('DECLINED');
    expect(await declineOffer(at(later(3)), { id: open.id, via: 'API' })).toEqual(declined);
    await expect(acceptOffer(scope, { id: open.id, via: 'LINK' })).rejects.toMatchObject({
      details: { from: 'DECLINED', to: 'ACCEPTED' },
    });
    // A no is a no for later versions of the order too.
    await putOrders(scope, [rare('gold', { version: 2 })]);
    expect((await detectAll(scope)).result).toMatchObject({ detected: 0, skippedDuplicate: 1 });
  });

  it('is refused after an acceptance, after its time, and with a novel for a reason', async () => {
    const { scope, at, offer: open } = await offer();
    const decline = (when: Date, reason?: string) =>
      declineOffer(at(when), { id: open.id, via: 'LINK', reason });
    await expect(decline(NOW, 'x'.repeat(501))).rejects.toMatchObject({ details: { field: 'reason' } });
    await expect(decline(later(24))).rejects.toMatchObject({ details: { from: 'EXPIRED', to: 'DECLINED' } });
    await acceptOffer(scope, { id: open.id, via: 'LINK' });
    await expect(decline(NOW)).rejects.toMatchObject({
      details: { from: 'PAYMENT_AUTHORIZED', to: 'DECLINED' },
    });
  });
});

describe('taking an accepted offer back', () => {
  it('gives slots and money back when an operator cancels it', async () => {
    const { scope, offer: open } = await offer();
    await acceptOffer(scope, { id: open.id, via: 'API' });
    const cancelled = await cancelOffer(scope, { id: open.id, reason: 'sold out' });
    expect(cancelled).toMatchObject({ status: 'CANCELLED', closedReason: 'sold out' });
    expect(await slots(scope)).toEqual(NONE);
    expect(await chargeOf(scope.db, scope.tenantId, open.id)).toMatchObject({ status: 'VOIDED' });
    await consistent(scope);
  });
});
