import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { CLEAR_SKY, DRONE_CLASS_NAMES, type Severity, type Sky } from '../routing/index.ts';
import { assignJobs, optionFor } from './assign.ts';
import type { FreeDrone, Job } from './job.ts';

const SAN_FRANCISCO = { lat: 37.7749, lon: -122.4194 };
const OAKLAND = { lat: 37.8044, lon: -122.2712 };
const SAN_JOSE = { lat: 37.3382, lon: -121.8863 };

const drone = (id: string, fields: Partial<FreeDrone> = {}): FreeDrone => ({
  ...{ id, class: 'ELITE', soc: 100, reliability: 0.999, ...SAN_FRANCISCO, recovery: SAN_FRANCISCO },
  ...fields,
});
const job = (deliveryId: string, fields: Partial<Job> = {}): Job => ({
  ...{ deliveryId, priority: 1, pickup: SAN_FRANCISCO, drop: OAKLAND, payloadKg: 0.5 },
  ...{ siteHubId: 'NODE_US_W_001', region: 'us_west' },
  ...fields,
});
const weather = (severity: Severity, windKmh = 0): Sky => ({
  ...CLEAR_SKY,
  weather: { us_west: { severity, windKmh } },
});
const pairs = (jobs: Job[], drones: FreeDrone[], sky = CLEAR_SKY) =>
  assignJobs(jobs, drones, sky).map(({ deliveryId, droneId }) => `${deliveryId}-${droneId}`);

describe('the cost of spec c.8', () => {
  // 26.86 km there and back: 26.86 min at 60 km/h + 5, and 60 × 0.001 for what may go wrong.
  const trip = 26.86;
  test.each<[string, Partial<Job>, Partial<FreeDrone>, Sky, number]>([
    ['a full elite drone at the pickup', {}, {}, CLEAR_SKY, trip + 5 + 0.06],
    ['express', { priority: 2 }, {}, CLEAR_SKY, trip + 5 + 0.06 - 15],
    ['VIP', { priority: 4 }, {}, CLEAR_SKY, trip + 5 + 0.06 - 45],
    ['an unreliable one', {}, { reliability: 0.5 }, CLEAR_SKY, trip + 5 + 30],
    ['a slower class', {}, { class: 'ECONOMY' }, CLEAR_SKY, (trip / 40) * 60 + 5 + 0.06],
    ['headwind', {}, {}, weather(0, 50), (trip / 45) * 60 + 5 + 0.06],
    // Need 27.11 + reserve 20 + 10 = 57.11: 7.11 points short of it cost 3 min each.
    ['half a charge', {}, { soc: 50 }, CLEAR_SKY, trip + 5 + 0.06 + 3 * 7.11],
    ['enough to spare', {}, { soc: 58 }, CLEAR_SKY, trip + 5 + 0.06],
    // It starts in Oakland: 13.43 min to the pickup, and 3 × 13.43 km in all with the way home to San Francisco.
    ['the pickup elsewhere', {}, OAKLAND, CLEAR_SKY, 13.43 + 1.5 * trip + 5 + 0.06],
  ])('%s', (_case, jobFields, droneFields, sky, cost) => {
    const option = optionFor(job('j', jobFields), drone('d', droneFields), sky);
    if (!option.ok) throw new Error(JSON.stringify(option));
    expect(option.cost).toBeCloseTo(cost, 1);
  });

  test.each<[string, Partial<Job>, Partial<FreeDrone>, Sky, string[]]>([
    ['47 % where 47.11 are needed', {}, { soc: 47 }, CLEAR_SKY, ['ENERGY']],
    ['San José and back', { drop: SAN_JOSE }, {}, CLEAR_SKY, ['ENERGY']],
    ['3.1 kg on an elite drone', { payloadKg: 3.1 }, {}, CLEAR_SKY, ['PAYLOAD']],
    ['a storm', {}, {}, weather(4), ['WEATHER']],
    ['a closed airspace on the way', {}, {}, closed(), ['AIRSPACE']],
    ['50 % for one that takes over', { minSoc: 50 }, { soc: 50 }, CLEAR_SKY, ['ENERGY']],
    ['everything', { drop: SAN_JOSE, payloadKg: 9 }, {}, weather(4), ['ENERGY', 'PAYLOAD', 'WEATHER']],
  ])('is without end for %s', (_case, jobFields, droneFields, sky, codes) => {
    const option = optionFor(job('j', jobFields), drone('d', droneFields), sky);
    expect(option.ok ? [] : option.reasons.map(({ code }) => code)).toEqual(codes);
    expect(assignJobs([job('j', jobFields)], [drone('d', droneFields)], sky)).toEqual([]);
  });
});

function closed(): Sky {
  const bay = { id: 'z', kind: 'AIRSPACE' as const, name: 'Bay', lat: 37.79, lon: -122.345, radiusKm: 1 };
  return { ...CLEAR_SKY, restrictions: [bay] };
}

describe('assignJobs', () => {
  it('sends the nearest, the fullest and, of equals, the lower id', () => {
    expect(pairs([job('j')], [drone('far', OAKLAND), drone('near')])).toEqual(['j-near']);
    expect(pairs([job('j')], [drone('a', { soc: 50 }), drone('b', { soc: 90 })])).toEqual(['j-b']);
    expect(pairs([job('j')], [drone('b'), drone('c'), drone('a')])).toEqual(['j-a']);
  });

  it('serves the higher priority when there are too few drones', () => {
    const jobs = [job('a'), job('b', { priority: 3 }), job('c', { priority: 4 })];
    expect(pairs(jobs, [drone('x'), drone('y')]).toSorted()).toEqual(['b-y', 'c-x']);
  });

  it('gives the only drone that can carry a heavy parcel to it', () => {
    const jobs = [job('heavy', { payloadKg: 8 }), job('light', { priority: 4 })];
    const drones = [drone('a', { class: 'BVLOS' }), drone('b', { class: 'ECONOMY' })];
    expect(pairs(jobs, drones).toSorted()).toEqual(['heavy-a', 'light-b']);
  });

  it('takes a drone with more than 50 % where another was lost', () => {
    expect(pairs([job('j', { minSoc: 50 })], [drone('a', { soc: 50 }), drone('b', { soc: 50.1 })])).toEqual([
      'j-b',
    ]);
  });

  it('answers nothing for nothing', () => {
    expect(assignJobs([], [drone('a')], CLEAR_SKY)).toEqual([]);
    expect(assignJobs([job('j')], [], CLEAR_SKY)).toEqual([]);
  });

  it('is the same whatever the order of jobs and drones', () => {
    const near = fc.double({ min: -0.2, max: 0.2, noNaN: true });
    const place = fc.tuple(near, near).map(([lat, lon]) => ({ lat: 37.7 + lat, lon: -122.3 + lon }));
    const drones = fc.array(
      fc.record({
        at: place,
        class: fc.constantFrom(...DRONE_CLASS_NAMES),
        soc: fc.integer({ min: 30, max: 100 }),
      }),
      { maxLength: 8 },
    );
    const jobs = fc.array(
      fc.record({ pickup: place, drop: place, priority: fc.constantFrom<Job['priority']>(1, 2, 3, 4) }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(drones, jobs, fc.integer(), (someDrones, someJobs, turn) => {
        const allDrones = someDrones.map(({ at, ...fields }, i) =>
          drone(`d${i}`, { ...fields, ...at, recovery: at }),
        );
        const allJobs = someJobs.map((fields, i) => job(`j${i}`, fields));
        const rotate = <T>(list: T[]): T[] => {
          const by = list.length === 0 ? 0 : Math.abs(turn) % list.length;
          return [...list.slice(by), ...list.slice(0, by)].reverse();
        };
        const answer = assignJobs(allJobs, allDrones, CLEAR_SKY);
        expect(assignJobs(rotate(allJobs), rotate(allDrones), CLEAR_SKY)).toEqual(answer);
        expect(new Set(answer.map(({ droneId }) => droneId)).size).toBe(answer.length);
      }),
    );
  });
});
