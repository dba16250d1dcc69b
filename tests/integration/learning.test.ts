import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listDecisions, replayDecision } from '../../src/control/decisions/index.ts';
import { getSettings } from '../../src/control/tenancy/index.ts';
import {
  approveStrategyChange,
  listChanges,
  listOutcomes,
  listPatterns,
  loadExclusions,
  recordOutcome,
  recordOutcomes,
  rejectStrategyChange,
  revertStrategyChange,
  type StrategyChange,
  strategyOf,
} from '../../src/growth/learning/index.ts';
import {
  CurrencyMismatchError,
  InvalidTransitionError,
  NotFoundError,
  ValidationError,
} from '../../src/kernel/errors.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { setStabilised } from '../kit/flags.ts';
import { type TestScope, testScope } from '../kit/scope.ts';
import { ACTION, hour, offers, outcome, round, settings, T0, uuid } from './learning-kit.ts';

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

const changes = async (): Promise<StrategyChange[]> =>
  (await listChanges(scope, { first: 100 })).edges.map(({ node }) => node);
const strategy = async () =>
  strategyOf(scope.db, scope.tenantId, ACTION, await getSettings(scope.db, scope.tenantId));
const line = ({ kind, status, before, after }: StrategyChange): string =>
  [
    kind,
    status,
    before.aggressiveness ?? before.priceMinor ?? '-',
    after.aggressiveness ?? after.priceMinor,
  ].join(' ');
const record = (at: Scope, ...facts: ReturnType<typeof outcome>[]) =>
  at.db.tx((tx) => recordOutcomes(at, tx, facts));
const events = async (): Promise<string[]> =>
  (await scope.events.read(scope.db, 0n, 1_000))
    .map(({ type }) => type)
    .filter((type) => /^(OUTCOME|STRATEGY)/.test(type));

describe('outcomes', () => {
  test('are scored, kept once per action and kind, and move their pattern', async () => {
    const later = tenant.at(hour(2));
    expect(
      await record(later, outcome(1), outcome(2, { isConverted: false, realizedMinor: 0n, rating: null })),
    ).toBe(2);
    expect(await record(later, outcome(1), outcome(1, { kind: 'FEEDBACK', rating: 1 }))).toBe(1);
    expect(await round(later)).toMatchObject({ lessons: 3, patterns: 1 });
    expect(await round(later)).toMatchObject({ lessons: 0, patterns: 0 });
    const { edges } = await listOutcomes(scope, { first: 2 });
    const rest = await listOutcomes(scope, { first: 2, after: edges[1]?.cursor });
    expect(
      [...edges, ...rest.edges].map(({ node }) => [node.actionId.at(-1), node.kind, node.score]),
    ).toEqual([
      ['2', 'RESULT', 0.05],
      ['1', 'FEEDBACK', expect.closeTo(0.9, 9)],
      ['1', 'RESULT', 1],
    ]);
    const [pattern] = (await listPatterns(scope, {})).edges;
    // In the order of id for the same instant: FEEDBACK 0.9, RESULT 1, then 0.05.
    expect(pattern?.node).toMatchObject({ n: 3, total: 3, key: `${ACTION}|eu_central|OFFER` });
    expect(pattern?.node.weight).toBeCloseTo(((0.5 * 0.9 + 0.09) * 0.9 + 0.1) * 0.9 + 0.005, 12);
    expect(await events()).toEqual(['OUTCOME_RECORDED', 'OUTCOME_RECORDED', 'OUTCOME_RECORDED']);
  });

  test('too late: kept in the ledger, not learned', async () => {
    await record(
      tenant.at(hour(74)),
      outcome(1),
      outcome(2, { occurredAt: hour(73) }),
      outcome(3, { occurredAt: hour(72) }),
    );
    expect(await round(tenant.at(hour(75)))).toMatchObject({ lessons: 1 });
    const { edges } = await listOutcomes(scope, {}, { status: ['LATE_IGNORED'] });
    expect(edges.map(({ node }) => node.actionId)).toEqual([uuid(2), uuid(1)]);
    expect(edges.every(({ node }) => node.learnedAt === null)).toBe(true);
  });

  test('out of order within one round gives what order gives', async () => {
    const o = (n: number, isGood: boolean) =>
      outcome(n, {
        occurredAt: hour(n),
        isConverted: isGood,
        ...(isGood ? {} : { sentiment: 'NEGATIVE' as const }),
      });
    await record(tenant.at(hour(6)), o(4, true), o(2, true), o(3, false), o(1, true));
    await round(tenant.at(hour(6)));
    expect((await listPatterns(scope, {})).edges[0]?.node.weight).toBeCloseTo(0.58195, 12);
  });

  test('stabilise mode and mode OFF let them wait; afterwards they are learned', async () => {
    const later = tenant.at(hour(2));
    await record(later, outcome(1));
    await setStabilised(scope, true);
    expect(await round(later)).toMatchObject({ lessons: 0 });
    await setStabilised(scope, false);
    await settings(scope, { learningMode: 'OFF' });
    expect(await round(later)).toMatchObject({ lessons: 0 });
    await settings(scope, { learningMode: 'OBSERVE' });
    expect(await round(later)).toMatchObject({ lessons: 1 });
  });

  test('feedback is checked, and recorded once', async () => {
    const { kind: _, isConverted: __, realizedMinor: ___, rating: ____, ...action } = outcome(7);
    const later = tenant.at(hour(3));
    const say = (more: object) =>
      recordOutcome(later, { actionId: uuid(7), converted: true, ...more }, action);
    await expect(recordOutcome(later, { actionId: uuid(8), converted: true }, null)).rejects.toThrow(
      NotFoundError,
    );
    await expect(say({ rating: 6 })).rejects.toThrow(ValidationError);
    await expect(say({ realizedRevenue: { amountMinor: 1n, currency: 'EUR' } })).rejects.toThrow(
      CurrencyMismatchError,
    );
    await expect(say({ occurredAt: hour(4) })).rejects.toThrow(/in the future/);
    await expect(say({ occurredAt: hour(-1) })).rejects.toThrow(/action itself/);
    const first = await say({ rating: 3, realizedRevenue: { amountMinor: 300_000n, currency: 'INR' } });
    expect(first).toMatchObject({
      isNew: true,
      outcome: { score: expect.closeTo(0.83, 9), status: 'LEARNED' },
    });
    expect(await say({ rating: 1 })).toMatchObject({ isNew: false, outcome: { rating: 3 } });
  });
});

describe('thresholds', () => {
  test('9 of 20: one level up, evidence and a decision that replays; one step per 24 h', async () => {
    expect((await round(scope, { recent: offers(20, 9) })).changes).toEqual({ APPLIED: 1 });
    expect(await strategy()).toMatchObject({ aggressiveness: 1, rarityThreshold: 94.5, offersPerDay: 55 });
    const [change] = await changes();
    expect(change).toMatchObject({ evidence: { n: 20, conversions: 9, rate: 0.45 }, closedAt: null });
    expect(line(change as StrategyChange)).toBe('AGGRESSIVENESS APPLIED 0 1');
    const replay = await replayDecision(scope, change?.decisionId as string);
    expect([replay.isIdentical, replay.decision.kind, replay.decision.verdict]).toEqual([
      true,
      'learning.threshold',
      'ALLOW',
    ]);
    expect((await round(tenant.at(hour(23)), { recent: offers(20, 9, hour(23)) })).changes).toEqual({});
    await round(tenant.at(hour(24)), { recent: offers(20, 9, hour(24)) });
    expect(await strategy()).toMatchObject({ aggressiveness: 2 });
    expect(await events()).toEqual(['STRATEGY_CHANGED', 'STRATEGY_CHANGED']);
  });

  test('1 of 20: one price arm down without an alert; 0 of 20 alerts', async () => {
    expect((await round(scope, { recent: offers(20, 1) })).alerts).toEqual([]);
    expect(await strategy()).toMatchObject({
      price: { amountMinor: 300_000n, currency: 'INR' },
      isPriceLearned: true,
    });
    expect((await round(tenant.at(hour(1)), { recent: offers(20, 0) })).alerts).toMatchObject([
      { code: 'ALERT_CONVERSION_LOW' },
    ]);
    await round(tenant.at(hour(25)), { recent: offers(20, 1, hour(25)) });
    expect((await changes()).map(line)).toEqual(['AGGRESSIVENESS APPLIED 0 -1', 'PRICE APPLIED - 300000']);
    expect(await strategy()).toMatchObject({ rarityThreshold: 95.5, offersPerDay: 45 });
    // An operator who sets a price means it.
    await settings(scope, { bundlePriceMinor: 450_000n });
    expect(await strategy()).toMatchObject({ price: { amountMinor: 450_000n }, isPriceLearned: false });
  });

  test('with confidence required, 9 of 20 is not enough', async () => {
    await settings(scope, { requireConfidence: true });
    expect((await round(scope, { recent: offers(20, 9) })).changes).toEqual({});
    expect((await round(scope, { recent: offers(100, 50) })).changes).toEqual({ APPLIED: 1 });
  });

  test('no more than 200 offers of 14 days count, the newest', async () => {
    const old = offers(200, 200, hour(-15 * 24));
    expect((await round(scope, { recent: [...old, ...offers(19, 19)] })).changes).toEqual({});
    const many = [...offers(200, 100, hour(-2)), ...offers(200, 40, hour(0))];
    expect((await round(scope, { recent: many })).changes).toEqual({});
  });
});

describe('the gate', () => {
  const recent = offers(20, 9);

  test('mode APPROVE proposes once; a person approves', async () => {
    await settings(scope, { learningMode: 'APPROVE' });
    expect((await round(scope, { recent })).changes).toEqual({ PROPOSED: 1 });
    expect((await round(tenant.at(hour(1)), { recent })).changes).toEqual({});
    expect(await strategy()).toMatchObject({ aggressiveness: 0 });
    const [change] = await changes();
    const approved = await approveStrategyChange(tenant.at(hour(2)), {
      id: change?.id as string,
      expectedVersion: 1,
    });
    expect(approved).toMatchObject({ status: 'APPLIED', closedBy: 'test', version: 2 });
    expect(await strategy()).toMatchObject({ aggressiveness: 1 });
    await expect(approveStrategyChange(scope, { id: change?.id as string })).rejects.toThrow(
      InvalidTransitionError,
    );
    await expect(approveStrategyChange(scope, { id: uuid(1) })).rejects.toThrow(NotFoundError);
  });

  test('stabilise mode holds; approval waits until it ends', async () => {
    await setStabilised(scope, true);
    expect((await round(scope, { recent })).changes).toEqual({ HELD: 1 });
    expect((await round(tenant.at(hour(1)), { recent })).changes).toEqual({});
    const [change] = await changes();
    await expect(approveStrategyChange(scope, { id: change?.id as string })).rejects.toMatchObject({
      ...{ code: 'HELD', details: { reason: 'STABILIZE_MODE' } },
    });
    await setStabilised(scope, false);
    await round(tenant.at(hour(2)), { recent });
    expect((await changes()).map(line)).toEqual([
      'AGGRESSIVENESS APPLIED 0 1',
      'AGGRESSIVENESS REJECTED 0 1',
    ]);
    expect((await changes())[1]?.closedBy).toBe('system:superseded');
  });

  test('OBSERVE records a decision and nothing else; OFF records nothing', async () => {
    await settings(scope, { learningMode: 'OBSERVE' });
    expect((await round(scope, { recent })).changes).toEqual({});
    const decisions = (await listDecisions(scope, {}, { kind: 'learning.threshold' })).edges;
    expect(decisions.map(({ node }) => node.verdictReason)).toEqual(['DRY_RUN']);
    await settings(scope, { learningMode: 'OFF' });
    await round(tenant.at(hour(1)), { recent });
    expect((await listDecisions(scope, {}, { kind: 'learning.threshold' })).edges).toHaveLength(1);
    expect(await changes()).toEqual([]);
    expect(await strategy()).toMatchObject({ aggressiveness: 0 });
  });

  test('a refused step needs new evidence', async () => {
    await settings(scope, { learningMode: 'APPROVE' });
    await round(scope, { recent });
    await rejectStrategyChange(scope, { id: (await changes())[0]?.id as string });
    expect((await round(tenant.at(hour(30)), { recent })).changes).toEqual({});
    expect((await round(tenant.at(hour(30)), { recent: offers(20, 9, hour(30)) })).changes).toEqual({
      PROPOSED: 1,
    });
  });

  test('revert restores what was, the newest first', async () => {
    await round(scope, { recent });
    await round(tenant.at(hour(24)), { recent: offers(20, 9, hour(24)) });
    const [second, first] = await changes();
    const revert = (id: string | undefined) =>
      revertStrategyChange(tenant.at(hour(25)), { id: id as string });
    await expect(revert(first?.id)).rejects.toThrow(
      /cannot go from APPLIED to REVERTED: change .* is newer; revert that one first/,
    );
    expect(await revert(second?.id)).toMatchObject({ status: 'REVERTED', closedBy: 'test' });
    expect(await strategy()).toMatchObject({ aggressiveness: 1 });
    await revert(first?.id);
    expect(await strategy()).toMatchObject({ aggressiveness: 0, rarityThreshold: 95 });
    await expect(revert(first?.id)).rejects.toThrow(InvalidTransitionError);
    expect((await round(tenant.at(hour(60)), { recent: offers(20, 9, hour(24)) })).changes).toEqual({});
    const audit = await scope.db.rows<{ action: string }>(
      'SELECT action FROM audit_entry WHERE action LIKE $1',
      ['strategy%'],
    );
    expect(audit.map(({ action }) => action)).toEqual(['strategy-change.revert', 'strategy-change.revert']);
  });

  test('a price step comes back to the price of the settings', async () => {
    await round(scope, { recent: offers(20, 1) });
    await revertStrategyChange(scope, { id: (await changes())[0]?.id as string });
    expect(await strategy()).toMatchObject({ price: { amountMinor: 500_000n }, isPriceLearned: false });
  });
});

describe('exclusions', () => {
  const bad = (n: number, names: string[], categories: string[] = []) =>
    outcome(n, { sentiment: 'NEGATIVE', names, categories, customerId: uuid(1_000 + n) });
  const excluded = async (customer: number, names: string[], categories: string[] = [], at = hour(2)) => {
    const isExcluded = await loadExclusions(scope.db, scope.tenantId, [uuid(customer)], at);
    return isExcluded(uuid(customer), names, categories);
  };

  test('a customer is spared similar packages for 90 days, at once', async () => {
    await record(tenant.at(hour(1)), bad(1, ['Old silver coin'], ['Coins']), outcome(2));
    expect(await excluded(1001, ['silver coin old'])).toBe(true);
    expect(await excluded(1001, ['Lamp'], ['coins'])).toBe(true);
    expect(await excluded(1001, ['Lamp'], ['light'])).toBe(false);
    expect(await excluded(1002, ['Old silver coin'], ['coins'])).toBe(false);
    expect(await excluded(1001, ['silver coin old'], [], hour(90 * 24))).toBe(true);
    expect(await excluded(1001, ['silver coin old'], [], hour(90 * 24 + 1))).toBe(false);
  });

  test('three negatives in 30 days spare everybody; a person may take it back', async () => {
    const later = tenant.at(hour(2));
    await record(later, bad(1, ['Old silver coin']), bad(2, ['silver coin, old']));
    expect((await round(later)).changes).toEqual({});
    await record(later, bad(3, ['old silver coin box']), bad(4, ['Lamp']));
    expect((await round(later)).changes).toEqual({ APPLIED: 1 });
    expect((await round(tenant.at(hour(3)))).changes).toEqual({});
    expect(await excluded(5_000, ['old coin silver'], [], hour(3))).toBe(true);
    expect(await excluded(5_000, ['Lamp'], [], hour(3))).toBe(false);
    const [change] = await changes();
    expect(change?.evidence).toEqual({ negatives: expect.arrayContaining([uuid(1), uuid(2), uuid(3)]) });
    expect((await replayDecision(scope, change?.decisionId as string)).isIdentical).toBe(true);
    await revertStrategyChange(tenant.at(hour(4)), { id: change?.id as string });
    expect(await excluded(5_000, ['old coin silver'], [], hour(4))).toBe(false);
    expect((await round(tenant.at(hour(5)))).changes).toEqual({});
    expect(await excluded(1001, ['old coin silver'], [], hour(5))).toBe(true);
  });

  test('it is proposed in mode APPROVE, and holds once approved', async () => {
    await settings(scope, { learningMode: 'APPROVE' });
    const later = tenant.at(hour(2));
    await record(later, ...[1, 2, 3].map((n) => bad(n, ['Old silver coin'])));
    expect((await round(later)).changes).toEqual({ PROPOSED: 1 });
    expect((await round(tenant.at(hour(3)))).changes).toEqual({});
    expect(await excluded(5_000, ['Old silver coin'], [], hour(3))).toBe(false);
    await approveStrategyChange(tenant.at(hour(3)), { id: (await changes())[0]?.id as string });
    expect(await excluded(5_000, ['Old silver coin'], [], hour(4))).toBe(true);
  });
});
