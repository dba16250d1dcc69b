import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  actionOf,
  COLLECT_AT_ONCE,
  collectOutcomes,
  experimentFacts,
  learningFacts,
} from '../../src/delivery/feedback/index.ts';
import { DAY_MS, HOUR_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { type Chain, chainOf, put, putCharge, putOffer, putOpportunity } from './invariants-kit.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const ago = (ms: number): Date => new Date(NOW.getTime() - ms);
const TYPE = 'rare_drone_drop_bundle';
const EXPERIMENT = '00000000-0000-4000-9000-000000000001';
let test: OpenTestDatabase;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

const tenant = async (): Promise<Scope> => (await testScope(test.database, { now: NOW })).scope;
const collect = (scope: Scope) => scope.db.tx((tx) => collectOutcomes(scope, tx));
const outcomes = (scope: Scope) =>
  scope.db.rows<Record<string, unknown>>(
    `SELECT action_id, kind, pattern_key, is_converted, realized_minor, expected_minor, round(score::numeric, 4)::float8
       AS score, status, occurred_at, items FROM outcome WHERE tenant_id = $1 ORDER BY action_id`,
    [scope.tenantId],
  );

/** An offer with its opportunity and, when paid, its charge. */
async function offer(
  scope: Scope,
  chain: Chain,
  fields: Record<string, unknown>,
  money?: Parameters<typeof putCharge>[3],
) {
  await putOpportunity(scope, chain, { is_cross_border: chain.n % 2 === 1 });
  await putOffer(scope, chain, { bundle_items: ['lamp', 'vase'], ...fields });
  if (money) await putCharge(scope, chain, money.refunded ? 'REFUNDED' : 'CAPTURED', money);
}
const paid = { accepted_at: ago(20 * HOUR_MS), authorized_at: ago(20 * HOUR_MS) };
const shown = { created_at: ago(DAY_MS), offered_at: ago(DAY_MS) };
const closed = { ...shown, closed_at: ago(HOUR_MS) };

describe('collectOutcomes', () => {
  it('tells learning once how each offer ended', async () => {
    const scope = await tenant();
    const [delivered, declined, expired, refunded, unpaid, withdrawn, silent, open] = [
      1, 2, 3, 4, 5, 6, 7, 8,
    ].map(chainOf) as Chain[] as [Chain, Chain, Chain, Chain, Chain, Chain, Chain, Chain];
    const full = { authorized: 500_000, captured: 500_000 };
    await offer(scope, delivered, { status: 'DELIVERED', ...closed, ...paid, dispatched_at: NOW }, full);
    await offer(scope, declined, { status: 'DECLINED', ...closed });
    await offer(scope, expired, { status: 'EXPIRED', ...closed });
    const back = { ...full, refunded: 500_000 };
    await offer(scope, refunded, { status: 'REFUNDED', ...closed, ...paid, dispatched_at: NOW }, back);
    const declinedByBank = { accepted_at: ago(2 * HOUR_MS), closed_reason: 'PAYMENT_DECLINED' };
    await offer(scope, unpaid, { status: 'CANCELLED', ...closed, ...declinedByBank });
    await offer(scope, withdrawn, { status: 'CANCELLED', ...closed, closed_reason: 'ORDER_CANCELLED' });
    await offer(scope, silent, { status: 'EXPIRED', ...closed, offered_at: null });
    await offer(scope, open, { status: 'OFFERED', ...shown });
    await scope.db.run(
      `UPDATE orders SET items = '[{"name":"lamp","category":"light"},{"name":"vase"}]' WHERE tenant_id = $1`,
      [scope.tenantId],
    );

    const before = scope.db.statements;
    expect(await collect(scope)).toEqual({ ended: 7, recorded: 5, isDone: true });
    expect(scope.db.statements - before).toBeLessThanOrEqual(5);
    const at = (chain: Chain, converted: boolean, realized: bigint, score: number, when: Date) => ({
      ...{ action_id: chain.offer, kind: 'RESULT', is_converted: converted, realized_minor: realized, score },
      ...{ expected_minor: 500_000n, status: 'LEARNED', occurred_at: when },
      pattern_key: `${TYPE}|eu_central:${chain.n % 2 === 1 ? 'cross-border' : 'domestic'}|OFFER`,
      items: { names: ['lamp', 'vase'], categories: ['light'] },
    });
    // Spec d.1: 0.6 + 0.3 + 0.05, nothing but 0.05, and 0.6 + 0.05 for what had to be given back.
    expect(await outcomes(scope)).toEqual([
      at(delivered, true, 500_000n, 0.95, paid.accepted_at),
      at(declined, false, 0n, 0.05, closed.closed_at),
      at(expired, false, 0n, 0.05, closed.closed_at),
      at(refunded, true, 0n, 0.65, paid.accepted_at),
      at(unpaid, false, 0n, 0.05, declinedByBank.accepted_at),
    ]);
    expect(await collect(scope)).toEqual({ ended: 0, recorded: 0, isDone: true });
    const log = await scope.events.read(scope.db, 0n, 100);
    expect(log.filter(({ type }) => type === 'OUTCOME_RECORDED')).toHaveLength(5);
  });

  it('goes on in steps when much has ended', async () => {
    const scope = await tenant();
    await offer(scope, chainOf(1), { status: 'EXPIRED', ...closed });
    await scope.db.run(
      `INSERT INTO offer SELECT (jsonb_populate_record(f, jsonb_build_object('id', gen_random_uuid()))).*
       FROM offer f, generate_series(1, $2::int) WHERE f.tenant_id = $1`,
      [scope.tenantId, COLLECT_AT_ONCE + 4],
    );
    expect(await collect(scope)).toEqual({ ended: 500, recorded: 500, isDone: false });
    expect(await collect(scope)).toEqual({ ended: 5, recorded: 5, isDone: true });
  });

  it('does not see an end that is still to come for a replayed instant', async () => {
    const { at } = await testScope(test.database, { now: NOW });
    const scope = at(ago(2 * HOUR_MS));
    await offer(scope, chainOf(1), { status: 'EXPIRED', ...closed });
    expect((await collect(scope)).ended).toBe(0);
    expect((await collect(at(NOW))).ended).toBe(1);
  });
});

describe('learningFacts', () => {
  it('is the settled offers of 14 days, newest first, with their money', async () => {
    const scope = await tenant();
    const day = (n: number) => ({ created_at: ago(n * DAY_MS), offered_at: ago(n * DAY_MS) });
    const full = { authorized: 500_000, captured: 500_000 };
    await offer(scope, chainOf(1), { status: 'DELIVERED', ...day(3), ...paid, dispatched_at: NOW }, full);
    await offer(scope, chainOf(2), { status: 'EXPIRED', ...day(2) });
    await offer(scope, chainOf(3), { status: 'EXPIRED', ...day(15) });
    await offer(scope, chainOf(4), { status: 'OFFERED', ...day(1) });
    await offer(scope, chainOf(5), { status: 'CANCELLED', ...day(1), closed_reason: 'ORDER_CANCELLED' });
    await put(scope.db, 'outcome', {
      ...{ tenant_id: scope.tenantId, action_id: chainOf(1).offer, kind: 'FEEDBACK', pattern_key: 'p' },
      ...{ is_converted: true, currency: 'INR', realized_minor: 0, expected_minor: 1, is_complaint: true },
      ...{ score: 0, status: 'LEARNED', items: {}, occurred_at: NOW, recorded_at: NOW },
    });
    const facts = await learningFacts(scope.db, scope.tenantId, TYPE, NOW);
    expect(facts).toMatchObject({ actionType: TYPE, days: [], groups: [] });
    expect(facts.recent).toMatchObject([
      {
        offerId: chainOf(2).offer,
        isConverted: false,
        realizedMinor: 0n,
        isComplaint: false,
        isSettled: true,
      },
      {
        ...{ offerId: chainOf(1).offer, isConverted: true, realizedMinor: 500_000n, isComplaint: true },
        ...{ isRefunded: false, priceMinor: 500_000n, costMinor: 1_000n, currency: 'INR' },
      },
    ]);
    expect((await learningFacts(scope.db, scope.tenantId, 'other', NOW)).recent).toEqual([]);
  });

  it('adds up a running experiment by arm and day, and by propensity and answer', async () => {
    const scope = await tenant();
    await put(scope.db, 'price_experiment', {
      ...{ tenant_id: scope.tenantId, id: EXPERIMENT, action_type: TYPE, status: 'RUNNING' },
      ...{ currency: 'INR', seed: 1, started_at: ago(9 * DAY_MS) },
    });
    const in1 = { experiment_id: EXPERIMENT, arm: 'A', propensity: 0.33333, weights_version: 1 };
    const yes = { ...in1, ...paid, dispatched_at: NOW };
    const day = (n: number) => ({ created_at: ago(n * DAY_MS), offered_at: ago(n * DAY_MS) });
    const full = { authorized: 500_000, captured: 500_000 };
    const gone = { ...full, refunded: 500_000 };
    await offer(scope, chainOf(1), { status: 'DELIVERED', ...yes, ...day(3) }, full);
    await offer(scope, chainOf(2), { status: 'REFUNDED', ...yes, ...day(3) }, gone);
    await offer(scope, chainOf(3), { status: 'EXPIRED', ...in1, ...day(3) });
    await offer(scope, chainOf(4), { status: 'EXPIRED', ...in1, ...day(2) });
    await offer(scope, chainOf(5), { status: 'DECLINED', ...in1, ...day(2), arm: 'B', propensity: null });
    await offer(scope, chainOf(6), { status: 'OFFERED', ...in1, ...day(2) });
    const { days, groups } = await learningFacts(scope.db, scope.tenantId, TYPE, NOW);
    const base = { experimentId: EXPERIMENT, arm: 'A', conversions: 0, refunds: 0, complaints: 0 };
    expect(days).toEqual([
      {
        ...base,
        ...{
          day: new Date('2026-11-17T00:00:00Z'),
          offers: 3,
          conversions: 2,
          refunds: 1,
          costMinor: 3_000n,
        },
      },
      { ...base, day: new Date('2026-11-18T00:00:00Z'), offers: 1, costMinor: 1_000n },
      { ...base, arm: 'B', day: new Date('2026-11-18T00:00:00Z'), offers: 1, costMinor: 1_000n },
    ]);
    const group = { experimentId: EXPERIMENT, arm: 'A', propensity: 0.3333, offers: 2 };
    expect(groups).toEqual([
      { ...group, isConverted: false, rewardMinor: 0n },
      // 500000 − 1000 for the one kept, − 1000 for the one refunded.
      { ...group, isConverted: true, rewardMinor: 498_000n },
      { ...group, arm: 'B', propensity: null, isConverted: false, offers: 1, rewardMinor: 0n },
    ]);
    expect(await experimentFacts(scope.db, scope.tenantId, [EXPERIMENT])).toEqual({ days, groups });
    await scope.db.run(`UPDATE price_experiment SET status = 'STOPPED' WHERE tenant_id = $1`, [
      scope.tenantId,
    ]);
    expect((await learningFacts(scope.db, scope.tenantId, TYPE, NOW)).days).toEqual([]);
  });
});

describe('actionOf', () => {
  it('is what learning knows an offer by', async () => {
    const scope = await tenant();
    await offer(scope, chainOf(2), { status: 'OFFERED', ...shown });
    expect(await actionOf(scope.db, scope.tenantId, chainOf(2).offer)).toEqual({
      ...{ actionId: chainOf(2).offer, offeredAt: shown.offered_at, customerId: null, currency: 'INR' },
      ...{ expectedMinor: 500_000n, names: ['lamp', 'vase'], categories: [] },
      patternKey: `${TYPE}|eu_central:domestic|OFFER`,
    });
    const other = await tenant();
    for (const id of [chainOf(2).offer, 'made up']) {
      expect(await actionOf(other.db, other.tenantId, id)).toBeNull();
    }
  });
});
