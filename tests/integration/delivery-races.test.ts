import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptOffer, cancelOffer, declineOffer } from '../../src/delivery/acceptance/index.ts';
import { cancelDelivery, dispatchPaid } from '../../src/delivery/dispatch/index.ts';
import { expireOffers, generateActions } from '../../src/delivery/offers/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import {
  chargeOf,
  deliveries,
  expectInvariants,
  fleetOwner,
  minutes,
  offered,
  offerOf,
  paid,
  slots,
  tick,
  told,
} from './dispatch-kit.ts';
import type { Chain } from './invariants-kit.ts';

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

/** It may have arrived a moment before. */
const tolerant = (work: Promise<unknown>) =>
  work.catch((error: { code?: string }) => {
    if (error.code !== 'INVALID_TRANSITION') throw error;
  });

describe('many at once', () => {
  it('two instances with clocks a minute apart visit the same tenant: everything happens once', async () => {
    const { scope, at } = await fleetOwner(test.database, { simulationSpeed: 600 });
    const chains = [];
    for (let n = 1; n <= 6; n++) chains.push(await paid(scope, n));
    for (let n = 0; n < 40; n++) {
      const [early, late] = [at(minutes(n * 0.1)), at(minutes(n * 0.1 + 1))];
      await Promise.all([tick(early), tick(late), tick(early)]);
      await expectInvariants(scope);
    }
    for (let n = 0; n < 10; n++) await tick(at(minutes(6 + n)));
    expect((await deliveries(scope)).map(({ status, attempts }) => `${status} ${attempts}`)).toEqual(
      Array.from({ length: 6 }, () => 'DELIVERED 0'),
    );
    for (const chain of chains) expect(await chargeOf(scope, chain)).toBe('CAPTURED');
    const delivered = (await told(scope, ['DELIVERY_CHANGED'])).filter((line) => line.endsWith('DELIVERED'));
    expect(delivered).toHaveLength(6);
    expect(await slots(scope)).toEqual({});
    await expectInvariants(scope);
  });

  it('accept, accept again, cancel, decline and visits race: every offer ends in one way', async () => {
    const { scope, at } = await fleetOwner(test.database, { moneyAtRiskMinor: 100_000_000n });
    const chains: Chain[] = [];
    for (let n = 1; n <= 12; n++) chains.push(await offered(scope, n));
    const answers = await Promise.allSettled(
      chains.flatMap(({ offer: id }, n) => [
        acceptOffer(scope, { id, via: 'LINK' }),
        acceptOffer(scope, { id, via: 'API' }),
        cancelOffer(scope, { id }),
        ...(n % 3 === 0 ? [declineOffer(scope, { id, via: 'LINK' })] : []),
        ...(n % 4 === 0 ? [tick(scope)] : []),
      ]),
    );
    const bugs = answers.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(bugs.map(({ code }) => code).filter((code) => code !== 'INVALID_TRANSITION')).toEqual([]);
    await expectInvariants(scope);
    for (let n = 0; n < 4; n++) await tick(at(minutes(n)));
    for (const chain of chains) {
      const { status } = await offerOf(scope, chain);
      const end = `${status} ${(await chargeOf(scope, chain)) ?? 'UNPAID'}`;
      expect([
        'DISPATCHED CAPTURED',
        'CANCELLED VOIDED',
        'CANCELLED FAILED',
        'CANCELLED UNPAID',
        'DECLINED UNPAID',
      ]).toContain(end);
    }
    await expectInvariants(scope);
  });

  it('visits, acceptances, cycles and cancellations at the same time never wait for each other in a circle', async () => {
    const { scope, at } = await fleetOwner(test.database, {
      ...{ moneyAtRiskMinor: 100_000_000n, simulationSpeed: 600 },
    });
    const chains: Chain[] = [];
    for (let n = 1; n <= 20; n++) {
      chains.push(await offered(scope, n, n % 2 === 0 ? {} : { pickup: 'sanFrancisco' }));
    }
    for (const [n, { offer: id }] of chains.entries()) {
      const [now, ahead] = [at(minutes(n * 0.1)), at(minutes(n * 0.1 + 1))];
      const moving = (await deliveries(scope)).find(({ status }) => status === 'IN_TRANSIT');
      await Promise.all([
        ...[now, now, ahead].map(tick),
        acceptOffer(now, { id, via: 'API' }),
        now.db.tx((tx) => generateActions(now, tx)),
        now.db.tx((tx) => dispatchPaid(now, tx)),
        now.db.tx((tx) => expireOffers(now, tx)),
        ...(moving && n % 5 === 4 ? [tolerant(cancelDelivery(now, { id: moving.id }))] : []),
      ]);
      await expectInvariants(scope);
    }
    for (let n = 0; n < 25; n++) await tick(at(minutes(3 + n)));
    const ends = new Set((await deliveries(scope)).map(({ status }) => status));
    expect([...ends].sort()).toEqual(['CANCELLED', 'DELIVERED']);
    await expectInvariants(scope);
  });
});
