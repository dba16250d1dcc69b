import { describe, expect, it, test } from 'vitest';
import { DRONE_CLASSES, type DroneClassName, energyNeed, flightMinutes } from './drone-class.ts';
import { flyability, lengthKm, tripPoints } from './flyability.ts';
import { RANGE_KM } from './launch-site.ts';

const SF = { lat: 37.7749, lon: -122.4194 };
const OAKLAND = { lat: 37.8044, lon: -122.2712 };
const SAN_JOSE = { lat: 37.3382, lon: -121.8863 };

test('the drone classes of spec c.5', () => {
  const rows = Object.values(DRONE_CLASSES).map((c) => [c.name, c.maxPayloadKg, c.speedKmh]);
  expect(rows).toEqual([
    ['ECONOMY', 2, 40],
    ['PREMIUM', 5, 50],
    ['ELITE', 3, 60],
    ['BVLOS', 10, 70],
  ]);
  for (const each of Object.values(DRONE_CLASSES)) {
    expect(each).toMatchObject({ reserveSocPct: 20, reliability: 0.999 });
    expect(each.energy).toEqual({ perKm: 1, perKg: 0.5, perWeather: 5 });
  }
});

interface Case {
  km: number;
  kg?: number;
  soc?: number;
  weather?: number;
  isBlocked?: boolean;
  class?: DroneClassName;
}
const ask = ({ km, kg = 0.5, soc = 100, weather = 0, isBlocked = false, ...given }: Case) =>
  flyability({
    ...{ distanceKm: km, payloadKg: kg, soc, weather, isBlocked },
    class: DRONE_CLASSES[given.class ?? 'ELITE'],
  });
const codes = (given: Case): string[] => {
  const verdict = ask(given);
  return verdict.ok ? [] : verdict.reasons.map(({ code }) => code);
};

describe('worked numbers of spec c.5', () => {
  const there = lengthKm(tripPoints(SF, [OAKLAND]));
  const far = lengthKm(tripPoints(SF, [SAN_JOSE]));
  const docked = lengthKm(tripPoints(SF, [SAN_JOSE], true));

  it('SF → Oakland and back: 26.86 km take 27.11 % with 0.5 kg, so 47.11 % at the start', () => {
    expect(there).toBeCloseTo(26.86, 1);
    expect(ask({ km: 26.86 }).need).toBeCloseTo(27.11, 10);
    expect(ask({ km: 26.86, soc: 47.12 }).ok).toBe(true);
    expect(ask({ km: 26.86, soc: 47 })).toEqual({
      ok: false,
      need: expect.closeTo(27.11, 10),
      reasons: [
        {
          code: 'ENERGY',
          text: 'It takes 27.11 % of the pack and must land with 20 %: it must start with 47.11 %, not 47 %.',
        },
      ],
    });
  });

  it('SF → San José and back: 135.39 %, never', () => {
    expect(far).toBeCloseTo(135.14, 0);
    const verdict = ask({ km: 135.14 });
    expect(verdict.need).toBeCloseTo(135.39, 10);
    expect(verdict).toMatchObject({
      ok: false,
      reasons: [{ code: 'ENERGY', text: expect.stringContaining('more than a full pack holds') }],
    });
  });

  it('SF → San José one way, with a dock: 67.82 %, so 87.82 % at the start', () => {
    expect(docked).toBeCloseTo(67.57, 1);
    expect(ask({ km: 67.57 }).need).toBeCloseTo(67.82, 10);
    expect(codes({ km: 67.57, soc: 87.81 })).toEqual(['ENERGY']);
    expect(codes({ km: 67.57, soc: 87.83 })).toEqual([]);
  });

  it('reaches 40 km and back at full charge without payload', () => {
    expect(RANGE_KM).toBe(40);
    expect(codes({ km: 2 * RANGE_KM, kg: 0 })).toEqual([]);
    expect(codes({ km: 2 * RANGE_KM + 0.001, kg: 0 })).toEqual(['ENERGY']);
  });

  test.each<[string, Case, string[]]>([
    ['3 kg on elite', { km: 10, kg: 3 }, []],
    ['3.1 kg on elite', { km: 10, kg: 3.1 }, ['PAYLOAD']],
    ['3.1 kg on premium', { km: 10, kg: 3.1, class: 'PREMIUM' }, []],
    ['10.1 kg on anything', { km: 10, kg: 10.1, class: 'BVLOS' }, ['PAYLOAD']],
    ['weather 3', { km: 10, weather: 3 }, []],
    ['weather 4', { km: 10, weather: 4 }, ['WEATHER']],
    ['a closed sky', { km: 10, isBlocked: true }, ['AIRSPACE']],
    ['weather costs 5 % a step', { km: 65, kg: 0, weather: 3 }, []],
    ['and that can be too much', { km: 66, kg: 0, weather: 3 }, ['ENERGY']],
    [
      'everything at once',
      { km: 90, kg: 4, weather: 4, isBlocked: true },
      ['ENERGY', 'PAYLOAD', 'WEATHER', 'AIRSPACE'],
    ],
  ])('%s', (_name, given, expected) => {
    expect(codes(given)).toEqual(expected);
  });

  it('counts weather in the need', () => {
    const trip = { distanceKm: 10, payloadKg: 2, weather: 2 };
    expect(energyNeed(trip, DRONE_CLASSES.PREMIUM)).toBe(21);
  });
});

describe('minutes of a flight', () => {
  test.each<[number, number, DroneClassName, number]>([
    [60, 0, 'ELITE', 65],
    [30, 50, 'ELITE', 45],
    [10, 100, 'ECONOMY', 65], // 40 − 30 = 10 km/h
    [10, 200, 'ECONOMY', 65], // never slower than 10 km/h
  ])('%d km, wind %d, %s: %d min', (distanceKm, windKmh, name, minutes) => {
    expect(flightMinutes({ distanceKm, windKmh }, DRONE_CLASSES[name])).toBeCloseTo(minutes, 10);
  });
});
