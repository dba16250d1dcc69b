import type { Point } from '../../kernel/geo.ts';
import type { Random } from '../../kernel/random.ts';
import { NAMES } from './data/names.ts';
import { COUNTRIES, type DemoCountry, MARKETS } from './data/places.ts';
import { leading, type Sampler, sampler, stream } from './sampler.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly country: DemoCountry;
  readonly home: Point;
  /** Looks for what others do not have, and buys more of it. */
  readonly isCollector: boolean;
  /** How often this person buys, relative to others. */
  readonly activity: number;
}

/** A customer of the seeded shop; days count backwards from the end of the demo period. */
export interface Member extends Person {
  readonly joinedDaysBefore: number;
  readonly churnedDaysBefore: number | null;
}

const DOMAINS = ['example.com', 'example.org', 'example.net'] as const;
const COLLECTORS = 0.05;
const JOINED_DURING = 0.34;
const PERIOD_DAYS = 60;
const CHURNED = 0.047;

const CITIES: Readonly<Record<DemoCountry, Sampler>> = Object.fromEntries(
  COUNTRIES.map((country) => [country, sampler(MARKETS[country].cities.map((city) => city.weight))]),
) as Record<DemoCountry, Sampler>;

/** Somebody of that country. `id` also makes the address unique. */
export function makePerson(random: Random, id: string, country: DemoCountry): Person {
  const { given, family } = NAMES[country];
  const name = `${random.pick(given)} ${random.pick(family)}`;
  return {
    id,
    name,
    email: `${ascii(name)}.${id.toLowerCase()}@${random.pick(DOMAINS)}`,
    country,
    home: addressIn(random, country),
    isCollector: random.next() < COLLECTORS,
    activity: Math.min(4, Math.exp(0.7 * random.normal())),
  };
}

/** A door within some 5 km of the middle of one of the country's cities. */
export function addressIn(random: Random, country: DemoCountry): Point {
  const city = MARKETS[country].cities[CITIES[country](random)] as Point;
  const near = (degrees: number) =>
    Math.round((degrees + Math.max(-2.5, Math.min(2.5, random.normal())) * 0.018) * 1e5) / 1e5;
  return { lat: near(city.lat), lon: near(city.lon) };
}

/** Everyone who ever signed up, oldest membership first. The same for a seed, whenever the period ends. */
export function buildMembers(seed: number, count: number): Member[] {
  const random = stream(seed, 'people');
  const countries = sampler(COUNTRIES.map((country) => MARKETS[country].share));
  const joined = Array.from({ length: count }, () =>
    random.next() < JOINED_DURING
      ? random.next() * PERIOD_DAYS
      : PERIOD_DAYS - 260 * Math.log(1 - random.next() * 0.95),
  ).sort((a, b) => b - a);
  return joined.map((joinedDaysBefore, index) => {
    const country = COUNTRIES[countries(random)] as DemoCountry;
    const person = makePerson(random, `C-${String(index + 1).padStart(5, '0')}`, country);
    return { ...person, joinedDaysBefore, churnedDaysBefore: churn(random, joinedDaysBefore) };
  });
}

/** Some leave, at the earliest after ten days. */
function churn(random: Random, joinedDaysBefore: number): number | null {
  const latest = Math.min(PERIOD_DAYS, joinedDaysBefore - 10);
  const at = random.next() * latest;
  return random.next() < CHURNED && latest > 0 ? at : null;
}

const ascii = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/ı/g, 'i')
    .replace(/[^A-Za-z ]/g, '')
    .toLowerCase()
    .replaceAll(' ', '.');

/** Finds a member of a country who was one so many days before the end, by activity; null when luck runs out. */
export type FindMember = (random: Random, country: DemoCountry, daysBefore: number) => Member | null;

/** `members` must be sorted by `joinedDaysBefore`, largest first. */
export function memberFinder(members: readonly Member[]): FindMember {
  const byCountry = Object.fromEntries(
    COUNTRIES.map((country) => {
      const own = members.filter((member) => member.country === country);
      return [country, { own, draw: sampler(own.map(({ activity }) => activity)) }];
    }),
  );
  return (random, country, daysBefore) => {
    const { own, draw } = byCountry[country] as { own: Member[]; draw: Sampler };
    const eligible = leading(own.length, (index) => (own[index] as Member).joinedDaysBefore > daysBefore);
    for (let tries = 0; eligible > 0 && tries < 8; tries++) {
      const member = own[draw(random, eligible)] as Member;
      if (member.churnedDaysBefore === null || member.churnedDaysBefore <= daysBefore) return member;
    }
    return null;
  };
}
