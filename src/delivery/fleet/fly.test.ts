import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { haversineKm } from '../../kernel/geo.ts';
import { addMs, MINUTE_MS } from '../../kernel/time.ts';
import {
  DRONE_CLASS_NAMES,
  DRONE_CLASSES,
  energyNeed,
  flightMinutes,
  type Severity,
} from '../routing/index.ts';
import { criticalAt, flightAt, milestones } from './fly.ts';
import { divert, type FlownPlan, planFlight, planNeed } from './plan.ts';

const START = new Date('2026-11-20T12:00:00Z');
const SAN_FRANCISCO = { lat: 37.7749, lon: -122.4194 };
const OAKLAND = { lat: 37.8044, lon: -122.2712 };
const drone = {
  ...{ id: 'D', class: 'ELITE' as const, soc: 100, ...SAN_FRANCISCO, reliability: 0.999 },
  recovery: SAN_FRANCISCO,
};
const job = { deliveryId: 'x', pickup: SAN_FRANCISCO, drop: OAKLAND, payloadKg: 0.5 };
const clear = { severity: 0 as Severity, windKmh: 0 };
const flown = (plan = planFlight({ drone, job, weather: clear }), simulationSpeed = 1): FlownPlan => ({
  ...{ ...plan, startedAt: START, simulationSpeed },
});
const at = (plan: FlownPlan, minutes: number) => flightAt(plan, addMs(START, minutes * MINUTE_MS));

describe('a flight from San Francisco to Oakland and back (spec c.5)', () => {
  const plan = flown();

  it('needs what c.5 says', () => {
    expect(plan.distanceKm).toBeCloseTo(26.86, 1);
    expect(planNeed(plan)).toBeCloseTo(27.11, 1);
    expect(plan.minutes).toBeCloseTo((plan.distanceKm / 60) * 60 + 5, 10);
  });

  // 2.5 min to load, 13.43 min there at 60 km/h, 2.5 min to unload, 13.43 min back.
  test.each([
    [0, 'EN_ROUTE', 0],
    [2.4, 'EN_ROUTE', 0],
    [2.6, 'DELIVERING', 0.1],
    [9.2, 'DELIVERING', 6.7],
    [17, 'DELIVERING', 13.43],
    [18.5, 'RETURNING', 13.36],
    [31.8, 'RETURNING', 0.06],
    [31.9, 'LANDED', 0],
    [9_999, 'LANDED', 0],
  ] as const)('after %d min it is %s, %d km from home', (minutes, phase, km) => {
    const position = at(plan, minutes);
    expect(position.phase).toBe(phase);
    expect(Math.abs(haversineKm(position, SAN_FRANCISCO) - km)).toBeLessThan(0.05);
  });

  it('stands while it loads, unloads and when it has landed, and flies in between', () => {
    const moving = [1, 5, 17, 25, 40].map((minutes) => at(plan, minutes));
    expect(moving.map(({ speedKmh }) => speedKmh > 55)).toEqual([false, true, false, true, false]);
    expect(moving.map(({ altitudeM }) => altitudeM > 90)).toEqual([false, true, false, true, false]);
  });

  it('says when it gets where', () => {
    const { pickedUp, dropped, landed } = milestones(plan);
    const minutes = [pickedUp, dropped, landed].map((d) => ((d as Date).getTime() - +START) / MINUTE_MS);
    expect(minutes.map((m) => m.toFixed(1))).toEqual(['2.5', '18.4', '31.9']);
  });

  it('flies sixty times as fast when told so', () => {
    const fast = flown(plan, 60);
    expect(at(fast, 9.2 / 60)).toEqual(at(plan, 9.2));
    expect(+milestones(fast).landed - +START).toBe(Math.ceil((plan.minutes / 60) * MINUTE_MS));
  });

  it('is the same for ever, and another seed flies a little differently', () => {
    expect(at(flown(), 7)).toEqual(at(plan, 7));
    const other = flown(planFlight({ drone, job: { ...job, deliveryId: 'y' }, weather: clear }));
    expect(at(other, 7).altitudeM).not.toBe(at(plan, 7).altitudeM);
    expect(at(other, 7)).toMatchObject({ lat: at(plan, 7).lat, soc: at(plan, 7).soc });
  });

  it('never gets critical, but would with 15 %', () => {
    expect(criticalAt(plan)).toBeNull();
    const weak = { ...plan, startSoc: 15 };
    const critical = criticalAt(weak) as Date;
    expect(flightAt(weak, critical).soc).toBeLessThan(10);
    expect(flightAt(weak, addMs(critical, -10)).soc).toBeGreaterThanOrEqual(10);
    expect(criticalAt({ ...plan, startSoc: 9 })).toEqual(START);
  });

  it('diverts straight to a site at the same rates', () => {
    const from = at(plan, 9.2);
    const back = flown(divert(plan, from, SAN_FRANCISCO));
    expect(back.distanceKm).toBeCloseTo(6.7, 1);
    expect(at(back, 0)).toMatchObject({ phase: 'RETURNING', lat: from.lat, soc: from.soc });
    const end = at(back, 99);
    expect(end).toMatchObject({ phase: 'LANDED', ...SAN_FRANCISCO });
    expect(end.soc).toBeCloseTo(from.soc - back.distanceKm, 10);
    expect(milestones(back)).toMatchObject({ pickedUp: null, dropped: null });
  });
});

const near = fc.record({
  lat: fc.double({ min: -0.3, max: 0.3, noNaN: true }),
  lon: fc.double({ min: -0.3, max: 0.3, noNaN: true }),
});
const anyPlan = fc
  .record({
    home: fc.record({
      lat: fc.double({ min: -89.5, max: 89.5, noNaN: true }),
      lon: fc.double({ min: -180, max: 180, noNaN: true }),
    }),
    pickup: near,
    drop: near,
    droneClass: fc.constantFrom(...DRONE_CLASS_NAMES),
    payloadKg: fc.double({ min: 0, max: 10, noNaN: true }),
    severity: fc.constantFrom<Severity>(0, 1, 2, 3),
    windKmh: fc.double({ min: 0, max: 150, noNaN: true }),
    simulationSpeed: fc.integer({ min: 1, max: 3_600 }),
    id: fc.uuid(),
  })
  .map(({ home, pickup, drop, droneClass, payloadKg, severity, windKmh, simulationSpeed, id }) => {
    const around = (offset: { lat: number; lon: number }) => ({
      lat: Math.max(-90, Math.min(90, home.lat + offset.lat)),
      lon: ((home.lon + offset.lon + 540) % 360) - 180,
    });
    const request = {
      drone: { id: 'D', class: droneClass, soc: 100, ...home, reliability: 1, recovery: home },
      job: { deliveryId: id, pickup: around(pickup), drop: around(drop), payloadKg },
      weather: { severity, windKmh },
    };
    return { request, home, plan: flown(planFlight(request), simulationSpeed) };
  });

describe('every flight', () => {
  it('takes the energy and the minutes of spec c.5 and ends at its site', () => {
    fc.assert(
      fc.property(anyPlan, ({ plan, request, home }) => {
        const { distanceKm, payloadKg } = plan;
        const { severity, windKmh } = request.weather;
        const droneClass = DRONE_CLASSES[request.drone.class];
        const need = energyNeed({ distanceKm, payloadKg, weather: severity }, droneClass);
        const end = flightAt(plan, milestones(plan).landed);
        expect(end).toMatchObject({ ...home, phase: 'LANDED', altitudeM: 0, speedKmh: 0 });
        expect(end.soc).toBeCloseTo(Math.max(0, 100 - need), 6);
        expect(plan.minutes).toBe(flightMinutes({ distanceKm, windKmh }, droneClass));
      }),
    );
  });

  it('never gains charge, moves no faster than it flies, and goes through its phases in order', () => {
    const order = ['EN_ROUTE', 'DELIVERING', 'RETURNING', 'LANDED'];
    fc.assert(
      fc.property(anyPlan, fc.integer({ min: 2, max: 60 }), ({ plan }, steps) => {
        const real = (plan.minutes / plan.simulationSpeed) * MINUTE_MS;
        let before = flightAt(plan, START);
        for (let i = 1; i <= steps; i++) {
          const now = flightAt(plan, addMs(START, (real * i) / steps));
          // A hover of no distance rounds in the last digit.
          expect(now.soc).toBeLessThanOrEqual(before.soc + 1e-9);
          expect(order.indexOf(now.phase)).toBeGreaterThanOrEqual(order.indexOf(before.phase));
          const reach = (plan.minutes / steps / 60) * plan.speedKmh;
          expect(haversineKm(before, now)).toBeLessThanOrEqual(
            reach + (plan.speedKmh * plan.simulationSpeed) / 1e6,
          );
          expect(Math.abs(now.lat)).toBeLessThanOrEqual(90);
          expect(Math.abs(now.lon)).toBeLessThanOrEqual(180);
          before = now;
        }
      }),
    );
  });
});
