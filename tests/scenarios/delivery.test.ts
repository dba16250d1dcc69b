import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AcceptOfferDocument,
  CancelDeliveryDocument,
  ChargesDocument,
  CreateApiKeyDocument,
  CreateOfferLinkDocument,
  CreateTenantDocument,
  DeliveriesDocument,
  DeliveryEventsDocument,
  DeliveryInvariantsDocument,
  DispatchOfferDocument,
  DronesDocument,
  ExecuteCycleDocument,
  OfferDeliveryDocument,
  OffersDocument,
  StopEngineDocument,
  UpdateEngineSettingsDocument,
} from '../../operations/generated/graphql.ts';
import { HOUR_MS } from '../../src/kernel/time.ts';
import { eventually } from '../kit/process.ts';
import { ADMIN_TOKEN, type Client, startServer, type TestServer } from '../kit/server.ts';
import { importShop, shopFacts } from './shop.ts';

/*
 * The whole way of issue 3 through the public API alone: rare packages, offers, two customers who answer on the page
 * behind their link or through the shop, money reserved, couriers and drones 3,600 times as fast as real ones, money
 * captured, one delivery called off and its money given back.
 */
const NOW = new Date();
/** Ten times as fast as the real one: couriers, drones and the pauses between looks are over ten times as soon. */
const fastClock = (): Date => new Date(NOW.getTime() + 10 * (Date.now() - NOW.getTime()));
let server: TestServer;
let admin: Client;
let operator: Client;
/** Offers of packages that cross the ocean, and of such that a drone brings from door to door. */
let ocean: string[];
let local: string[];
const seen: { type: string; detail: string }[] = [];
let events: AsyncIterableIterator<unknown>;

beforeAll(async () => {
  server = await startServer({ clock: fastClock });
  await server.app.startAutomation();
});
afterAll(async () => {
  await events?.return?.();
  await server?.stop();
});

const offer = async (id: string) => (await operator.run(OfferDeliveryDocument, { id })).offer;
const charges = async () =>
  (await operator.run(ChargesDocument, { first: 10 })).charges.edges.map(({ node }) => node);

test('a shop sends its facts, and a cycle makes offers for what a drone can bring', async () => {
  const { createTenant } = await server.client(ADMIN_TOKEN).run(CreateTenantDocument, {
    input: { slug: 'drones', name: 'Drone shop', reportingCurrency: 'EUR' },
  });
  expect(createTenant.__typename).toBe('CreateTenantPayload');
  admin = server.client(ADMIN_TOKEN, 'drones');
  await admin.run(StopEngineDocument);
  const { createApiKey } = await admin.run(CreateApiKeyDocument, {
    input: { name: 'operator', scopes: ['OPERATOR', 'FINANCE'] },
  });
  if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error(JSON.stringify(createApiKey));
  operator = server.client(createApiKey.value);
  await admin.run(UpdateEngineSettingsDocument, { input: { simulationSpeed: 3600 } });
  events = operator.subscribe(DeliveryEventsDocument, { after: '0' });
  void watch();
  await importShop(admin, shopFacts({ now: NOW }));
  for (const asOf of [new Date(NOW.getTime() - HOUR_MS), NOW]) {
    const { executeCycle } = await operator.run(ExecuteCycleDocument, {
      input: { asOf: asOf.toISOString() },
    });
    expect(executeCycle).toMatchObject({ cycle: { status: 'COMPLETED' } });
  }
  const made = await operator.run(OffersDocument, { filter: { status: ['OFFERED'] }, first: 10 });
  const over = (hubs: number) =>
    made.offers.edges.flatMap(({ node }) => (node.routePath.length === hubs ? [node.id] : []));
  [local, ocean] = [over(1), over(2)];
  expect([local.length, ocean.length]).toEqual([3, 2]);
});

/** Collects the stream as `type` and what changed. */
async function watch(): Promise<void> {
  for await (const result of events) {
    const { deliveryEvents: event } = result as { deliveryEvents: Record<string, string> };
    const detail =
      event.deliveryStatus ?? event.paymentStatus ?? event.droneState ?? event.status ?? event.kind;
    seen.push({ type: String(event.type), detail: String(detail ?? '') });
  }
}

test('a customer accepts on the page behind the link, once however often the button is pressed', async () => {
  const [id = ''] = ocean;
  const { createOfferLink } = await operator.run(CreateOfferLinkDocument, { input: { id } });
  if (createOfferLink.__typename !== 'OfferLinkPayload') throw new Error(JSON.stringify(createOfferLink));
  const page = new URL(new URL(createOfferLink.url).pathname, server.url);
  const shown = await fetch(page);
  expect(shown.status).toBe(200);
  expect(await shown.text()).toContain('Rare drone-drop bundle');
  const press = () =>
    fetch(page, {
      ...{ method: 'POST', body: 'answer=accept', redirect: 'manual' },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  const answers = await Promise.all([press(), press(), press()]);
  expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
  expect((await fetch(page)).status).toBe(200);
  expect(['PAYMENT_AUTHORIZED', 'DISPATCHED']).toContain((await offer(id))?.status);
  expect(await charges()).toHaveLength(1);
});

test('it is dispatched, flown and delivered by itself, and paid for at the pickup', async () => {
  const [id = ''] = ocean;
  await eventually('it is delivered', async () => (await offer(id))?.status === 'DELIVERED');
  const { deliveries } = await operator.run(DeliveriesDocument, { first: 10 });
  expect(deliveries.edges.map(({ node }) => node)).toMatchObject([
    {
      ...{ status: 'DELIVERED', priority: 'VIP_RARE', destinationRegion: 'us_west', attempts: 0 },
      ...{ routePath: ['NODE_EU_001', 'NODE_US_W_001'], estimatedTimeMin: 880 },
      proof: { droneId: expect.stringContaining('NODE_US_W_001'), lat: 37.7749, lon: -122.4194 },
      legs: [
        { kind: 'GROUND', state: 'DONE' },
        { kind: 'LINEHAUL', state: 'DONE' },
        { kind: 'DRONE', state: 'DONE' },
      ],
    },
  ]);
  expect(await charges()).toMatchObject([
    { status: 'CAPTURED', provider: 'TEST', captured: { amountMinor: '500000', currency: 'INR' } },
  ]);
});

test('everything was told in its order', async () => {
  const told = await eventually('the last event is here', async () => {
    const lines = seen.map(({ type, detail }) => `${type} ${detail}`.trim());
    return lines.includes('DELIVERY_CHANGED DELIVERED') && lines;
  });
  const order = [
    'ACTION_PROPOSED',
    'ACTION_ACCEPTED ACCEPTED',
    'PAYMENT_CHANGED AUTHORIZED',
    'DELIVERY_CHANGED PENDING',
    'ACTION_EXECUTED DISPATCHED',
    'DELIVERY_CHANGED ASSIGNED',
    'DELIVERY_CHANGED PICKED_UP',
    'DELIVERY_CHANGED IN_TRANSIT',
    'PAYMENT_CHANGED CAPTURED',
    'DRONE_CHANGED ASSIGNED',
    'ACTION_COMPLETED DELIVERED',
    'DELIVERY_CHANGED DELIVERED',
  ];
  const places = order.map((line) => told.indexOf(line));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test('a drone brings another one from door to door, and everybody sees it fly', async () => {
  const [id = ''] = local;
  await admin.run(UpdateEngineSettingsDocument, { input: { simulationSpeed: 15 } });
  const { acceptOffer } = await operator.run(AcceptOfferDocument, { input: { id } });
  expect(acceptOffer.__typename).toBe('OfferPayload');
  const flying = (state: 'EN_ROUTE' | 'DELIVERING') =>
    eventually(`a drone is ${state}`, async () => {
      const { drones } = await operator.run(DronesDocument, { filter: { state: [state] }, first: 10 });
      return drones.edges[0]?.node;
    });
  const one = await flying('DELIVERING');
  expect(one).toMatchObject({ siteId: 'NODE_EU_001_SITE', adapter: 'SIMULATOR' });
  // The drone is heard of a moment before the delivery has been told.
  await eventually('it is dispatched', async () =>
    ['DISPATCHED', 'DELIVERED'].includes((await offer(id))?.status ?? ''),
  );
  await eventually('it has moved on', async () => {
    const other = await flying('DELIVERING');
    return other.lat !== one.lat && other.soc < one.soc && other.altitudeM > 50;
  });
  await eventually('it is delivered', async () => (await offer(id))?.status === 'DELIVERED');
  expect(await offer(id)).toMatchObject({
    delivery: { legs: [{ kind: 'DRONE', from: 'pickup', to: 'delivery' }], proof: { droneId: one.droneId } },
  });
});

test('an operator approves a dispatch and calls it off: slots and money go back', async () => {
  const [, id = ''] = ocean;
  await admin.run(UpdateEngineSettingsDocument, { input: { dispatchMode: 'APPROVE', simulationSpeed: 1 } });
  const { acceptOffer } = await operator.run(AcceptOfferDocument, { input: { id } });
  expect(acceptOffer).toMatchObject({ offer: { status: 'PAYMENT_AUTHORIZED' } });
  const { dispatchOffer } = await operator.run(DispatchOfferDocument, { input: { offerId: id } });
  if (dispatchOffer.__typename !== 'DeliveryPayload') throw new Error(JSON.stringify(dispatchOffer));
  expect(dispatchOffer.delivery.status).toBe('PENDING');
  const captured = async () => (await charges()).filter(({ status }) => status === 'CAPTURED').length === 3;
  await eventually('the courier has it and the money is taken', captured);
  const input = { id: dispatchOffer.delivery.id, reason: 'recipient moved' };
  const { cancelDelivery } = await operator.run(CancelDeliveryDocument, { input });
  expect(cancelDelivery).toMatchObject({ delivery: { status: 'CANCELLED', reason: 'recipient moved' } });
  const again = await operator.run(CancelDeliveryDocument, { input });
  expect(again.cancelDelivery).toMatchObject({ code: 'INVALID_TRANSITION' });
  await eventually('the money is back', async () => {
    return (await charges()).some(
      ({ status, refunded }) => status === 'REFUNDED' && refunded.amountMinor === '500000',
    );
  });
  expect(await offer(id)).toMatchObject({ status: 'REFUNDED', closedReason: 'recipient moved' });
  const { deliveryInvariants } = await operator.run(DeliveryInvariantsDocument);
  expect(deliveryInvariants.filter(({ holds }) => !holds)).toEqual([]);
});
