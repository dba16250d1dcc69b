import { expect, test } from 'vitest';
import {
  checkDeliveryStep,
  DELIVERY_STATUSES,
  type Delivery,
  type DeliveryStatus,
  priorityOf,
  urgency,
} from './delivery.ts';
import {
  carriedUntil,
  type DeliveryLeg,
  freshLegs,
  hubsAhead,
  hubsInvolved,
  type PlannedLeg,
} from './legs.ts';
import { type FlightFacts, nextStep, routeAttempts, type StepFacts } from './next-step.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const min = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
const FRANKFURT = { lat: 50.1109, lon: 8.6821 };
const SAN_FRANCISCO = { lat: 37.7749, lon: -122.4194 };
const OAKLAND = { lat: 37.8044, lon: -122.2712 };

const PLANNED: PlannedLeg[] = [
  {
    ...{ kind: 'GROUND', from: 'pickup', to: 'NODE_EU_001', fromPoint: FRANKFURT, toPoint: FRANKFURT },
    ...{ distanceKm: 0, minutes: 45, hubId: 'NODE_EU_001', siteId: null },
  },
  {
    ...{ kind: 'LINEHAUL', from: 'NODE_EU_001', to: 'NODE_US_W_001', fromPoint: FRANKFURT },
    ...{ toPoint: SAN_FRANCISCO, distanceKm: 9133.4, minutes: 805, hubId: 'NODE_US_W_001', siteId: null },
  },
  {
    ...{ kind: 'DRONE', from: 'NODE_US_W_001_SITE', to: 'delivery', fromPoint: SAN_FRANCISCO },
    ...{ toPoint: OAKLAND, distanceKm: 13.43, minutes: 30, hubId: 'NODE_US_W_001' },
    siteId: 'NODE_US_W_001_SITE',
  },
];
const PATH = ['NODE_EU_001', 'NODE_US_W_001'];

function delivery(change: Partial<Delivery> = {}, legs: Partial<DeliveryLeg>[] = []): Delivery {
  return {
    ...{ id: 'd', offerId: 'o', opportunityId: 'p', status: 'PENDING', priority: 'VIP_RARE' },
    ...{ destinationRegion: 'us_west', isRegionOverridden: false, routePath: PATH, legIndex: 0 },
    ...{ legStartedAt: null, successProbability: 0.94, etaMin: 880, costMinor: 1n, currency: 'INR' },
    ...{ weightGrams: 500, droneId: null, attempts: 0, isRerouted: false, isSuspect: false, reason: null },
    ...{ proof: null, decisionId: null, createdAt: NOW, assignedAt: null, pickedUpAt: null },
    ...{ finishedAt: null, version: 1, ...change },
    legs: freshLegs(PLANNED, NOW).map((leg, i) => ({ ...leg, ...legs[i] })),
  } as Delivery;
}

const DONE = { state: 'DONE' } as const;
const since = (minutes: number) => ({ waitingSince: min(minutes).toISOString() });
const atHub = { legIndex: 2, status: 'IN_TRANSIT' } as const;
const flown = { state: 'ACTIVE', flightId: 'f', droneId: 'DRONE' } as const;
const aboard = { ...flown, startedAt: NOW.toISOString() };

function flight(change: Partial<FlightFacts> = {}): FlightFacts {
  return {
    ...{ status: 'ACTIVE', pickedUpAt: null, droppedAt: null, reason: null, droneState: 'EN_ROUTE' },
    ...{ dronePosition: OAKLAND, silentSec: 1, ...change },
  };
}

const facts = (change: Partial<StepFacts> = {}): StepFacts => ({
  ...{
    now: NOW,
    speed: 1,
    disabledHubs: new Set<string>(),
    flight: null,
    isGroundAllowed: true,
    withdrawn: null,
  },
  ...change,
});

const STEPS: [string, Delivery, Partial<StepFacts>, unknown][] = [
  ['a courier takes over at once', delivery(), {}, { type: 'TAKE_OVER', at: NOW }],
  [
    'the courier is on the way until its minutes are over',
    delivery({ status: 'IN_TRANSIT' }, [{ state: 'ACTIVE', startedAt: NOW.toISOString() }]),
    { now: min(44.9) },
    { type: 'WAIT' },
  ],
  [
    'the courier arrives exactly when its minutes are over, however late somebody looks',
    delivery({ status: 'IN_TRANSIT' }, [{ state: 'ACTIVE', startedAt: NOW.toISOString() }]),
    { now: min(50) },
    { type: 'FINISH_LEG', at: min(45) },
  ],
  [
    'at 60 times real time 45 minutes are 45 seconds',
    delivery({ status: 'IN_TRANSIT' }, [{ state: 'ACTIVE', startedAt: NOW.toISOString() }]),
    { now: min(0.75), speed: 60 },
    { type: 'FINISH_LEG', at: min(0.75) },
  ],
  ['a reported delivery waits for reports', delivery({}, [{ isReported: true }]), {}, { type: 'WAIT' }],
  [
    'a drone leg waits for its drone',
    delivery(atHub, [DONE, DONE, since(0)]),
    { now: min(29.9) },
    { type: 'WAIT' },
  ],
  [
    'after 30 minutes a courier takes it',
    delivery(atHub, [DONE, DONE, since(0)]),
    { now: min(30) },
    { type: 'GROUND' },
  ],
  [
    'or it fails where couriers are not allowed',
    delivery({ ...atHub, reason: 'FLEET_UNAVAILABLE' }, [DONE, DONE, since(0)]),
    { now: min(30), isGroundAllowed: false },
    { type: 'FAIL', reason: 'FLEET_UNAVAILABLE' },
  ],
  [
    'the drone has picked it up',
    delivery(atHub, [DONE, DONE, flown]),
    { flight: flight({ pickedUpAt: min(3) }) },
    { type: 'TAKE_OVER', at: min(3) },
  ],
  ['the drone is in the air', delivery(atHub, [DONE, DONE, aboard]), { flight: flight() }, { type: 'WAIT' }],
  [
    'the drone has dropped it',
    delivery(atHub, [DONE, DONE, aboard]),
    { flight: flight({ status: 'RETURNING', pickedUpAt: NOW, droppedAt: min(9) }) },
    { type: 'FINISH_LEG', at: min(9) },
  ],
  [
    'a drone that turned around before the pickup: again from the site',
    delivery(atHub, [DONE, DONE, flown]),
    { flight: flight({ status: 'ABORTED', reason: 'BATTERY_CRITICAL' }) },
    { type: 'RETRY', reason: 'BATTERY_CRITICAL', from: SAN_FRANCISCO, isAborted: true },
  ],
  [
    'a drone that came down with the package: again from where it is',
    delivery(atHub, [DONE, DONE, aboard]),
    { flight: flight({ status: 'ABORTED', reason: 'BATTERY_CRITICAL' }) },
    { type: 'RETRY', reason: 'BATTERY_CRITICAL', from: OAKLAND, isAborted: true },
  ],
  [
    'the third failure is the last',
    delivery({ ...atHub, attempts: 2 }, [DONE, DONE, flown]),
    { flight: flight({ status: 'ABORTED', reason: 'BATTERY_CRITICAL' }) },
    { type: 'FAIL', reason: 'BATTERY_CRITICAL', attempts: 3 },
  ],
  [
    'a silent drone makes it suspect',
    delivery(atHub, [DONE, DONE, aboard]),
    { flight: flight({ droneState: 'OFFLINE', silentSec: 61 }) },
    { type: 'SUSPECT' },
  ],
  [
    'for another minute it may come back',
    delivery({ ...atHub, isSuspect: true }, [DONE, DONE, aboard]),
    { flight: flight({ droneState: 'OFFLINE', silentSec: 119 }) },
    { type: 'WAIT' },
  ],
  [
    'it comes back',
    delivery({ ...atHub, isSuspect: true }, [DONE, DONE, aboard]),
    { flight: flight() },
    { type: 'FOUND' },
  ],
  [
    'or another one takes over',
    delivery({ ...atHub, isSuspect: true }, [DONE, DONE, aboard]),
    { flight: flight({ droneState: 'OFFLINE', silentSec: 120 }) },
    { type: 'RETRY', reason: 'LINK_LOST', from: OAKLAND, isAborted: false },
  ],
  [
    'a hub ahead is disabled',
    delivery({ status: 'IN_TRANSIT' }, [{ state: 'ACTIVE', startedAt: NOW.toISOString() }]),
    { disabledHubs: new Set(['NODE_US_W_001']) },
    { type: 'REROUTE', hubId: 'NODE_US_W_001' },
  ],
  [
    'and a second one',
    delivery({ isRerouted: true }),
    { disabledHubs: new Set(['NODE_EU_001']) },
    { type: 'FAIL', reason: 'HUB_DISABLED' },
  ],
  [
    'a hub behind does not matter',
    delivery(atHub, [DONE, DONE, since(0)]),
    { disabledHubs: new Set(['NODE_EU_001']) },
    { type: 'WAIT' },
  ],
  [
    'nor does the hub that a drone has left with the package',
    delivery(atHub, [DONE, DONE, aboard]),
    { flight: flight(), disabledHubs: new Set(['NODE_US_W_001']) },
    { type: 'WAIT' },
  ],
  [
    'its offer or its order is gone',
    delivery(atHub, [DONE, DONE, since(0)]),
    { withdrawn: 'ORDER_CANCELLED', now: min(99) },
    { type: 'WITHDRAW', reason: 'ORDER_CANCELLED' },
  ],
  [
    'a drone that turned around with the package: again from where it lands',
    delivery(atHub, [DONE, DONE, aboard]),
    { flight: flight({ status: 'RETURNING', reason: 'BATTERY_CRITICAL' }) },
    { type: 'RETRY', reason: 'BATTERY_CRITICAL', from: OAKLAND, isAborted: true },
  ],
  ['no route so far', { ...delivery(), legs: [] }, {}, { type: 'ROUTE' }],
  ['delivered is the end', delivery({ status: 'DELIVERED' }), {}, { type: 'WAIT' }],
];

test.each(STEPS)('%s', (_name, given, change, step) => {
  expect(nextStep(given, facts(change))).toEqual(step);
});

test('the state machine has these arrows and no others', () => {
  const isAllowed = (from: DeliveryStatus, to: DeliveryStatus) => {
    try {
      checkDeliveryStep(from, to);
      return true;
    } catch {
      return false;
    }
  };
  const arrows = DELIVERY_STATUSES.flatMap((from) =>
    DELIVERY_STATUSES.filter((to) => isAllowed(from, to)).map((to) => `${from} ${to}`),
  );
  expect(arrows).toEqual([
    ...['PENDING ASSIGNED', 'PENDING FAILED', 'PENDING CANCELLED'],
    ...['ASSIGNED PENDING', 'ASSIGNED PICKED_UP', 'ASSIGNED FAILED', 'ASSIGNED CANCELLED'],
    ...['PICKED_UP IN_TRANSIT', 'PICKED_UP FAILED', 'PICKED_UP CANCELLED'],
    ...['IN_TRANSIT DELIVERED', 'IN_TRANSIT FAILED', 'IN_TRANSIT CANCELLED'],
  ]);
});

test.each([
  ['ELITE', 'VIP_RARE', 4],
  ['ENTERPRISE', 'PREMIUM', 3],
  ['PRO', 'EXPRESS', 2],
  ['BASIC', 'STANDARD', 1],
  ['FREE', 'STANDARD', 1],
])('a package of tier %s travels as %s', (tier, priority, weight) => {
  expect(priorityOf(tier)).toBe(priority);
  expect(urgency(priorityOf(tier))).toBe(weight);
});

test.each([
  [0, 1],
  [14.9, 1],
  [15, 2],
  [29.9, 2],
  [30, 3],
  [600, 3],
])('%s minutes without a route are %s tries', (minutes, tries) => {
  expect(routeAttempts(NOW, min(minutes))).toBe(tries);
});

test('hubs ahead and hubs involved', () => {
  const { legs } = delivery({}, [DONE, { state: 'ACTIVE' }]);
  expect([...hubsAhead(legs, 1, PATH)]).toEqual(['NODE_US_W_001']);
  expect(hubsInvolved(legs, 1, PATH)).toEqual(PATH);
  expect(hubsInvolved(legs, 0, PATH)).toEqual(['NODE_EU_001']);
  expect(hubsInvolved(delivery().legs, 0, PATH)).toEqual([]);
});

test('a linehaul of 805 minutes at 3,600 times real time is over after 13.4 seconds', () => {
  const leg = { ...delivery().legs[1], startedAt: NOW.toISOString() } as DeliveryLeg;
  expect(carriedUntil(leg, 3600).getTime() - NOW.getTime()).toBeCloseTo(13_417, -1);
});
