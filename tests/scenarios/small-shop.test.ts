import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AcknowledgeIssueDocument,
  CreateApiKeyDocument,
  CreateTenantDocument,
  CurrentKpisDocument,
  EngineStatusDocument,
  ExecuteCycleDocument,
  RoutePreviewDocument,
} from '../../operations/generated/graphql.ts';
import { HOUR_MS } from '../../src/kernel/time.ts';
import { ADMIN_TOKEN, type Client, startServer, type TestServer } from '../kit/server.ts';
import { ABANDONED, EVERYDAY, importShop, RARE, shopFacts } from './shop.ts';
import { wholeStory } from './story.ts';

/*
 * The whole way of issue 2 through the public API alone: tenant, key, facts, cycles, findings, an operator's answer.
 */
const NOW = new Date('2026-11-20T12:00:00Z');
let server: TestServer;
let operator: Client;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.stop());

async function keyed(scopes: ('INGEST' | 'OPERATOR')[]): Promise<Client> {
  const { createApiKey } = await server.client(ADMIN_TOKEN, 'small').run(CreateApiKeyDocument, {
    input: { name: scopes.join(), scopes },
  });
  if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error(JSON.stringify(createApiKey));
  return server.client(createApiKey.value);
}

const cycleAt = async (asOf: Date, more: { dryRun?: boolean; idempotencyKey?: string } = {}) => {
  const { executeCycle } = await operator.run(ExecuteCycleDocument, {
    input: { asOf: asOf.toISOString(), ...more },
  });
  if (executeCycle.__typename !== 'ExecuteCyclePayload') throw new Error(JSON.stringify(executeCycle));
  return executeCycle.cycle;
};

test('a tenant is made, and its shop sends facts with a key that can do nothing else', async () => {
  const { createTenant } = await server.client(ADMIN_TOKEN).run(CreateTenantDocument, {
    input: { slug: 'small', name: 'Small shop', reportingCurrency: 'EUR', timeZone: 'Europe/Berlin' },
  });
  expect(createTenant.__typename).toBe('CreateTenantPayload');
  operator = await keyed(['OPERATOR']);
  const ingest = await keyed(['INGEST']);
  const facts = shopFacts({ now: NOW });
  const { errors } = await ingest.ask(EngineStatusDocument);
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  await importShop(ingest, facts);
  await expect(importShop(ingest, facts)).rejects.toThrow('UNCHANGED');
  expect((await operator.run(EngineStatusDocument)).engineStatus.pendingOrders).toBe(EVERYDAY + RARE);
});

test('an hour before, the engine finds nothing', async () => {
  const cycle = await cycleAt(new Date(NOW.getTime() - HOUR_MS));
  expect(cycle).toMatchObject({
    status: 'COMPLETED',
    report: { scored: EVERYDAY, detected: 0, failedPhases: null },
  });
});

test('a dry run says what would be found and changes nothing', async () => {
  const before = (await operator.run(EngineStatusDocument)).engineStatus;
  const cycle = await cycleAt(NOW, { dryRun: true });
  expect(cycle).toMatchObject({
    isDryRun: true,
    report: { scored: RARE, detected: RARE, actionsCreated: RARE },
  });
  const after = (await operator.run(EngineStatusDocument)).engineStatus;
  expect({ ...after, nextCycleAt: null }).toEqual({ ...before, nextCycleAt: null });
});

test('the cycle finds all of it, once per idempotency key', async () => {
  const cycle = await cycleAt(NOW, { idempotencyKey: 'noon' });
  expect(cycle).toMatchObject({
    status: 'COMPLETED',
    attempt: 1,
    report: {
      ...{ currency: 'EUR', abandonedOrders: ABANDONED, failedPhases: null },
      ...{ scored: RARE, detected: RARE, elite: RARE, crossBorder: 2, actionsCreated: RARE },
    },
  });
  expect(cycle.phases.every(({ statements }) => statements <= 25)).toBe(true);
  expect((await cycleAt(NOW, { idempotencyKey: 'noon' })).id).toBe(cycle.id);
  const reused = await operator.run(ExecuteCycleDocument, { input: { idempotencyKey: 'noon' } });
  expect(reused.executeCycle).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
});

test('KPIs, issues, opportunities, routes and offers are there to be looked at', async () => {
  const { currentKpis } = await operator.run(CurrentKpisDocument);
  expect(currentKpis).toMatchObject({ at: NOW.toISOString(), abandonedOrders: ABANDONED });
  const { opportunities, offers, issues } = await wholeStory(operator);
  expect(issues.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['ABANDONED_CARTS', 'PAYMENT_FAILURES']),
  );
  expect(opportunities.map(({ status, isElite }) => [status, isElite])).toEqual(
    Array.from({ length: RARE }, () => ['OFFERED', true]),
  );
  expect(offers.map(({ bundlePrice }) => bundlePrice.formatted)).toEqual(
    Array.from({ length: RARE }, () => '₹5,000.00'),
  );
  for (const { id } of opportunities) {
    const { routePreview } = await operator.run(RoutePreviewDocument, { opportunityId: id });
    expect(routePreview.__typename).not.toBe('NotFound');
  }
});

test('an operator acknowledges an issue, and everybody hears of it', async () => {
  const { issues, log } = await wholeStory(operator);
  const issue = issues.find(({ type }) => type === 'ABANDONED_CARTS');
  const { acknowledgeIssue } = await operator.run(AcknowledgeIssueDocument, {
    input: { id: issue?.id ?? '', note: 'on it' },
  });
  expect(acknowledgeIssue).toMatchObject({
    issue: { status: 'ACKNOWLEDGED', acknowledgedBy: 'key:OPERATOR', note: 'on it' },
  });
  await cycleAt(new Date(NOW.getTime() + HOUR_MS));
  const later = await wholeStory(operator);
  expect(later.log.slice(0, log.length)).toEqual(log);
  expect(later.log[log.length]?.type).toBe('ISSUE_ACKNOWLEDGED');
  // Nothing is found twice.
  expect(later.opportunities).toHaveLength(RARE);
  expect(later.offers).toHaveLength(RARE);
});
