import { bucket } from '../../kernel/murmur.ts';
import { MINUTE_MS } from '../../kernel/time.ts';
import type { Offer } from '../offers/index.ts';

/** What a demo customer does about an offer. */
export type DemoAnswer = 'ACCEPT' | 'DECLINE' | 'IGNORE';

/** Share that accepts, by price in INR minor units: the demand of the acceptance example of spec d.4. */
const DEMAND: readonly (readonly [price: number, share: number])[] = [
  [300_000, 0.35],
  [500_000, 0.25],
  [700_000, 0.2],
];
/** Of those who do not accept, this share says so; the others let the offer run out. */
const SAYS_NO = 0.5;
const FIRST_ANSWER_MIN = 0.2;
const LAST_ANSWER_MIN = 10;

/** A reproducible number in [0, 1) for one trait of one offer. */
const chance = (offerId: string, trait: string): number => bucket(`${offerId}|${trait}`, 1_000_000) / 1e6;

/** The share of customers who accept at this price: linear between the known points, flat outside. */
export function demandAt(priceMinor: number): number {
  const [first] = DEMAND;
  let [lowPrice, lowShare] = first as (typeof DEMAND)[number];
  if (priceMinor <= lowPrice) return lowShare;
  for (const [price, share] of DEMAND) {
    if (priceMinor <= price) {
      const part = price === lowPrice ? 0 : (priceMinor - lowPrice) / (price - lowPrice);
      return lowShare + part * (share - lowShare);
    }
    [lowPrice, lowShare] = [price, share];
  }
  return lowShare;
}

/** What the customer will answer, and when; the same offer always gets the same answer. */
export function demoAnswer(offer: Pick<Offer, 'id' | 'bundlePriceMinor' | 'offeredAt'>): {
  answer: DemoAnswer;
  at: Date;
} {
  const wants = chance(offer.id, 'accepts') < demandAt(Number(offer.bundlePriceMinor));
  const answer = wants ? 'ACCEPT' : chance(offer.id, 'says no') < SAYS_NO ? 'DECLINE' : 'IGNORE';
  const minutes = FIRST_ANSWER_MIN + chance(offer.id, 'minutes') * (LAST_ANSWER_MIN - FIRST_ANSWER_MIN);
  return { answer, at: new Date((offer.offeredAt?.getTime() ?? 0) + minutes * MINUTE_MS) };
}

/** What the customer says afterwards: three in five say something, most are pleased; null: nothing. */
export function demoFeedback(offerId: string): { rating: number; complaint: boolean } | null {
  if (chance(offerId, 'speaks') >= 0.6) return null;
  const mood = chance(offerId, 'mood');
  const rating = mood < 0.02 ? 1 : mood < 0.08 ? 3 : mood < 0.4 ? 4 : 5;
  return { rating, complaint: rating === 1 };
}
