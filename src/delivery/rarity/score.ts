import { ValidationError } from '../../kernel/errors.ts';
import type { Money } from '../../kernel/money.ts';
import type { Reason } from '../../kernel/reason.ts';
import { DAY_MS } from '../../kernel/time.ts';
import { type CorpusView, itemKey } from './corpus.ts';
import { REASONS } from './reasons.ts';
import { distinctSetHash } from './set-hash.ts';

/** Changes whenever the same facts could give another score; stored with every decision (spec 0.6). */
export const SCORER_VERSION = 'rarity-1';

export interface PackageItem {
  readonly name: string;
  readonly sku?: string | null;
  readonly category?: string | null;
}

/** What is scored: 1..100 items and, if known, what they are worth together. */
export interface Package {
  readonly items: readonly PackageItem[];
  readonly estimatedValue?: Money | null;
}

/** Each 0..100, unrounded. */
export interface RarityComponents {
  readonly uniqueness: number;
  readonly complexity: number;
  readonly value: number;
  readonly freshness: number;
}

/** Weighted sum of the components, 0..100, unrounded and not yet calibrated. */
export interface RawScore {
  readonly raw: number;
  readonly components: RarityComponents;
  readonly reasons: readonly Reason[];
}

const NEUTRAL_VALUE = 50;
const MIN_VALUES = 20;
const FRESH_DAYS = 30;

/** Raw rarity of a package against its tenant's corpus at the instant `at` (spec c.1). Pure. */
export function scoreRaw(pkg: Package, corpus: CorpusView, at: Date): RawScore {
  if (pkg.items.length === 0) throw new ValidationError('items', 'A package needs at least one item.');
  const reasons: Reason[] = [];
  if (corpus.orders === 0) reasons.push(REASONS.coldStart);
  const keys = distinctKeys(pkg.items);
  const components = {
    uniqueness: uniqueness(keys, corpus, reasons),
    complexity: complexity(keys.length, distinctCategories(pkg.items), reasons),
    value: value(pkg.estimatedValue, corpus, reasons),
    freshness: freshness(keys, corpus, at, reasons),
  };
  const raw =
    0.4 * components.uniqueness +
    0.25 * components.complexity +
    0.2 * components.value +
    0.15 * components.freshness;
  return { raw, components, reasons };
}

/**
 * Mean information of the two rarest items over the most any item can carry, log2(N+2). Information falls
 * as the order count rises, so the two smallest counts decide and only they need a logarithm.
 */
function uniqueness(keys: readonly string[], corpus: CorpusView, reasons: Reason[]): number {
  let rarest = Number.POSITIVE_INFINITY;
  let second = Number.POSITIVE_INFINITY;
  for (const key of keys) {
    const seen = corpus.itemOrders(key);
    if (seen < rarest) {
      second = rarest;
      rarest = seen;
    } else if (seen < second) second = seen;
  }
  const most = Math.log2(corpus.orders + 2);
  const share = (seen: number): number => Math.min(1, Math.max(0, 1 - Math.log2(seen + 1) / most));
  const mean = keys.length === 1 ? share(rarest) : (share(rarest) + share(second)) / 2;
  if (rarest === 0) reasons.push(keys.length > 1 && second === 0 ? REASONS.unseenItems : REASONS.unseenItem);
  else if (mean >= 0.5) reasons.push(REASONS.rareItems);
  else if (mean < 0.2) reasons.push(REASONS.commonItems);
  return 100 * mean;
}

function complexity(items: number, categories: number, reasons: Reason[]): number {
  if (items >= 5 && categories >= 3) reasons.push(REASONS.richSet);
  return 100 * (0.6 * Math.min(1, items / 5) + 0.4 * Math.min(1, categories / 3));
}

function value(estimate: Money | null | undefined, corpus: CorpusView, reasons: Reason[]): number {
  if (!estimate) {
    reasons.push(REASONS.noValue);
    return NEUTRAL_VALUE;
  }
  const { rank, n } = corpus.valueRank(estimate.currency, estimate.amountMinor);
  if (rank === null || n < MIN_VALUES) {
    reasons.push(REASONS.fewValues);
    return NEUTRAL_VALUE;
  }
  if (rank >= 95) reasons.push(REASONS.topValue);
  return rank;
}

function freshness(keys: string[], corpus: CorpusView, at: Date, reasons: Reason[]): number {
  const seen = corpus.setFirstSeen(distinctSetHash(keys));
  if (seen === null) {
    reasons.push(REASONS.neverSeenSet);
    return 100;
  }
  const ageDays = Math.max(0, at.getTime() - seen.getTime()) / DAY_MS;
  reasons.push(ageDays < FRESH_DAYS ? REASONS.recentSet : REASONS.knownSet);
  return Math.max(0, 100 - (ageDays / FRESH_DAYS) * 100);
}

/** A linear search beats a Set for the handful of items a package has, and 100 is the limit. */
function distinctKeys(items: readonly PackageItem[]): string[] {
  const keys: string[] = [];
  for (const item of items) {
    const key = itemKey(item);
    if (!keys.includes(key)) keys.push(key);
  }
  return keys;
}

function distinctCategories(items: readonly PackageItem[]): number {
  const found: string[] = [];
  for (const { category } of items) if (category && !found.includes(category)) found.push(category);
  return found.length;
}
