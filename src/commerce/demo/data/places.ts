import type { Point } from '../../../kernel/geo.ts';

export const COUNTRIES = ['DE', 'US', 'IN', 'FR', 'GB', 'NL'] as const;
export type DemoCountry = (typeof COUNTRIES)[number];
export type Region = 'EU' | 'US' | 'IN';

export interface City extends Point {
  readonly name: string;
  /** Share of the country's customers, relative to its other cities. */
  readonly weight: number;
}

export interface Market {
  readonly currency: 'EUR' | 'GBP' | 'USD' | 'INR';
  /** Share of demand in percent. */
  readonly share: number;
  /** Standard time; a demo shop does not mind summer time. */
  readonly utcOffsetMin: number;
  readonly region: Region;
  readonly cities: readonly City[];
}

export interface Warehouse extends Point {
  readonly country: DemoCountry;
  readonly city: string;
}

const cities = (...rows: [name: string, lat: number, lon: number, weight: number][]): City[] =>
  rows.map(([name, lat, lon, weight]) => ({ name, lat, lon, weight }));

/**
 * Where customers live. The seeded hubs (spec c.4) cover Frankfurt 500 km, San Francisco 800 km and Mumbai 300 km:
 * Lyon, London, New York or Delhi lie outside, so that refusals can be seen as well.
 */
export const MARKETS: Readonly<Record<DemoCountry, Market>> = {
  DE: {
    currency: 'EUR',
    share: 31,
    utcOffsetMin: 60,
    region: 'EU',
    cities: cities(
      ['Frankfurt', 50.1109, 8.6821, 17],
      ['Offenbach', 50.0956, 8.7761, 4],
      ['Mainz', 49.9929, 8.2473, 5],
      ['Darmstadt', 49.8728, 8.6512, 4],
      ['Cologne', 50.9375, 6.9603, 12],
      ['Stuttgart', 48.7758, 9.1829, 10],
      ['Munich', 48.1351, 11.582, 14],
      ['Berlin', 52.52, 13.405, 18],
      ['Hamburg', 53.5511, 9.9937, 11],
      ['Leipzig', 51.3397, 12.3731, 5],
    ),
  },
  US: {
    currency: 'USD',
    share: 23,
    utcOffsetMin: -480,
    region: 'US',
    cities: cities(
      ['San Francisco', 37.7599, -122.4368, 22],
      ['Oakland', 37.8044, -122.2712, 8],
      ['Berkeley', 37.8716, -122.2727, 4],
      ['San José', 37.3382, -121.8863, 10],
      ['Sacramento', 38.5816, -121.4944, 8],
      ['Los Angeles', 34.0522, -118.2437, 16],
      ['San Diego', 32.7157, -117.1611, 6],
      ['Las Vegas', 36.1699, -115.1398, 4],
      ['Portland', 45.5152, -122.6784, 6],
      ['New York', 40.7306, -73.9866, 10],
      ['Chicago', 41.8781, -87.6498, 6],
    ),
  },
  IN: {
    currency: 'INR',
    share: 18,
    utcOffsetMin: 330,
    region: 'IN',
    cities: cities(
      ['Mumbai', 19.0822, 72.8812, 34],
      ['Thane', 19.2183, 72.9781, 8],
      ['Navi Mumbai', 19.033, 73.0297, 8],
      ['Pune', 18.5204, 73.8567, 16],
      ['Nashik', 19.9975, 73.7898, 5],
      ['Surat', 21.1702, 72.8311, 6],
      ['Ahmedabad', 23.0225, 72.5714, 5],
      ['Delhi', 28.6139, 77.209, 9],
      ['Bengaluru', 12.9716, 77.5946, 9],
    ),
  },
  FR: {
    currency: 'EUR',
    share: 11,
    utcOffsetMin: 60,
    region: 'EU',
    cities: cities(
      ['Paris', 48.8566, 2.3522, 42],
      ['Strasbourg', 48.5734, 7.7521, 14],
      ['Lille', 50.6292, 3.0573, 10],
      ['Nancy', 48.6921, 6.1844, 6],
      ['Lyon', 45.764, 4.8357, 16],
      ['Marseille', 43.3026, 5.3911, 12],
    ),
  },
  GB: {
    currency: 'GBP',
    share: 9,
    utcOffsetMin: 0,
    region: 'EU',
    cities: cities(
      ['London', 51.5072, -0.1276, 60],
      ['Manchester', 53.4808, -2.2426, 18],
      ['Bristol', 51.4545, -2.5879, 10],
      ['Edinburgh', 55.9533, -3.1883, 12],
    ),
  },
  NL: {
    currency: 'EUR',
    share: 8,
    utcOffsetMin: 60,
    region: 'EU',
    cities: cities(
      ['Amsterdam', 52.3676, 4.9041, 46],
      ['Rotterdam', 51.9225, 4.4792, 24],
      ['Utrecht', 52.0907, 5.1214, 18],
      ['Eindhoven', 51.4416, 5.4697, 12],
    ),
  },
};

/** The first warehouse of a region sends about three in five parcels. */
export const WAREHOUSES: Readonly<Record<Region, readonly [Warehouse, Warehouse]>> = {
  EU: [
    { country: 'DE', city: 'Frankfurt', lat: 50.05, lon: 8.5706 },
    { country: 'DE', city: 'Cologne', lat: 50.9613, lon: 7.0122 },
  ],
  US: [
    { country: 'US', city: 'San Francisco', lat: 37.7408, lon: -122.3936 },
    { country: 'US', city: 'Sacramento', lat: 38.5916, lon: -121.4011 },
  ],
  IN: [
    { country: 'IN', city: 'Mumbai', lat: 19.1136, lon: 72.8697 },
    { country: 'IN', city: 'Pune', lat: 18.5679, lon: 73.9143 },
  ],
};
