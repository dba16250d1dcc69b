import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AcceptOfferDocument,
  CancelOfferDocument,
  CreateOfferLinkDocument,
  DeclineOfferDocument,
  DetectOpportunitiesDocument,
  DisableRoutingNodeDocument,
  EnableRoutingNodeDocument,
  GenerateActionsDocument,
  OfferActionDocument,
  OfferDocument,
  OffersDocument,
  OpportunitiesDocument,
  OpportunityDocument,
  RarityScoreDocument,
  ReplayDecisionDocument,
  RoutePreviewDocument,
  RoutingNodeDocument,
  RoutingNodesDocument,
  UpsertRoutingNodeDocument,
} from '../../operations/generated/graphql.ts';
import { DAY_MS, HOUR_MS } from '../../src/kernel/time.ts';
import { type Client, startServer, type TestServer } from '../kit/server.ts';
import { noise, putOrders, type TestOrder } from './delivery-kit.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
let server: TestServer;
let api: Client;
let other: Client;

const everyday: TestOrder[] = Array.from({ length: 200 }, (_, n) => ({
  key: `everyday ${n}`,
  items: [`i${Math.floor(noise(`a${n}`) * 10)}`],
  totalMinor: 1000 + Math.floor(noise(`v${n}`) * 9000),
  placedAt: new Date(NOW.getTime() - 60 * DAY_MS + (n / 200) * 58 * DAY_MS),
  delivery: null,
}));
const rare = (key: string, fields: Partial<TestOrder> = {}): TestOrder => ({
  key,
  items: [1, 2, 3, 4, 5].map((n) => `${key}-${n}`),
  categories: ['a', 'b', 'c', 'd', 'e'],
  totalMinor: 1_000_000,
  placedAt: new Date(NOW.getTime() - 6 * HOUR_MS),
  ...fields,
});

beforeAll(async () => {
  server = await startServer({ clock: () => NOW });
  await server.createTenant({ slug: 'shop' });
  await server.createTenant({ slug: 'other' });
  api = server.client(undefined, 'shop');
  other = server.client(undefined, 'other');
  const scope = await server.app.tenantScope('shop', NOW);
  await putOrders(scope, everyday);
});
afterAll(() => server.stop());

const only = async () => (await api.run(OpportunitiesDocument)).opportunities.edges.map(({ node }) => node);

describe('from orders to offers', () => {
  test('detectOpportunities says what it did, once per key', async () => {
    const { detectOpportunities: first } = await api.run(DetectOpportunitiesDocument);
    expect(first).toMatchObject({ scored: 200, detected: 0, isDone: true });
    const scope = await server.app.tenantScope('shop', NOW);
    await putOrders(scope, [
      rare('gold', { pickup: 'frankfurt', delivery: 'sanFrancisco' }),
      rare('silver', { delivery: 'lyon' }),
      rare('bomb', { isHazardous: true }),
    ]);
    const input = { idempotencyKey: 'detect-1' };
    const { detectOpportunities: second } = await api.run(DetectOpportunitiesDocument, { input });
    expect(second).toMatchObject({ scored: 3, detected: 2, eliteCount: 2, crossBorder: 2, superseded: 0 });
    expect(second).toMatchObject({
      skipped: expect.arrayContaining([
        { reason: 'HAZARDOUS', count: 1 },
        { reason: 'NO_GEO', count: 0 },
      ]),
    });
    expect((await api.run(DetectOpportunitiesDocument, { input })).detectOpportunities).toEqual(second);
  });

  test('opportunities are listed with all that explains them', async () => {
    const [gold] = (
      await api.run(OpportunitiesDocument, { filter: { destinationRegion: 'us_west' } })
    ).opportunities.edges.map(({ node }) => node);
    expect(gold).toMatchObject({
      status: 'DETECTED',
      tier: 'ELITE',
      isElite: true,
      isCrossBorder: true,
      score: 100,
      rawScore: 100,
      components: { uniqueness: 100, complexity: 100, value: 100, freshness: 100 },
      value: { amountMinor: '1000000', currency: 'EUR', formatted: '€10,000.00' },
      weightKg: 1,
      pickup: { country: 'DE', lat: 50.1109, lon: 8.6821 },
      delivery: { country: 'US', lat: 37.7749, lon: -122.4194 },
      order: { externalId: 'gold' },
      liveOffer: null,
      detectedAt: NOW.toISOString(),
    });
    expect(gold?.reasons.map(({ code }) => code)).toContain('NEVER_SEEN_SET');
    const { opportunity } = await api.run(OpportunityDocument, { id: gold?.id as string });
    expect(opportunity).toMatchObject({ id: gold?.id, score: 100 });
    expect((await other.run(OpportunityDocument, { id: gold?.id as string })).opportunity).toBeNull();
    expect((await other.run(OpportunitiesDocument)).opportunities.edges).toEqual([]);
  });

  test('routePreview answers with a route or a refusal', async () => {
    const byRegion = new Map((await only()).map((node) => [node.destinationRegion, node.id]));
    const preview = async (region: string, client = api) =>
      (await client.run(RoutePreviewDocument, { opportunityId: byRegion.get(region) as string }))
        .routePreview;
    expect(await preview('us_west')).toMatchObject({
      __typename: 'RoutePreview',
      isRoutable: true,
      refusal: null,
      route: { path: ['NODE_EU_001', 'NODE_US_W_001'], etaMin: 880 },
      alternatives: [{ path: ['NODE_EU_001', 'NODE_IN_001', 'NODE_US_W_001'] }],
    });
    expect(await preview('eu_central')).toMatchObject({
      isRoutable: false,
      refusal: 'DELIVERY_OUT_OF_COVERAGE',
      route: null,
      alternatives: [],
    });
    expect(await preview('us_west', other)).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' });
  });

  test('generateActions makes the offer, and the list shows it live', async () => {
    const { generateActions } = await api.run(GenerateActionsDocument);
    expect(generateActions).toMatchObject({
      actionsCreated: 1,
      totalRevenue: { amountMinor: '500000', currency: 'INR' },
      expectedRevenue: { amountMinor: '150000', currency: 'INR' },
      held: [{ reason: 'DELIVERY_OUT_OF_COVERAGE', count: 1 }],
    });
    const offered = (await only()).find(({ status }) => status === 'OFFERED');
    expect(offered?.liveOffer).toMatchObject({
      status: 'OFFERED',
      bundlePrice: { amountMinor: '500000', currency: 'INR' },
      expiresAt: new Date(NOW.getTime() + DAY_MS).toISOString(),
    });
    const [offer] = (
      await api.run(OffersDocument, { filter: { opportunityId: offered?.id as string } })
    ).offers.edges.map(({ node }) => node);
    expect(offer).toMatchObject({
      id: offered?.liveOffer?.id,
      status: 'OFFERED',
      bundlePrice: { formatted: '₹5,000.00' },
      deliveryCost: { amountMinor: '133301', currency: 'INR' },
      acceptedAt: null,
      answeredVia: null,
      arm: null,
      routePath: ['NODE_EU_001', 'NODE_US_W_001'],
      opportunity: { id: offered?.id, status: 'OFFERED' },
    });
    expect((await other.run(OfferDocument, { id: offer?.id as string })).offer).toBeNull();
  });

  test('offerAction and cancelOffer refuse what the state machine does not have', async () => {
    const [offer] = (await api.run(OffersDocument)).offers.edges.map(({ node }) => node);
    const id = offer?.id as string;
    expect((await api.run(OfferActionDocument, { input: { id } })).offerAction).toMatchObject({
      __typename: 'InvalidTransition',
      code: 'INVALID_TRANSITION',
    });
    const stale = await api.run(CancelOfferDocument, { input: { id, expectedVersion: 9 } });
    expect(stale.cancelOffer).toMatchObject({ __typename: 'VersionConflict' });
    const foreign = await other.run(CancelOfferDocument, { input: { id } });
    expect(foreign.cancelOffer).toMatchObject({ __typename: 'NotFound' });
    const { cancelOffer } = await api.run(CancelOfferDocument, { input: { id, reason: 'sold out' } });
    expect(cancelOffer).toMatchObject({
      __typename: 'OfferPayload',
      offer: { status: 'CANCELLED', closedReason: 'sold out', version: 2 },
    });
  });
});

describe('rarityScore', () => {
  test('explains a package nobody has ordered', async () => {
    const { rarityScore } = await api.run(RarityScoreDocument, {
      items: ['x', 'y', 'z'].map((name) => ({ name, category: name })),
      value: { amountMinor: '9999999', currency: 'EUR' },
    });
    expect(rarityScore).toMatchObject({
      __typename: 'RarityScore',
      components: { uniqueness: 100, complexity: 76, value: 100, freshness: 100 },
      raw: 94,
      corpusOrders: 203,
      calibrationSize: 203,
      scorerVersion: 'rarity-1',
    });
  });

  test('refuses nothing at all, typed', async () => {
    expect((await api.run(RarityScoreDocument, { items: [] })).rarityScore).toMatchObject({
      __typename: 'InvalidInput',
      code: 'VALIDATION_ERROR',
      path: ['items'],
    });
  });
});

describe('routing nodes', () => {
  const node = {
    ...{ nodeId: 'NODE_JP_001', region: 'jp_tokyo', name: 'Tokyo', countries: ['JP'], lat: 35.6762 },
    ...{ lon: 139.6503, coverageKm: 400, capacity: 20, successPct: 97, avgDeliveryMin: 30 },
    connected: ['us_west'],
  };

  test('are three from the start, and an admin adds, disables and enables them', async () => {
    const { routingNodes } = await api.run(RoutingNodesDocument);
    expect(routingNodes.edges.map((edge) => [edge.node.nodeId, edge.node.availableCapacity])).toEqual([
      ['NODE_EU_001', 50],
      ['NODE_IN_001', 30],
      ['NODE_US_W_001', 40],
    ]);
    const added = await api.run(UpsertRoutingNodeDocument, { input: node });
    expect(added.upsertRoutingNode).toMatchObject({ routingNode: { ...node, isEnabled: true, version: 1 } });
    const off = await api.run(DisableRoutingNodeDocument, { input: { nodeId: 'NODE_JP_001' } });
    expect(off.disableRoutingNode).toMatchObject({ routingNode: { isEnabled: false, version: 2 } });
    const conflict = await api.run(EnableRoutingNodeDocument, {
      input: { nodeId: 'NODE_JP_001', expectedVersion: 1 },
    });
    expect(conflict.enableRoutingNode).toMatchObject({ __typename: 'VersionConflict' });
    const on = await api.run(EnableRoutingNodeDocument, { input: { nodeId: 'NODE_JP_001' } });
    expect(on.enableRoutingNode).toMatchObject({ routingNode: { isEnabled: true, version: 3 } });
    expect((await other.run(RoutingNodeDocument, { nodeId: 'NODE_JP_001' })).routingNode).toBeNull();
  });

  test('refuse a wrong field by name', async () => {
    const input = { ...node, nodeId: 'NODE_KR_001', region: 'kr_seoul', countries: ['KR'], coverageKm: -1 };
    expect((await api.run(UpsertRoutingNodeDocument, { input })).upsertRoutingNode).toMatchObject({
      __typename: 'InvalidInput',
      path: ['coverageKm'],
    });
  });
});

describe('the customer’s answer', () => {
  const open = async (key: string) => {
    const scope = await server.app.tenantScope('shop', NOW);
    await putOrders(scope, [rare(key, { delivery: 'oakland', totalMinor: 3_000_000 })]);
    await api.run(DetectOpportunitiesDocument);
    await api.run(GenerateActionsDocument);
    const { edges } = (await api.run(OffersDocument, { filter: { status: ['OFFERED'] } })).offers;
    return edges[0]?.node.id as string;
  };

  test('acceptOffer reserves the money; its decision can be replayed; again is the same', async () => {
    const id = await open('platinum');
    const foreign = await other.run(AcceptOfferDocument, { input: { id } });
    expect(foreign.acceptOffer).toMatchObject({ __typename: 'NotFound' });
    const { acceptOffer } = await api.run(AcceptOfferDocument, { input: { id, expectedVersion: 1 } });
    expect(acceptOffer).toMatchObject({
      __typename: 'OfferPayload',
      offer: { status: 'PAYMENT_AUTHORIZED', answeredVia: 'API', acceptedAt: NOW.toISOString(), version: 3 },
    });
    expect((await api.run(AcceptOfferDocument, { input: { id } })).acceptOffer).toEqual(acceptOffer);
    const late = await api.run(DeclineOfferDocument, { input: { id } });
    expect(late.declineOffer).toMatchObject({ __typename: 'InvalidTransition' });
    const decision = (await api.run(OfferDocument, { id })).offer?.decision;
    expect(decision).toMatchObject({ kind: 'delivery.offer', verdict: 'ALLOW' });
    const replay = await api.run(ReplayDecisionDocument, { id: decision?.id as string });
    expect(replay.replayDecision).toMatchObject({ isIdentical: true, outputHash: decision?.outputHash });
  });

  test('an offer is linked, stays open at a full hub, is declined, and has no link any more', async () => {
    const id = await open('palladium');
    const { createOfferLink: link } = await api.run(CreateOfferLinkDocument, { input: { id } });
    expect(link).toMatchObject({
      __typename: 'OfferLinkPayload',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/offers\/[\w-]+\.[\w-]{43}$/),
      expiresAt: new Date(NOW.getTime() + DAY_MS).toISOString(),
    });
    expect((await api.run(CreateOfferLinkDocument, { input: { id } })).createOfferLink).toEqual(link);
    // A full hub refuses the acceptance, and the offer stays open.
    const scope = await server.app.tenantScope('shop', NOW);
    const set = (reserved: string) =>
      scope.db.tx((tx) =>
        tx.run(`UPDATE hub SET reserved = ${reserved} WHERE tenant_id = $1 AND id = 'NODE_US_W_001'`, [
          scope.tenantId,
        ]),
      );
    await set('capacity');
    const { acceptOffer } = await api.run(AcceptOfferDocument, { input: { id } });
    expect(acceptOffer).toMatchObject({ __typename: 'Refused', code: 'CAPACITY_EXHAUSTED' });
    await set('1');
    const { declineOffer } = await api.run(DeclineOfferDocument, { input: { id, reason: 'too dear' } });
    expect(declineOffer).toMatchObject({ offer: { status: 'DECLINED', closedReason: 'too dear' } });
    const ended = await api.run(CreateOfferLinkDocument, { input: { id } });
    expect(ended.createOfferLink).toMatchObject({ __typename: 'InvalidTransition' });
  });
});
