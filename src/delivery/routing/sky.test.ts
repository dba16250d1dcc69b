import { describe, expect, it, test } from 'vitest';
import { haversineKm, type Point } from '../../kernel/geo.ts';
import { seeded } from '../../kernel/random.ts';
import { CLEAR_SKY, distanceToArcKm, isBlocked, isWeatherKnown, type NoFlyZone, weatherIn } from './sky.ts';

const zone = (lat: number, lon: number, radiusKm: number): NoFlyZone => {
  return { id: `${lat} ${lon}`, kind: 'AIRSPACE', name: 'Airport', lat, lon, radiusKm };
};
const SF = { lat: 37.7749, lon: -122.4194 };
const OAKLAND = { lat: 37.8044, lon: -122.2712 };

describe('no-fly zones', () => {
  test.each<[string, NoFlyZone, Point[], boolean]>([
    ['on the way, ends outside', zone(37.79, -122.345, 1), [SF, OAKLAND], true],
    ['beside the way', zone(37.85, -122.345, 5), [SF, OAKLAND], false],
    ['beside the way but wide', zone(37.85, -122.345, 8), [SF, OAKLAND], true],
    ['behind the start', zone(37.75, -122.5, 5), [SF, OAKLAND], false],
    ['over the drop', zone(37.8044, -122.2712, 0.1), [SF, OAKLAND], true],
    ['on the second stretch', zone(37.79, -122.345, 1), [{ lat: 37.7, lon: -122.5 }, SF, OAKLAND], true],
    ['around a drone that stays', zone(37.7749, -122.4194, 1), [SF, SF], true],
    ['one point only', zone(37.7749, -122.4194, 1), [SF], true],
    [
      'across the antimeridian',
      zone(-17, 180, 1),
      [
        { lat: -17, lon: 179.8 },
        { lat: -17, lon: -179.8 },
      ],
      true,
    ],
    [
      'at the pole',
      zone(90, 0, 1),
      [
        { lat: 89.9, lon: 10 },
        { lat: 89.9, lon: -170 },
      ],
      true,
    ],
    ['the other side of the world', zone(-37.79, 57.66, 1), [SF, OAKLAND], false],
  ])('%s', (_name, each, points, expected) => {
    expect(isBlocked({ restrictions: [each] }, points)).toBe(expected ? each : null);
  });

  it('measures to an arc as walking along it does', () => {
    const random = seeded(7);
    for (let i = 0; i < 200; i++) {
      const from = { lat: random.int(-60, 60), lon: random.int(-179, 178) };
      const to = { lat: from.lat + random.next() * 0.5, lon: from.lon + random.next() * 0.5 };
      const point = { lat: from.lat + random.next() - 0.5, lon: from.lon + random.next() - 0.5 };
      const steps = Array.from({ length: 2001 }, (_, k) => {
        const share = k / 2000;
        return haversineKm(point, {
          lat: from.lat + (to.lat - from.lat) * share,
          lon: from.lon + (to.lon - from.lon) * share,
        });
      });
      expect(distanceToArcKm(point, from, to)).toBeCloseTo(Math.min(...steps), 0);
    }
  });
});

test('weather that nobody reported is clear and calm, and known to be unknown', () => {
  expect(weatherIn(CLEAR_SKY, 'us_west')).toEqual({ severity: 0, windKmh: 0 });
  expect(isWeatherKnown(CLEAR_SKY, 'us_west')).toBe(false);
  const sky = { weather: { us_west: { severity: 3, windKmh: 40 } as const }, restrictions: [] };
  expect(weatherIn(sky, 'us_west')).toEqual({ severity: 3, windKmh: 40 });
  expect(isWeatherKnown(sky, 'us_west')).toBe(true);
});
