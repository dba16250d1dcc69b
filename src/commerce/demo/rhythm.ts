import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../kernel/time.ts';
import { COUNTRIES, type DemoCountry, MARKETS } from './data/places.ts';
import { type Sampler, sampler } from './sampler.ts';

/** Appetite for shopping by local hour 0..23, the best hour being 1. */
const HOURS = [
  0.12, 0.06, 0.04, 0.03, 0.03, 0.05, 0.12, 0.25, 0.4, 0.52, 0.6, 0.64, 0.72, 0.7, 0.62, 0.58, 0.6, 0.68, 0.8,
  0.95, 1, 0.92, 0.6, 0.3,
] as const;

/** By local day, Sunday first (the epoch's Thursday is 4). */
const WEEKDAYS = [1, 0.78, 0.72, 0.74, 0.8, 0.88, 0.97] as const;

/** How much a country feels like shopping at an instant (Unix ms), 0..1, by its own wall clock. */
export function demand(atMs: number, country: DemoCountry): number {
  const local = atMs + MARKETS[country].utcOffsetMin * MINUTE_MS;
  const day = Math.floor(local / DAY_MS);
  const hour = Math.floor((local - day * DAY_MS) / HOUR_MS);
  return (HOURS[hour] as number) * (WEEKDAYS[(day + 4) % 7] as number);
}

/** Draws the index of a country in COUNTRIES by its share of demand. */
export const drawCountry: Sampler = sampler(COUNTRIES.map((country) => MARKETS[country].share));
