import type { Random } from '../../kernel/random.ts';
import { MINUTE_MS } from '../../kernel/time.ts';
import { type FillBasket, totalOf } from './basket.ts';
import { type DemoCountry, MARKETS } from './data/places.ts';
import type { LineItem } from './facts.ts';
import { makeParcel, type Parcel } from './parcel.ts';
import type { Person } from './people.ts';
import { type PaymentPace, type Settlement, settle } from './settlement.ts';

/**
 * One visit to the shop as it will have gone in the end; instants are Unix ms. `state.ts` tells what of it is known
 * at an instant.
 */
export interface Visit {
  readonly id: string;
  readonly person: Person | null;
  /** When the person signed up on this very visit. */
  readonly signedUpAt: number | null;
  readonly channel: string;
  readonly currency: string;
  readonly lines: LineItem[];
  readonly cart: { startedAt: number; lastActivityAt: number; email: string | null } | null;
  readonly order: (Settlement & { placedAt: number; parcel: Parcel }) | null;
}

/** What depends on the time of the year. */
export interface Pace extends PaymentPace {
  /** Share of ordinary customers who look for something special at an instant, 0..1. */
  readonly giftHunters: (at: number) => number;
}

/** What a visit is made of. */
export interface Visitor {
  readonly id: string;
  readonly person: Person | null;
  readonly country: DemoCountry;
  /** When the order is placed or the cart left. */
  readonly at: number;
  readonly isNew?: boolean;
}

const CHANNELS = ['web', 'app', 'marketplace', 'phone'] as const;
const CHANNEL_WEIGHTS = [62, 24, 10, 4] as const;
/** Share of web and app orders whose cart the shop keeps. */
const KNOWN_CART = 0.32;
/** A visit starts at most so long before its order. */
export const LONGEST_VISIT_MS = 30 * MINUTE_MS;

/** A visit that ends in an order. */
export function orderVisit(random: Random, fill: FillBasket, visitor: Visitor, pace: Pace): Visit {
  const { id, person, country, at } = visitor;
  const { currency } = MARKETS[country];
  const channel = CHANNELS[random.weighted(CHANNEL_WEIGHTS)] as string;
  const isHunter = random.next() < pace.giftHunters(at) || person?.isCollector === true;
  const { goods, lines } = fill(random, currency, isHunter);
  const isOnline = channel === 'web' || channel === 'app';
  const startedAt = at - random.int(2 * MINUTE_MS, LONGEST_VISIT_MS - 3 * MINUTE_MS);
  const hasCart = isOnline && random.next() < KNOWN_CART;
  return {
    id,
    person,
    signedUpAt: visitor.isNew ? startedAt - MINUTE_MS : null,
    channel,
    currency,
    lines,
    cart: hasCart ? { startedAt, lastActivityAt: at, email: null } : null,
    order: {
      placedAt: at,
      parcel: makeParcel(random, country, person?.home ?? null, goods),
      ...settle(random, { at, channel, totalMinor: totalOf(lines) }, pace),
    },
  };
}

/** A visit that ends in nothing: a customer, somebody who left an address, or nobody we could write to. */
export function abandonedVisit(random: Random, fill: FillBasket, visitor: Visitor): Visit {
  const { id, person, country, at } = visitor;
  const { currency } = MARKETS[country];
  const kind = random.next();
  const startedAt = at - random.int(0, LONGEST_VISIT_MS - MINUTE_MS);
  return {
    id,
    person: kind < 0.5 ? person : null,
    signedUpAt: null,
    channel: 'web',
    currency,
    lines: fill(random, currency, false).lines.filter((line) => line.kind === 'PRODUCT'),
    cart: {
      startedAt,
      lastActivityAt: at,
      email: kind > 0.85 ? `guest.${id.toLowerCase()}@example.com` : null,
    },
    order: null,
  };
}
