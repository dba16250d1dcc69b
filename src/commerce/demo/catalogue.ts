import type { Random } from '../../kernel/random.ts';
import { CATEGORIES, type Category, ONE_OFFS, type OneOff } from './data/items.ts';
import type { Market, Region } from './data/places.ts';
import { shuffled, stream } from './sampler.ts';

export type DemoCurrency = Market['currency'];

export interface DemoItem {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  /** List price in minor units of each currency. */
  readonly price: Readonly<Record<DemoCurrency, number>>;
  readonly grams: number;
  readonly isHazardous: boolean;
  /** Where a one-off lies; everything else is in stock everywhere. */
  readonly home: Region | null;
  /** Relative demand among ordinary customers. */
  readonly popularity: number;
  /** Relative demand among collectors, who look for what others do not have. */
  readonly appeal: number;
}

/** Zipf's law with Mandelbrot's shift: the shift keeps the best-seller from being half the shop. */
const SHIFT = 6;
const EXPONENT = 1.05;
/** Hazardous goods start at this rank of 376, so that about 1 % of the orders carry one. */
const HAZARD_RANK = 250;
const ONE_OFF_POPULARITY = 0.00004;
const ONE_OFF_APPEAL = 0.0022;

/** What the shop sells, most popular first: 376 items with a long tail and 24 one-offs. The same for a seed. */
export function buildCatalogue(seed: number): DemoItem[] {
  const random = stream(seed, 'catalogue');
  const regular = byDemand(
    random,
    CATEGORIES.filter((category) => !category.isHazardous).flatMap((category) => drafts(random, category)),
  );
  const hazards = CATEGORIES.filter((category) => category.isHazardous);
  const tail = hazards.flatMap((category) => drafts(random, category));
  regular.splice(HAZARD_RANK, 0, ...tail);
  const ranked = regular.map((draft, rank): DemoItem => {
    const popularity = 1 / (rank + SHIFT) ** EXPONENT;
    return { ...draft, popularity, appeal: draft.isHazardous ? 0 : popularity ** 0.5 / 12 };
  });
  return [...ranked, ...ONE_OFFS.map(oneOff)];
}

/** Most wanted first: luck, and a low price helps. */
function byDemand(random: Random, items: Draft[]): Draft[] {
  const coolness = new Map(items.map((item) => [item, Math.log(item.price.EUR) + 1.3 * random.normal()]));
  return items.sort((a, b) => (coolness.get(a) ?? 0) - (coolness.get(b) ?? 0));
}

type Draft = Omit<DemoItem, 'popularity' | 'appeal'>;

/** The category's items: distinct pairs of a make and a thing. */
function drafts(random: Random, category: Category): Draft[] {
  const pairs = category.makes.flatMap((make) => category.things.map((thing) => `${make} ${thing}`));
  return shuffled(random, pairs)
    .slice(0, category.count)
    .map((name, i) => ({
      sku: `${category.code}-${String(100 + i)}`,
      name,
      category: category.name,
      price: listPrices(skewed(random, category.price)),
      grams: Math.round(skewed(random, category.grams) / 10) * 10,
      isHazardous: category.isHazardous ?? false,
      home: null,
    }));
}

/** Between the ends, mostly near the lower one. */
function skewed(random: Random, [from, to]: readonly [number, number]): number {
  return Math.round(from * (to / from) ** (random.next() ** 1.4));
}

function oneOff(piece: OneOff, index: number): DemoItem {
  return {
    sku: `ONE-${String(index + 1).padStart(3, '0')}`,
    name: piece.name,
    category: piece.category,
    price: listPrices(piece.price),
    grams: piece.grams,
    isHazardous: false,
    home: piece.home,
    popularity: ONE_OFF_POPULARITY,
    appeal: ONE_OFF_APPEAL,
  };
}

/** A shop sets prices per market, it does not convert them: 24.90 €, £21.90, $26.90, ₹2,190. */
function listPrices(cents: number): DemoItem['price'] {
  const ending = (minor: number, step: number, below: number) =>
    Math.max(1, Math.round(minor / step)) * step - below;
  return {
    EUR: ending(cents, 100, 10),
    GBP: ending((cents * 86) / 100, 100, 10),
    USD: ending((cents * 109) / 100, 100, 5),
    INR: ending(cents * 90, 10_000, 1_000),
  };
}
