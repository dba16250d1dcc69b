import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ApproveStrategyChangeDocument,
  CreateApiKeyDocument,
  DecisionOutcomesDocument,
  LearnedPatternsDocument,
  OffPolicyCheckDocument,
  PriceExperimentDocument,
  PriceExperimentsDocument,
  RecordOutcomeDocument,
  RejectStrategyChangeDocument,
  RevertStrategyChangeDocument,
  StartPriceExperimentDocument,
  StopPriceExperimentDocument,
  StrategyChangesDocument,
  StrategyStateDocument,
  UpdateEngineSettingsDocument,
} from '../../operations/generated/graphql.ts';
import { recordOutcomes } from '../../src/growth/learning/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type Client, startServer, type TestServer } from '../kit/server.ts';
import { chainOf, putOffer, putOpportunity } from './invariants-kit.ts';
import { hour, offers, outcome, round, T0 } from './learning-kit.ts';

let server: TestServer;
let api: Client;
let other: Client;
let scope: Scope;
let now = T0;

beforeAll(async () => {
  server = await startServer({ clock: () => now });
  await server.createTenant({ slug: 'shop' });
  await server.createTenant({ slug: 'other' });
  api = server.client(undefined, 'shop');
  other = server.client(undefined, 'other');
  scope = await server.app.tenantScope('shop', T0);
});
afterAll(() => server.stop());

const plain = (globalId: string): string =>
  Buffer.from(globalId, 'base64').toString().split(':')[1] as string;
const globalId = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString('base64');
const start = (input: object = {}) => api.run(StartPriceExperimentDocument, { input });
const price = (amountMinor: string, currency = 'INR') => ({ amountMinor, currency });

/** `n` answered offers of an arm, `conversions` of them accepted. */
async function answered(
  from: number,
  arm: string,
  n: number,
  conversions: number,
  experimentId: string,
  priceMinor: number,
) {
  for (let i = 0; i < n; i++) {
    const chain = chainOf(from + i);
    await putOpportunity(scope, chain, {});
    await putOffer(scope, chain, {
      ...{
        status: i < conversions ? 'DELIVERED' : 'DECLINED',
        bundle_price_minor: priceMinor,
        delivery_cost_minor: 0,
      },
      ...{
        experiment_id: experimentId,
        arm,
        propensity: 0.335,
        weights_version: 1,
        created_at: T0,
        offered_at: T0,
      },
      ...{
        accepted_at: i < conversions ? T0 : null,
        authorized_at: i < conversions ? T0 : null,
        closed_at: T0,
      },
    });
  }
}

test('an experiment from start to stop', async () => {
  expect((await start({ prices: [price('500000')] })).startPriceExperiment).toEqual({
    ...{ __typename: 'InvalidInput', code: 'VALIDATION_ERROR', path: ['prices'] },
    message: 'An experiment has 2 to 5 prices.',
  });
  expect(
    (await start({ prices: [price('500000'), price('6000', 'USD')] })).startPriceExperiment,
  ).toMatchObject({
    ...{ __typename: 'CurrencyMismatch', code: 'CURRENCY_MISMATCH' },
  });
  const { startPriceExperiment: started } = await start({ holdoutShare: 0 });
  if (started.__typename !== 'PriceExperimentPayload') throw new Error(JSON.stringify(started));
  const { id, ...experiment } = started.experiment;
  expect(experiment).toMatchObject({ status: 'RUNNING', weightsVersion: 1, lift: null, currency: 'INR' });
  expect((await start()).startPriceExperiment).toMatchObject({ __typename: 'InvalidTransition' });
  await answered(100, 'A', 20, 7, plain(id), 300_000);
  await answered(200, 'B', 20, 5, plain(id), 500_000);
  await answered(300, 'C', 20, 4, plain(id), 700_000);
  const { priceExperiment: seen } = await api.run(PriceExperimentDocument, { id });
  const arms = seen?.arms.map((arm) => [
    arm.key,
    arm.offers,
    arm.conversions,
    arm.conversionRate,
    arm.revenuePerOffer?.amountMinor,
  ]);
  expect(arms).toEqual([
    ['A', 20, 7, 0.35, '105000'],
    ['B', 20, 5, 0.25, '125000'],
    ['C', 20, 4, 0.2, '140000'],
  ]);
  expect(seen?.arms.reduce((sum, { pBest }) => sum + (pBest ?? 0), 0)).toBeCloseTo(1, 9);
  expect((await api.run(PriceExperimentsDocument, {})).priceExperiments.edges[0]?.node).toEqual(seen);
  expect((await other.run(PriceExperimentDocument, { id })).priceExperiment).toBeNull();

  const { offPolicyCheck } = await api.run(OffPolicyCheckDocument, {
    experimentId: id,
    weights: [{ arm: 'C', weight: 1 }],
  });
  expect(offPolicyCheck).toMatchObject({
    verdict: 'ESS_TOO_SMALL',
    candidate: { snips: price('140000'), ess: 20, offers: 60, unusable: 0 },
    current: { snips: price('125000') },
    reasons: [{ code: 'ESS_TOO_SMALL', text: 'The evidence is worth 20.0 offers; at least 200 are needed.' }],
  });
  const wrong = await api.ask(OffPolicyCheckDocument, {
    experimentId: id,
    weights: [{ arm: 'Z', weight: 1 }],
  });
  expect(wrong.errors?.[0]?.extensions.code).toBe('VALIDATION_ERROR');
  const foreign = await other.ask(OffPolicyCheckDocument, {
    experimentId: id,
    weights: [{ arm: 'C', weight: 1 }],
  });
  expect(foreign.errors?.[0]?.extensions.code).toBe('NOT_FOUND');

  const stop = (client: Client) =>
    client.run(StopPriceExperimentDocument, { input: { id, reason: 'seen enough' } });
  expect((await stop(other)).stopPriceExperiment).toMatchObject({ code: 'NOT_FOUND' });
  expect((await stop(api)).stopPriceExperiment).toMatchObject({
    experiment: { status: 'STOPPED', message: 'seen enough' },
  });
  expect((await stop(api)).stopPriceExperiment).toMatchObject({ code: 'INVALID_TRANSITION' });
});

test('feedback about an offer, once; a complaint is not averaged away', async () => {
  now = hour(2);
  const chain = chainOf(1);
  await putOpportunity(scope, chain, {});
  await putOffer(scope, chain, { status: 'OFFERED', created_at: T0, offered_at: T0 });
  const say = async (client: Client, more: object = {}) => {
    const input = { actionId: globalId('Offer', chain.offer), converted: true, ...more };
    return (await client.run(RecordOutcomeDocument, { input })).recordOutcome;
  };
  expect(await say(other)).toMatchObject({ code: 'NOT_FOUND' });
  expect(await say(api, { rating: 9 })).toMatchObject({ code: 'VALIDATION_ERROR', path: ['rating'] });
  const first = await say(api, { rating: 5, complaint: true, realizedRevenue: price('500000') });
  expect(first).toMatchObject({
    isNew: true,
    outcome: { kind: 'FEEDBACK', score: 0, status: 'LEARNED', isComplaint: true },
  });
  expect(await say(api, { rating: 5 })).toMatchObject({ isNew: false, outcome: { score: 0 } });
  const { decisionOutcomes } = await api.run(DecisionOutcomesDocument, { filter: { kind: ['FEEDBACK'] } });
  expect(decisionOutcomes.edges).toHaveLength(1);
  expect((await other.run(DecisionOutcomesDocument, {})).decisionOutcomes.edges).toEqual([]);
});

test('patterns and strategy, and what people decide about it', async () => {
  const later = await server.app.tenantScope('shop', hour(3));
  await later.db.tx((tx) => recordOutcomes(later, tx, [outcome(1), outcome(2, { patternKey: 'x|y|z' })]));
  await api.run(UpdateEngineSettingsDocument, { input: { learningMode: 'APPROVE' } });
  await round(later, { recent: offers(20, 9, hour(3)) });
  const { learnedPatterns } = await api.run(LearnedPatternsDocument, { filter: { actionType: 'x' } });
  expect(learnedPatterns.edges.map(({ node }) => node)).toMatchObject([
    { key: 'x|y|z', weight: 0.55, n: 1, isHighScore: false },
  ]);
  expect(learnedPatterns.edges[0]?.node.selectionScore).toBeCloseTo(
    0.55 + 0.5 * Math.sqrt(Math.log(4) / 2),
    9,
  );

  const proposed = async () =>
    (await api.run(StrategyChangesDocument, { filter: { status: ['PROPOSED'] } })).strategyChanges.edges[0]
      ?.node;
  const change = await proposed();
  expect(change).toMatchObject({
    ...{ kind: 'AGGRESSIVENESS', before: { aggressiveness: 0 }, after: { aggressiveness: 1 } },
    ...{ evidence: { n: 20, conversions: 9, rate: 0.45 }, decision: { verdict: 'NEEDS_APPROVAL' } },
    reasons: [
      {
        code: 'CONVERSION_HIGH',
        text: '9 of 20 accepted (45 %), above 40 %: more packages are worth an offer.',
      },
    ],
  });
  const input = { id: change?.id as string };
  expect((await other.run(ApproveStrategyChangeDocument, { input })).approveStrategyChange).toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(
    (await api.run(ApproveStrategyChangeDocument, { input: { ...input, expectedVersion: 7 } }))
      .approveStrategyChange,
  ).toMatchObject({
    code: 'VERSION_CONFLICT',
  });
  expect((await api.run(ApproveStrategyChangeDocument, { input })).approveStrategyChange).toMatchObject({
    change: { status: 'APPLIED' },
  });
  expect((await api.run(StrategyStateDocument, {})).strategyState).toMatchObject({
    ...{ aggressiveness: 1, rarityThreshold: 94.5, offersPerDay: 55, isPriceLearned: false },
    price: { amountMinor: '500000', currency: 'INR', formatted: '₹5,000.00' },
  });
  expect((await api.run(RejectStrategyChangeDocument, { input })).rejectStrategyChange).toMatchObject({
    code: 'INVALID_TRANSITION',
  });
  expect((await api.run(RevertStrategyChangeDocument, { input })).revertStrategyChange).toMatchObject({
    change: { status: 'REVERTED' },
  });
  expect((await api.run(StrategyStateDocument, {})).strategyState).toMatchObject({ aggressiveness: 0 });
});

test('who may only look may not change', async () => {
  const { createApiKey } = await api.run(CreateApiKeyDocument, {
    input: { name: 'viewer', scopes: ['VIEWER'] },
  });
  if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error(JSON.stringify(createApiKey));
  const viewer = server.client(createApiKey.value);
  expect((await viewer.run(PriceExperimentsDocument, {})).priceExperiments.edges).toHaveLength(1);
  const { errors } = await viewer.ask(StartPriceExperimentDocument, { input: {} });
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});
