import type { Point } from '../../kernel/geo.ts';
import type { Random } from '../../kernel/random.ts';
import type { Basket } from './basket.ts';
import {
  COUNTRIES,
  type DemoCountry,
  MARKETS,
  type Region,
  WAREHOUSES,
  type Warehouse,
} from './data/places.ts';
import type { PlaceItem } from './facts.ts';
import { addressIn } from './people.ts';

/** What is sent from where to where. */
export interface Parcel {
  readonly pickup: PlaceItem;
  readonly delivery: PlaceItem;
  /** Null where the shop did not weigh it. */
  readonly weightGrams: number | null;
  readonly isHazardous: boolean;
}

const PACKAGING_GRAMS = 180;
const UNWEIGHED = 0.012;
const UNLOCATED = 0.015;
const FROM_ABROAD = 0.1;
const GIFTS = 0.09;
const GIFTS_ABROAD = 0.35;
const FIRST_WAREHOUSE = 0.62;
const REGIONS: readonly Region[] = ['EU', 'US', 'IN'];

/** The parcel of an order; a gift goes elsewhere than home, a one-off starts where it lies. */
export function makeParcel(
  random: Random,
  country: DemoCountry,
  home: Point | null,
  goods: Basket['goods'],
): Parcel {
  const warehouse = warehouseFor(random, country, goods);
  const isGift = random.next() < GIFTS;
  const to = isGift && random.next() < GIFTS_ABROAD ? random.pick(COUNTRIES) : country;
  const door = isGift || !home ? addressIn(random, to) : home;
  const isLocated = random.next() >= UNLOCATED;
  const grams = goods.reduce((sum, { item, quantity }) => sum + quantity * item.grams, PACKAGING_GRAMS);
  return {
    pickup: { country: warehouse.country, lat: warehouse.lat, lon: warehouse.lon },
    delivery: { country: to, lat: isLocated ? door.lat : null, lon: isLocated ? door.lon : null },
    weightGrams: random.next() < UNWEIGHED ? null : grams,
    isHazardous: goods.some(({ item }) => item.isHazardous),
  };
}

function warehouseFor(random: Random, country: DemoCountry, goods: Basket['goods']): Warehouse {
  const own = MARKETS[country].region;
  const isAway = random.next() < FROM_ABROAD;
  const away = random.pick(REGIONS.filter((region) => region !== own));
  const region = goods.find(({ item }) => item.home)?.item.home ?? (isAway ? away : own);
  return WAREHOUSES[region][random.next() < FIRST_WAREHOUSE ? 0 : 1];
}
