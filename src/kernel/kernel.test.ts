import { describe, expect, it, test } from 'vitest';
import { ValidationError } from './errors.ts';
import { haversineKm, validatePoint } from './geo.ts';
import { isUuid, sha256Hex, uuidFrom, uuidv7 } from './ids.ts';
import { bucket } from './murmur.ts';
import { seeded } from './random.ts';
import { median, midRankPercentile, percent, quantileType7 } from './stats.ts';
import { addMs, ceilHour, contains, DAY_MS, floorHour, isTimeZone, localParts, overlaps } from './time.ts';

describe('ids', () => {
  it('lays out uuid v7 as the example of RFC 9562 A.6', () => {
    const random = Uint8Array.from(Buffer.from('cc318c4dc0c0c07398f0', 'hex'));
    const id = uuidv7(0x017f22e279b0, random);
    expect(id).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
    expect(isUuid(uuidv7(Date.parse('2026-01-01T00:00:00Z')))).toBe(true);
    expect(uuidv7(1000) < uuidv7(1001)).toBe(true);
  });

  it('derives version-5 style ids from parts, keeping the parts apart', () => {
    const id = uuidFrom('tenant-1', 'order', '42');
    expect(id).toBe(uuidFrom('tenant-1', 'order', '42'));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuidFrom('ab', 'c')).not.toBe(uuidFrom('a', 'bc'));
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test.each([
    ['017F22E2-79B0-7CC3-98C4-DC0C0C07398F', true],
    ['00000000-0000-0000-0000-000000000000', true],
    ['017f22e279b07cc398c4dc0c0c07398f', false],
    ['', false],
  ])('isUuid(%s) is %s', (text, expected) => expect(isUuid(text)).toBe(expected));
});

describe('time', () => {
  const at = (text: string) => new Date(text);

  it('rounds to UTC hours, also before 1970', () => {
    expect(floorHour(at('2026-03-29T01:59:59.999Z'))).toEqual(at('2026-03-29T01:00:00Z'));
    expect(ceilHour(at('2026-03-29T01:00:00.001Z'))).toEqual(at('2026-03-29T02:00:00Z'));
    expect(ceilHour(at('2026-03-29T01:00:00Z'))).toEqual(at('2026-03-29T01:00:00Z'));
    expect(floorHour(at('1969-12-31T23:30:00Z'))).toEqual(at('1969-12-31T23:00:00Z'));
    expect(addMs(at('2026-01-01T00:00:00Z'), -DAY_MS)).toEqual(at('2025-12-31T00:00:00Z'));
  });

  it('treats intervals as half-open', () => {
    const day = { from: at('2026-01-01T00:00:00Z'), to: at('2026-01-02T00:00:00Z') };
    expect(contains(day, day.from)).toBe(true);
    expect(contains(day, day.to)).toBe(false);
    expect(overlaps(day, { from: day.to, to: addMs(day.to, DAY_MS) })).toBe(false);
    expect(overlaps(day, { from: addMs(day.to, -1), to: addMs(day.to, 1) })).toBe(true);
  });

  test.each([
    ['Europe/Berlin', true],
    ['Asia/Calcutta', true],
    ['UTC', true],
    ['+05:30', false],
    ['Mars/Olympus', false],
    ['', false],
  ])('isTimeZone(%s) is %s', (name, expected) => expect(isTimeZone(name)).toBe(expected));

  it('shows the wall clock of a zone, with midnight as hour 0', () => {
    expect(localParts(at('2026-06-30T18:30:00Z'), 'Asia/Kolkata')).toEqual({
      year: 2026,
      month: 7,
      day: 1,
      hour: 0,
      minute: 0,
      second: 0,
      weekday: 3,
    });
    expect(localParts(at('2026-03-29T01:00:00Z'), 'Europe/Berlin').hour).toBe(3);
  });
});

describe('random', () => {
  const draw = (seed: number) => {
    const random = seeded(seed);
    return [
      random.next(),
      random.int(1, 6),
      random.normal(),
      random.pick(['a', 'b', 'c']),
      random.weighted([1, 2]),
    ];
  };

  it('repeats itself for a seed and differs between seeds', () => {
    expect(draw(42)).toEqual(draw(42));
    expect(draw(42)).not.toEqual(draw(43));
  });

  it('has the moments and frequencies it promises', () => {
    const random = seeded(7);
    const normals = Array.from({ length: 20_000 }, () => random.normal());
    const mean = normals.reduce((a, b) => a + b, 0) / normals.length;
    const variance = normals.reduce((a, b) => a + (b - mean) ** 2, 0) / normals.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(variance).toBeCloseTo(1, 1);
    const picks = Array.from({ length: 20_000 }, () => random.weighted([1, 0, 3]));
    expect(picks).not.toContain(1);
    expect(picks.filter((index) => index === 2).length / 20_000).toBeCloseTo(0.75, 1);
    expect(() => random.pick([])).toThrow(RangeError);
    expect(() => random.weighted([0, 0])).toThrow(RangeError);
  });
});

describe('stats', () => {
  test.each([
    [[1, 2, 3, 4], 0.25, 1.75],
    [[4, 1, 3, 2], 0.5, 2.5],
    [[10], 0.9, 10],
    [[1, 2, 3, 4, 5], 0.99, 4.96],
    [[1, 2], 1, 2],
  ])('quantile of %j at %d is %d', (values, p, expected) =>
    expect(quantileType7(values, p)).toBeCloseTo(expected, 12),
  );

  it('knows the empty case', () => {
    expect(median([])).toBeNull();
    expect(median([3, 1, 2])).toBe(2);
    expect(percent(1, 0)).toBeNull();
    expect(percent(0, 0)).toBeNull();
    expect(percent(1, 4)).toBe(25);
    expect(midRankPercentile([], 1)).toBeNull();
  });

  it('gives ties their middle rank', () => {
    expect(midRankPercentile([1, 2, 2, 3], 2)).toBe(50);
    expect(midRankPercentile([1, 2, 2, 3], 9)).toBe(100);
    expect(midRankPercentile([5, 5], 5)).toBe(50);
  });
});

describe('geo (spec c.5, C6, C7)', () => {
  const sf = { lat: 37.7749, lon: -122.4194 };
  const frankfurt = { lat: 50.1109, lon: 8.6821 };
  const mumbai = { lat: 19.076, lon: 72.8777 };
  test.each([
    ['FRA–SF', frankfurt, sf, 9133.4],
    ['FRA–BOM', frankfurt, mumbai, 6563.8],
    ['SF–BOM', sf, mumbai, 13494.2],
    ['BOM–DEL', { lat: 19.07, lon: 72.87 }, { lat: 28.61, lon: 77.2 }, 1148.3],
    ['BOM–Pune', mumbai, { lat: 18.5204, lon: 73.8567 }, 120.2],
    ['SF–Oakland', sf, { lat: 37.8044, lon: -122.2712 }, 13.43],
    ['SF–San José', sf, { lat: 37.3382, lon: -121.8863 }, 67.57],
    ['SF–LA', sf, { lat: 34.0522, lon: -118.2437 }, 559.1],
    ['Berlin–Paris', { lat: 52.52, lon: 13.405 }, { lat: 48.8566, lon: 2.3522 }, 877.5],
    ['Berlin–Munich', { lat: 52.52, lon: 13.405 }, { lat: 48.1351, lon: 11.582 }, 504.4],
    ['antimeridian', { lat: 0, lon: 179.5 }, { lat: 0, lon: -179.5 }, 111.195],
    ['pole', { lat: 90, lon: 0 }, { lat: 90, lon: 137 }, 0],
    ['antipodes', { lat: 10, lon: 20 }, { lat: -10, lon: -160 }, Math.PI * 6371.0088],
  ])('%s', (_name, a, b, km) => {
    expect(Math.abs(haversineKm(a, b) - km)).toBeLessThanOrEqual(km * 0.005 + 1e-6);
    expect(haversineKm(b, a)).toBeCloseTo(haversineKm(a, b), 9);
  });

  test.each([
    [{ lat: 90.01, lon: 0 }, /Latitude 90.01/],
    [{ lat: Number.NaN, lon: 0 }, /Latitude NaN/],
    [{ lat: 1, lon: -180.5 }, /Longitude -180.5/],
    [{ lat: 1, lon: Number.POSITIVE_INFINITY }, /Longitude Infinity/],
    [{ lat: 0, lon: 0 }, /SUSPECT_COORDINATES/],
  ])('refuses %o', (point, message) => {
    expect(() => validatePoint(point, 'pickup')).toThrow(ValidationError);
    expect(() => validatePoint(point, 'pickup')).toThrow(message);
  });

  it('accepts the edges of the map', () => {
    expect(() => validatePoint({ lat: -90, lon: 180 }, 'pickup')).not.toThrow();
    expect(() => validatePoint({ lat: 0, lon: 9.4 }, 'pickup')).not.toThrow();
  });
});

describe('murmur (spec h, k)', () => {
  test.each([
    ['PRICING_AUTO_APPLY:tenant-1', 7209],
    ['PRICING_AUTO_APPLY:tenant-2', 6406],
    ['PRICING_AUTO_APPLY:tenant-3', 2355],
    ['exp-1:user-1', 2560],
    ['exp-1:user-2', 1934],
    ['exp-1:user-3', 5103],
  ])('%s falls into %i of 10000', (key, expected) => expect(bucket(key, 10_000)).toBe(expected));
});
