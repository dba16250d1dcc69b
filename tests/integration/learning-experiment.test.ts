import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listDecisions, replayDecision } from '../../src/control/decisions/index.ts';
import { getSettings } from '../../src/control/tenancy/index.ts';
import {
  approveStrategyChange,
  checkPolicy,
  type DrawnArm,
  drawArms,
  experimentsById,
  listChanges,
  type PriceExperiment,
  startPriceExperiment,
  stopPriceExperiment,
  strategyOf,
  viewOf,
} from '../../src/growth/learning/index.ts';
import { CurrencyMismatchError, InvalidTransitionError, ValidationError } from '../../src/kernel/errors.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { setStabilised } from '../kit/flags.ts';
import { type TestScope, testScope } from '../kit/scope.ts';
import { ACTION, hour, offers, round, seen, settings, T0, uuid } from './learning-kit.ts';

let db: OpenTestDatabase;
let tenant: TestScope;
let scope: Scope;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  tenant = await testScope(db.database, { now: T0 });
  scope = tenant.scope;
});

const start = (more: object = {}): Promise<PriceExperiment> =>
  startPriceExperiment(scope, { actionType: ACTION, holdout: 0, ...more });
const draw = (n: number, at: Scope = scope): Promise<Map<string, DrawnArm>> =>
  at.db.tx((tx) =>
    drawArms(
      at,
      tx,
      ACTION,
      Array.from({ length: n }, (_, i) => uuid(i)),
    ),
  );
const current = async ({ id }: PriceExperiment): Promise<PriceExperiment> =>
  (await experimentsById(scope, [id]))[0] as PriceExperiment;
const price = async () =>
  (await strategyOf(scope.db, scope.tenantId, ACTION, await getSettings(scope.db, scope.tenantId))).price
    .amountMinor;
const count = (drawn: Map<string, DrawnArm>): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { arm } of drawn.values()) counts[arm] = (counts[arm] ?? 0) + 1;
  return counts;
};
const money = (amountMinor: bigint, currency = 'INR') => ({ amountMinor, currency });

/** Spec d.4: 25, 35 and 20 % at 5, 3 and 7 thousand. */
const clear = (n: number) => ({
  A: { offers: n, conversions: n * 0.35, earning: 300_000n },
  B: { offers: n, conversions: n * 0.25, earning: 500_000n },
  C: { offers: n, conversions: n * 0.2, earning: 700_000n },
});

describe('start and stop', () => {
  test('three arms around the price in force, equal weights', async () => {
    const experiment = await start();
    expect(
      experiment.arms.map(({ key, priceMinor, isControl, weight }) => [key, priceMinor, isControl, weight]),
    ).toEqual([
      ['A', 300_000n, false, 0.335],
      ['B', 500_000n, true, 0.335],
      ['C', 700_000n, false, 0.33],
    ]);
    expect(await current(experiment)).toEqual(experiment);
    await expect(start()).rejects.toThrow(/one already runs for rare_drone_drop_bundle; stop it first/);
    await stopPriceExperiment(scope, { id: experiment.id, reason: 'enough' });
    await expect(stopPriceExperiment(scope, { id: experiment.id })).rejects.toThrow(InvalidTransitionError);
    expect(await current(experiment)).toMatchObject({ status: 'STOPPED', message: 'enough', version: 2 });
    expect((await draw(1)).size).toBe(0);
    await start();
  });

  test.each([
    ['one price', { prices: [money(500_000n)] }, ValidationError],
    ['six', { prices: [3n, 4n, 5n, 6n, 7n, 8n].map((n) => money(n * 100_000n)) }, ValidationError],
    ['two alike', { prices: [money(500_000n), money(500_000n)] }, ValidationError],
    ['no control', { prices: [money(300_000n), money(700_000n)] }, ValidationError],
    ['two currencies', { prices: [money(500_000n), money(6_000n, 'USD')] }, CurrencyMismatchError],
    ['a slip of the decimal point', { prices: [money(500_000n), money(7_000_000n)] }, ValidationError],
    ['nothing', { prices: [money(500_000n), money(0n)] }, ValidationError],
    ['too large a holdout', { holdout: 0.6 }, ValidationError],
    ['too small a budget', { budgetOffers: 299 }, ValidationError],
    ['an end in the past', { endsAt: T0 }, ValidationError],
    ['an end too far away', { endsAt: hour(181 * 24) }, ValidationError],
  ])('refused: %s', async (_name, input, error) => {
    await expect(start(input)).rejects.toThrow(error as never);
  });

  test('not while the tenant is stabilised; stopping is always possible', async () => {
    const experiment = await start();
    await setStabilised(scope, true);
    await stopPriceExperiment(scope, { id: experiment.id });
    await expect(start()).rejects.toMatchObject({ code: 'HELD' });
  });
});

describe('assignment', () => {
  test('follows the weights, is kept, and carries its propensity', async () => {
    const experiment = await start({ holdout: 0.1 });
    const drawn = await draw(3_000);
    const counts = count(drawn);
    expect(Math.abs((counts.HOLDOUT ?? 0) - 300)).toBeLessThan(60);
    for (const arm of ['A', 'B', 'C']) expect(Math.abs((counts[arm] ?? 0) - 900)).toBeLessThan(100);
    const [first] = drawn.values();
    expect(first).toMatchObject({ experimentId: experiment.id, currency: 'INR', weightsVersion: 1 });
    for (const { arm, priceMinor, propensity } of drawn.values()) {
      expect(
        { A: [300_000n, 0.335], B: [500_000n, 0.335], C: [700_000n, 0.33], HOLDOUT: [500_000n, 1] }[arm],
      ).toEqual([priceMinor, propensity]);
    }
    // The weights move; who has an arm keeps it.
    const facts = seen(experiment, hour(48), clear(1_000));
    expect(await round(tenant.at(hour(48)), facts)).toMatchObject({ isReweighted: true });
    expect(await draw(3_000, tenant.at(hour(49)))).toEqual(drawn);
    const fresh = await tenant
      .at(hour(49))
      .db.tx((tx) => drawArms(tenant.at(hour(49)), tx, ACTION, [uuid(9_999)]));
    expect(fresh.get(uuid(9_999))).toMatchObject({ weightsVersion: 2 });
  });

  test('nobody is drawn when none runs, or its time is over', async () => {
    expect((await draw(2)).size).toBe(0);
    await start({ endsAt: hour(1) });
    expect((await draw(2)).size).toBe(2);
    expect((await draw(2, tenant.at(hour(1)))).size).toBe(0);
  });
});

describe('rounds', () => {
  test('equal weights until every arm has 100 offers and 24 h have passed', async () => {
    const experiment = await start();
    const few = { ...clear(1_000), C: { offers: 99, conversions: 20, earning: 700_000n } };
    await round(tenant.at(hour(48)), seen(experiment, hour(48), few));
    expect(await current(experiment)).toMatchObject({
      ...{ weightsVersion: 1, message: 'Weights stay equal until there are at least 100 per arm: C has 99.' },
      reweightedAt: hour(48),
    });
    // Within the hour nobody looks again.
    await round(tenant.at(hour(48.5)), seen(experiment, hour(48), clear(1_000)));
    expect((await current(experiment)).weightsVersion).toBe(1);
    await round(tenant.at(hour(49)), seen(experiment, hour(48), clear(1_000)));
    const after = await current(experiment);
    expect(after).toMatchObject({ weightsVersion: 2, status: 'RUNNING' });
    expect(after.arms[2]?.weight).toBeGreaterThan(0.7);
    expect(after.arms.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    const [decision] = (await listDecisions(scope, {}, { kind: 'learning.reweight' })).edges;
    expect((await replayDecision(scope, decision?.node.id as string)).isIdentical).toBe(true);
    const types = (await scope.events.read(scope.db, 0n, 100)).map(({ type }) => type);
    expect(types.filter((type) => type === 'EXPERIMENT_CHANGED')).toHaveLength(2);
  });

  test('a clear winner after seven days passes both gates: its price holds for everybody', async () => {
    const experiment = await start();
    const facts = seen(experiment, hour(169), clear(6_000));
    expect(await round(tenant.at(hour(167)), facts)).toMatchObject({ experimentStatus: 'RUNNING' });
    expect(await round(tenant.at(hour(169)), facts)).toMatchObject({
      ...{ experimentStatus: 'COMPLETED', changes: { APPLIED: 1 } },
    });
    expect(await current(experiment)).toMatchObject({ winner: 'C', status: 'COMPLETED', endedAt: hour(169) });
    expect(await price()).toBe(700_000n);
    const [change] = (await listChanges(scope, {}, { kind: ['PROMOTION'] })).edges;
    expect(change?.node.before).toEqual({ priceMinor: null, baseMinor: null });
    const replay = await replayDecision(scope, change?.node.decisionId as string);
    expect([replay.isIdentical, replay.decision.kind]).toEqual([true, 'learning.promotion']);
    expect((await draw(5)).size).toBe(0);
  });

  test('in mode APPROVE weights move, the promotion waits for a person', async () => {
    await settings(scope, { learningMode: 'APPROVE' });
    const experiment = await start();
    const facts = seen(experiment, hour(169), clear(6_000));
    expect(await round(tenant.at(hour(169)), facts)).toMatchObject({
      isReweighted: true,
      changes: { PROPOSED: 1 },
    });
    expect(await price()).toBe(500_000n);
    const [change] = (await listChanges(scope, {})).edges;
    await approveStrategyChange(tenant.at(hour(170)), { id: change?.node.id as string });
    expect(await price()).toBe(700_000n);
  });

  test.each(['stabilise', 'OBSERVE', 'OFF'] as const)(
    '%s: nothing moves, a guardrail stops all the same',
    async (mode) => {
      const experiment = await start();
      await (mode === 'stabilise' ? setStabilised(scope, true) : settings(scope, { learningMode: mode }));
      await round(tenant.at(hour(169)), seen(experiment, hour(169), clear(6_000)));
      expect(await current(experiment)).toMatchObject({ status: 'RUNNING', weightsVersion: 1 });
      const recorded = (await listDecisions(scope, {}, { kind: 'learning.reweight' })).edges.map(
        ({ node }) => node.verdictReason,
      );
      expect(recorded).toEqual(mode === 'OBSERVE' ? ['DRY_RUN'] : []);
      const harmful = {
        ...clear(6_000),
        C: { offers: 100, conversions: 20, complaints: 3, earning: 700_000n },
      };
      await round(tenant.at(hour(169.2)), seen(experiment, hour(169), harmful));
      const { arms, weightsVersion } = await current(experiment);
      expect(arms.map(({ weight, pausedReason }) => [weight, pausedReason])).toEqual([
        [0.5, null],
        [0.5, null],
        [0, 'COMPLAINTS'],
      ]);
      expect(weightsVersion).toBe(2);
    },
  );

  test('customers of a paused arm get the control price, outside every comparison', async () => {
    const experiment = await start();
    const before = await draw(300);
    const harmful = { ...clear(1_000), C: { offers: 100, conversions: 40, refunds: 3, earning: 700_000n } };
    expect(await round(tenant.at(hour(2)), seen(experiment, hour(2), harmful))).toMatchObject({
      paused: ['C'],
    });
    const after = await draw(300, tenant.at(hour(3)));
    for (const [customer, { arm }] of before) {
      const now = after.get(customer);
      if (arm === 'C') expect(now).toMatchObject({ arm: 'FALLBACK', priceMinor: 500_000n, propensity: null });
      else expect(now).toEqual(before.get(customer));
    }
    const fresh = await tenant.at(hour(3)).db.tx((tx) =>
      drawArms(
        tenant.at(hour(3)),
        tx,
        ACTION,
        Array.from({ length: 300 }, (_, i) => uuid(10_000 + i)),
      ),
    );
    expect(Object.keys(count(fresh)).sort()).toEqual(['A', 'B']);
  });

  test('every arm paused: it stops, the control price holds, somebody is told', async () => {
    const experiment = await start();
    const dear = {
      ...clear(100),
      B: { offers: 100, conversions: 25, costMinor: 60_000_000n * 100n, earning: 500_000n },
    };
    const result = await round(tenant.at(hour(2)), seen(experiment, hour(2), dear));
    expect(result).toMatchObject({ paused: ['A', 'B', 'C'], experimentStatus: 'STOPPED' });
    expect(result.alerts.map(({ code }) => code)).toEqual(['ALERT_ALL_ARMS_PAUSED']);
    expect((await draw(3)).size).toBe(0);
    expect(await price()).toBe(500_000n);
  });

  test('budget and time end it; an uncertain winner is not promoted', async () => {
    const experiment = await start({ budgetOffers: 450 });
    const close = {
      A: { offers: 150, conversions: 60, earning: 300_000n },
      B: { offers: 150, conversions: 37, earning: 500_000n },
      C: { offers: 150, conversions: 30, earning: 700_000n },
    };
    expect(await round(tenant.at(hour(30)), seen(experiment, hour(30), close))).toMatchObject({
      changes: {},
    });
    const ended = await current(experiment);
    expect(ended).toMatchObject({ status: 'COMPLETED', winner: 'C' });
    expect(ended.message).toMatch(
      /^The budget of 450 offers is spent\..*It is not promoted: The evidence is worth 150\.0 offers/,
    );
    expect(await price()).toBe(500_000n);
  });

  test('while it runs, low conversion does not move the price', async () => {
    await start();
    expect((await round(scope, { recent: offers(20, 1) })).changes).toEqual({});
  });

  test('one round sends at most 20 statements, whatever it decides', async () => {
    const experiment = await start();
    const at = tenant.at(hour(169));
    const before = at.db.statements;
    await round(at, { recent: offers(200, 100, hour(169)), ...seen(experiment, hour(169), clear(6_000)) });
    expect(at.db.statements - before).toBeLessThanOrEqual(20);
  });
});

describe('at the same time', () => {
  test('two starts: one runs; two rounds: one step', async () => {
    const starts = await Promise.allSettled([start(), start(), start()]);
    expect(starts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    const [running] = starts.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const facts = { recent: offers(20, 9), ...seen(running as PriceExperiment, hour(48), clear(1_000)) };
    const rounds = await Promise.all([1, 2, 3].map(() => round(tenant.at(hour(0.5)), facts)));
    expect(rounds.map(({ changes }) => changes.APPLIED ?? 0).sort()).toEqual([0, 0, 1]);
  });

  test('draws agree on everybody', async () => {
    await start();
    const [a, b, c] = await Promise.all([draw(200), draw(200), draw(200)]);
    expect(b).toEqual(a);
    expect(c).toEqual(a);
  });
});

describe('what it shows', () => {
  test('arms with rates, revenue and odds; the holdout proves the lift', async () => {
    const experiment = await start({ holdout: 0.1 });
    const facts = seen(experiment, hour(48), {
      ...clear(1_000),
      HOLDOUT: { offers: 400, conversions: 100, earning: 500_000n },
    });
    const { arms, holdout, lift } = viewOf(experiment, facts, hour(48));
    expect(
      arms.map(({ key, offers: n, conversionRate, revenuePerOffer }) => [
        key,
        n,
        conversionRate,
        revenuePerOffer,
      ]),
    ).toEqual([
      ['A', 1_000, 0.35, 105_000n],
      ['B', 1_000, 0.25, 125_000n],
      ['C', 1_000, 0.2, 140_000n],
    ]);
    expect(arms[2]?.pBest).toBeGreaterThan(0.9);
    expect(holdout).toMatchObject({ key: 'HOLDOUT', offers: 400, revenuePerOffer: 125_000n, pBest: null });
    expect(lift).toBeCloseTo((105 + 125 + 140) / 3 / 125 - 1, 9);
    expect(viewOf(experiment, { days: [], groups: [] }, T0)).toMatchObject({ lift: null });
  });

  test('a what-if about any policy', async () => {
    const experiment = await start();
    const facts = seen(experiment, hour(48), clear(6_000));
    const check = checkPolicy(experiment, facts, [
      { arm: 'C', weight: 3 },
      { arm: 'A', weight: 1 },
    ]);
    expect(check.candidate.snips).toBeCloseTo(0.75 * 140_000 + 0.25 * 105_000, 6);
    expect(check.current.snips).toBeCloseTo(125_000, 6);
    expect(check.verdict).toBe('PROMOTE');
    expect(() => checkPolicy(experiment, facts, [{ arm: 'D', weight: 1 }])).toThrow(
      /The arms are A, B, C, not "D"/,
    );
    expect(() => checkPolicy(experiment, facts, [{ arm: 'A', weight: 0 }])).toThrow(ValidationError);
    expect(checkPolicy(experiment, { days: [], groups: [] }, [{ arm: 'A', weight: 1 }]).verdict).toBe(
      'NO_EVIDENCE',
    );
  });
});
