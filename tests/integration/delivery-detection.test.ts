import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { updateSettings } from '../../src/control/tenancy/index.ts';
import { liveOfferJoin } from '../../src/delivery/offers/index.ts';
import {
  detectNow,
  listOpportunities,
  type Opportunity,
  opportunitiesById,
  opportunityId,
  orderJoin,
  routePreview,
} from '../../src/delivery/opportunities/index.ts';
import { DAY_MS, HOUR_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { detectAll, noise, orderId, putOrders, type TestOrder } from './delivery-kit.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const ago = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS);

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

/** Everyday orders, so that the corpus is calibrated: one or two of ten items. */
const everyday = (count: number, days = 60): TestOrder[] =>
  Array.from({ length: count }, (_, n) => ({
    key: `everyday ${n}`,
    items: [`i${Math.floor(noise(`a${n}`) * 10)}`, `i${Math.floor(noise(`b${n}`) * 10)}`],
    totalMinor: 1000 + Math.floor(noise(`v${n}`) * 9000),
    placedAt: new Date(ago(days).getTime() + (n / count) * (days - 1) * DAY_MS),
  }));

/** Five things nobody has ever ordered, of five categories, for a lot of money. */
const rare = (key: string, fields: Partial<TestOrder> = {}): TestOrder => ({
  key,
  items: [1, 2, 3, 4, 5].map((n) => `${key}-${n}`),
  categories: ['a', 'b', 'c', 'd', 'e'],
  totalMinor: 1_000_000,
  placedAt: ago(0.5),
  ...fields,
});

async function shop(count = 400) {
  const tenant = await testScope(test.database, { now: NOW });
  await putOrders(tenant.scope, everyday(count));
  await detectAll(tenant.scope);
  return tenant;
}

const find = async (scope: Scope, key: string, version = 1): Promise<Opportunity | null> =>
  (
    await opportunitiesById(scope, [opportunityId(scope.tenantId, orderId(scope, key), BigInt(version))])
  )[0] ?? null;

const events = async (scope: Scope) =>
  (await scope.events.read(scope.db, 0n, 10_000)).filter(({ type }) => type === 'OPPORTUNITY_DETECTED');

describe('detection', () => {
  it('finds the rare order, explains it, and says so once', async () => {
    const { scope } = await shop();
    const before = (await events(scope)).length;
    await putOrders(scope, [rare('gold', { pickup: 'frankfurt', delivery: 'sanFrancisco' })]);
    const { result, statements } = await detectAll(scope);
    expect(result).toMatchObject({ scored: 1, detected: 1, elite: 1, crossBorder: 1 });
    expect(statements).toBeLessThanOrEqual(25);
    const found = (await find(scope, 'gold')) as Opportunity;
    expect(found).toMatchObject({
      status: 'DETECTED',
      tier: 'ELITE',
      isElite: true,
      isCrossBorder: true,
      destinationRegion: 'us_west',
      components: { uniqueness: 100, complexity: 100, value: 100, freshness: 100 },
      rawScore: 100,
      score: 100,
      corpusOrders: 400,
      valueMinor: 1_000_000n,
      weightGrams: 1000,
      detectedAt: NOW,
      orderPlacedAt: ago(0.5),
      scorerVersion: 'rarity-1',
    });
    expect(found.calibration).toMatch(/^[\w-]{12}$/);
    expect(found.reasons.map(({ code }) => code)).toEqual([
      'UNSEEN_ITEMS',
      'RICH_SET',
      'TOP_VALUE',
      'NEVER_SEEN_SET',
    ]);
    const [event] = (await events(scope)).slice(before);
    expect(event?.payload).toMatchObject({
      opportunityId: found.id,
      orderId: orderId(scope, 'gold'),
      score: 100,
      isElite: true,
      destinationRegion: 'us_west',
      value: { amountMinor: '1000000', currency: 'EUR' },
    });
  });

  it('is idempotent: the same version again is a DUPLICATE and changes nothing', async () => {
    const { scope } = await shop();
    await putOrders(scope, [rare('gold')]);
    await detectAll(scope);
    const [before, logged] = [await find(scope, 'gold'), (await events(scope)).length];
    await putOrders(scope, [rare('gold')]);
    expect((await detectAll(scope)).result).toMatchObject({ detected: 0, skippedDuplicate: 1 });
    expect(await find(scope, 'gold')).toEqual(before);
    expect(await events(scope)).toHaveLength(logged);
    expect((await detectAll(scope)).result.scored).toBe(0);
  });

  it('replaces what it knew of an older version, with the same score', async () => {
    const { scope } = await shop();
    await putOrders(scope, [rare('gold', { status: 'OPEN' })]);
    await detectAll(scope);
    await putOrders(scope, [rare('gold', { version: 2 })]);
    expect((await detectAll(scope)).result).toMatchObject({ detected: 1, superseded: 1 });
    const [old, now] = [await find(scope, 'gold', 1), await find(scope, 'gold', 2)];
    expect(old?.status).toBe('CANCELLED');
    expect(now?.status).toBe('DETECTED');
    // Compared with the others, not with itself.
    expect(now?.components).toEqual(old?.components);
  });

  it('closes the opportunity of an order that was cancelled', async () => {
    const { scope } = await shop();
    await putOrders(scope, [rare('gold')]);
    await detectAll(scope);
    await putOrders(scope, [rare('gold', { version: 2, status: 'CANCELLED' })]);
    expect((await detectAll(scope)).result).toMatchObject({ scored: 0, superseded: 1, skippedCancelled: 1 });
    expect((await find(scope, 'gold'))?.status).toBe('CANCELLED');
  });

  it('skips by reason, one reason each', async () => {
    const { scope } = await shop();
    await putOrders(scope, [
      rare('no geo', { delivery: null }),
      rare('no geo either', { pickup: null, weightGrams: null }),
      rare('no weight', { weightGrams: null, isHazardous: true }),
      rare('hazardous', { isHazardous: true }),
      { key: 'common', items: ['i1'], totalMinor: 10, placedAt: ago(0.5) },
      rare('cancelled', { status: 'CANCELLED' }),
    ]);
    expect((await detectAll(scope)).result).toMatchObject({
      scored: 5,
      detected: 0,
      skippedNoGeo: 2,
      skippedNoWeight: 1,
      skippedHazardous: 1,
      skippedBelowThreshold: 1,
      skippedCancelled: 1,
      skippedDuplicate: 0,
    });
  });

  it.each([
    ['sanFrancisco', 'us_west'],
    ['paris', 'eu_central'],
    ['lyon', 'eu_central'],
    ['mumbai', 'in_mumbai'],
    ['tokyo', null],
  ] as const)('sends %s to the region %s', async (delivery, region) => {
    const { scope } = await shop(60);
    await updateSettings(scope, { opportunityThreshold: 0 });
    await putOrders(scope, [rare('gold', { delivery })]);
    await detectAll(scope);
    expect((await find(scope, 'gold'))?.destinationRegion).toBe(region);
  });

  it('sees an order only from its own instant on, and one that arrives late all the same', async () => {
    const { scope, at } = await shop();
    await putOrders(scope, [rare('gold', { placedAt: ago(1) })]);
    expect((await detectAll(at(ago(2)))).result.scored).toBe(0);
    expect((await detectAll(scope)).result.detected).toBe(1);
    await putOrders(scope, [rare('late', { placedAt: ago(40) })]);
    expect((await detectAll(scope)).result).toMatchObject({ scored: 1, detected: 1 });
    expect((await find(scope, 'late'))?.orderPlacedAt).toEqual(ago(40));
  });

  it('does the same work whatever the number of steps, and as a mutation once per key', async () => {
    const { scope } = await testScope(test.database, { now: NOW });
    await putOrders(scope, everyday(400));
    const run = await detectNow(scope, 'key-1');
    expect(run).toMatchObject({ scored: 400, isDone: true });
    await putOrders(scope, [rare('gold')]);
    expect(await detectNow(scope, 'key-1')).toEqual(run);
    expect((await detectNow(scope, 'key-2')).detected).toBe(1);
  });

  it('scores a batch in bytes that do not depend on when it is run', async () => {
    const rows = async () => {
      const { scope } = await shop();
      await putOrders(scope, [rare('gold'), rare('silver', { totalMinor: 5000 })]);
      await detectAll(scope);
      const found = await Promise.all(['gold', 'silver'].map((key) => find(scope, key)));
      return found.map(
        (o) => o && [o.score, o.rawScore, o.percentile, o.components, o.reasons, o.calibration],
      );
    };
    expect(JSON.stringify(await rows())).toBe(JSON.stringify(await rows()));
  });

  it('costs what is new: statements stay under 25 and time does not follow history', async () => {
    const timeOf = async (history: number) => {
      const { scope } = await shop(history);
      await putOrders(
        scope,
        Array.from({ length: 20 }, (_, n) => rare(`r${n}`)),
      );
      const started = performance.now();
      const { statements, steps } = await detectAll(scope);
      expect(steps).toBe(1);
      expect(statements).toBeLessThanOrEqual(25);
      return performance.now() - started;
    };
    const [small, large] = [await timeOf(300), await timeOf(3000)];
    expect(large).toBeLessThan(small * 3 + 100);
  });

  it.skipIf(!process.env.DATABASE_URL)('finds every order once when ten runs race', async () => {
    const { scope, at } = await shop();
    await putOrders(
      scope,
      Array.from({ length: 30 }, (_, n) => rare(`r${n}`)),
    );
    const runs = await Promise.all(Array.from({ length: 10 }, () => detectAll(at(NOW))));
    expect(runs.reduce((sum, { result }) => sum + result.detected, 0)).toBe(30);
    expect(runs.reduce((sum, { result }) => sum + result.scored, 0)).toBe(30);
  });
});

describe('the list', () => {
  let scope: Scope;
  const keys = Array.from({ length: 25 }, (_, n) => `r${n}`);
  beforeAll(async () => {
    const tenant = await shop();
    scope = tenant.scope;
    for (const [n, key] of keys.entries()) {
      const order = rare(key, {
        totalMinor: 3000 + n * 300,
        items: [1, 2, 3, 4].slice(0, 2 + (n % 3)).map((i) => `${key}-${i}`),
        delivery: n % 2 === 0 ? 'berlin' : 'oakland',
      });
      await putOrders(scope, [order]);
      await detectAll(tenant.at(new Date(NOW.getTime() + n * HOUR_MS)));
    }
  });

  it.each([
    ['DETECTED_AT', 'DESC'],
    ['DETECTED_AT', 'ASC'],
    ['SCORE', 'DESC'],
    ['SCORE', 'ASC'],
  ] as const)('pages by %s %s, forward and backward, each row once', async (field, direction) => {
    const order = { field, direction };
    const all = (await listOpportunities(scope, { first: 100 }, {}, order)).edges.map(({ node }) => node);
    const value = (o: Opportunity) => (field === 'SCORE' ? o.score : o.detectedAt.getTime());
    const sign = direction === 'ASC' ? 1 : -1;
    const sorted = [...all].sort((a, b) => sign * (value(a) - value(b) || (a.id < b.id ? -1 : 1)));
    expect(all.map(({ id }) => id)).toEqual(sorted.map(({ id }) => id));
    expect(all.length).toBeGreaterThan(keys.length - 1);

    const forward: string[] = [];
    for (let after: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof listOpportunities>> = await listOpportunities(
        scope,
        { first: 4, after },
        {},
        order,
      );
      forward.push(...page.edges.map(({ node }) => node.id));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(forward).toEqual(all.map(({ id }) => id));

    const last = await listOpportunities(scope, { last: 4 }, {}, order);
    expect(last.edges.map(({ node }) => node.id)).toEqual(all.slice(-4).map(({ id }) => id));
    expect(last.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const before = await listOpportunities(scope, { last: 4, before: last.pageInfo.startCursor }, {}, order);
    expect(before.edges.map(({ node }) => node.id)).toEqual(all.slice(-8, -4).map(({ id }) => id));
  });

  it('filters by every condition', async () => {
    const all = (await listOpportunities(scope, { first: 100 })).edges.map(({ node }) => node);
    const middle = [...all].sort((a, b) => a.score - b.score)[Math.floor(all.length / 2)] as Opportunity;
    const cases: [Parameters<typeof listOpportunities>[2], (o: Opportunity) => boolean][] = [
      [{ status: ['DETECTED'] }, (o) => o.status === 'DETECTED'],
      [{ status: ['EXPIRED', 'CANCELLED'] }, (o) => o.status !== 'DETECTED'],
      [{ tier: ['ELITE'] }, (o) => o.tier === 'ELITE'],
      [{ isElite: false }, (o) => !o.isElite],
      [{ isCrossBorder: true }, (o) => o.isCrossBorder],
      [{ destinationRegion: 'us_west' }, (o) => o.destinationRegion === 'us_west'],
      [{ minScore: middle.score }, (o) => o.score >= middle.score],
      [{ maxScore: middle.score }, (o) => o.score <= middle.score],
      [{ detectedFrom: middle.detectedAt }, (o) => o.detectedAt >= middle.detectedAt],
      [{ detectedTo: middle.detectedAt }, (o) => o.detectedAt < middle.detectedAt],
      [{ isCrossBorder: true, minScore: 90 }, (o) => o.isCrossBorder && o.score >= 90],
    ];
    for (const [filter, expected] of cases) {
      const rows = (await listOpportunities(scope, { first: 100 }, filter)).edges.map(({ node }) => node.id);
      expect(rows, JSON.stringify(filter)).toEqual(all.filter(expected).map(({ id }) => id));
    }
  });

  it('brings the order and the live offer along in the same statement', async () => {
    const before = scope.db.statements;
    const { edges } = await listOpportunities<{
      order: { id: string; totalMinor: bigint };
      liveOffer: unknown;
    }>(scope, { first: 20 }, {}, undefined, [orderJoin as never, liveOfferJoin as never]);
    expect(scope.db.statements - before).toBe(1);
    for (const { node } of edges) {
      expect(node.order.id).toBe(node.orderId);
      expect(node.order.totalMinor).toBe(node.valueMinor);
      expect(node.liveOffer).toBeNull();
      expect(Object.keys(node).filter((key) => key.includes('.'))).toEqual([]);
    }
  });

  it.each([
    ['another list’s cursor', Buffer.from('["x","y"]').toString('base64url'), 'after'],
    ['no cursor at all', '%%%', 'after'],
  ])('refuses %s', async (_case, after, field) => {
    await expect(listOpportunities(scope, { first: 5, after })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      field,
    });
  });
});

describe('routePreview', () => {
  it('answers with the route of c.7, or with the reason that there is none', async () => {
    const { scope } = await shop();
    await putOrders(scope, [
      rare('far', { pickup: 'frankfurt', delivery: 'sanFrancisco' }),
      rare('out', { pickup: 'frankfurt', delivery: 'lyon' }),
    ]);
    await detectAll(scope);
    const preview = async (key: string) =>
      routePreview(scope, opportunityId(scope.tenantId, orderId(scope, key), 1n));
    const far = await preview('far');
    expect(far).toMatchObject({ ok: true, path: ['NODE_EU_001', 'NODE_US_W_001'], etaMin: 880 });
    // The hubs of c.7 and the drone of the last mile.
    expect(far.ok && far.successProbability).toBeCloseTo(0.9408 * 0.999, 10);
    expect(await preview('out')).toMatchObject({ ok: false, code: 'DELIVERY_OUT_OF_COVERAGE' });
    await expect(routePreview(scope, 'opp_none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
