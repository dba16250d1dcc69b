import { type Money, money } from '../../kernel/money.ts';
import type { Reason } from '../../kernel/reason.ts';

/** Where the adaptive thresholds of one action type stand (spec d.3). */
export interface StrategyState {
  readonly actionType: string;
  /** −2..2. */
  readonly aggressiveness: number;
  /** The learned price and the price of the settings it was learned against; null: nothing was learned. */
  readonly priceMinor: bigint | null;
  readonly baseMinor: bigint | null;
  readonly priceCurrency: string | null;
  /** Last step, approval or revert: the next one waits 24 h. */
  readonly changedAt: Date | null;
  readonly version: number;
}

/** What is in force for an action type. */
export interface Strategy {
  readonly aggressiveness: number;
  /** Score from which a package is worth an offer, [90, 99.5]. */
  readonly rarityThreshold: number;
  readonly offersPerDay: number;
  readonly price: Money;
  /** Whether the price was learned; otherwise it is the one of the settings. */
  readonly isPriceLearned: boolean;
}

/** The settings that strategy starts from. */
export interface StrategyBase {
  readonly rarityThreshold: number;
  readonly offersPerDay: number;
  readonly bundlePriceMinor: bigint;
  readonly bundleCurrency: string;
}

export const CHANGE_KINDS = ['AGGRESSIVENESS', 'PRICE', 'PROMOTION', 'EXCLUSION'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];
export const CHANGE_STATUSES = ['APPLIED', 'PROPOSED', 'HELD', 'REVERTED', 'REJECTED'] as const;
export type ChangeStatus = (typeof CHANGE_STATUSES)[number];

/** What a change says was, or would be, in force; only the fields it is about. */
export interface StrategyPoint {
  readonly aggressiveness?: number;
  /** Minor units; null: the price of the settings. */
  readonly priceMinor?: string | null;
  readonly baseMinor?: string | null;
  readonly currency?: string;
  readonly exclusionId?: string;
  readonly tokens?: readonly string[];
  readonly categories?: readonly string[];
  readonly until?: string;
}

/** A step that learning took or proposed, and what it rests on. */
export interface StrategyChange {
  readonly id: string;
  readonly actionType: string;
  readonly kind: ChangeKind;
  readonly before: StrategyPoint;
  readonly after: StrategyPoint;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly reasons: readonly Reason[];
  readonly status: ChangeStatus;
  readonly decisionId: string;
  readonly createdAt: Date;
  readonly closedAt: Date | null;
  readonly closedBy: string | null;
  readonly version: number;
}

/** Kinds that move the same thing: a price step and a promotion both set the price. */
export const familyOf = (kind: ChangeKind): readonly ChangeKind[] =>
  kind === 'PRICE' || kind === 'PROMOTION' ? ['PRICE', 'PROMOTION'] : [kind];

export const startState = (actionType: string): StrategyState => ({
  ...{ actionType, aggressiveness: 0, priceMinor: null, baseMinor: null, priceCurrency: null },
  ...{ changedAt: null, version: 0 },
});

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/**
 * What is in force: each level of aggressiveness lowers the rarity threshold by 0.5 (within [90, 99.5]) and raises the
 * daily cap by 10 % of the settings' one. A learned price counts while the settings still say what they said when it
 * was learned: an operator who sets another price means it. Spec d.3.
 */
export function strategyFrom(state: StrategyState, base: StrategyBase): Strategy {
  const { aggressiveness, priceMinor, baseMinor, priceCurrency } = state;
  const isPriceLearned =
    priceMinor !== null && baseMinor === base.bundlePriceMinor && priceCurrency === base.bundleCurrency;
  return {
    aggressiveness,
    rarityThreshold: clamp(base.rarityThreshold - 0.5 * aggressiveness, 90, 99.5),
    offersPerDay: Math.floor((base.offersPerDay * (10 + aggressiveness) + 5) / 10),
    price: money(isPriceLearned ? priceMinor : base.bundlePriceMinor, base.bundleCurrency),
    isPriceLearned,
  };
}

/** The state with a change's `point` in force. */
export function withPoint(state: StrategyState, point: StrategyPoint, now: Date): StrategyState {
  const { aggressiveness = state.aggressiveness, priceMinor, baseMinor, currency } = point;
  const price =
    priceMinor === undefined
      ? {}
      : {
          priceMinor: priceMinor === null ? null : BigInt(priceMinor),
          baseMinor: baseMinor == null ? null : BigInt(baseMinor),
          priceCurrency: priceMinor === null ? null : (currency ?? null),
        };
  return { ...state, aggressiveness, ...price, changedAt: now, version: state.version + 1 };
}

/** Whether what a change wants to leave is still in force. */
export function isAt(state: StrategyState, point: StrategyPoint): boolean {
  if (point.aggressiveness !== undefined) return point.aggressiveness === state.aggressiveness;
  if (point.priceMinor === undefined) return true;
  const same = (text: string | null | undefined, minor: bigint | null): boolean =>
    (text ?? null) === (minor?.toString() ?? null);
  return same(point.priceMinor, state.priceMinor) && same(point.baseMinor, state.baseMinor);
}

/** The price part of a state, for `before` and `after`. */
export const pricePoint = (state: StrategyState): StrategyPoint => ({
  priceMinor: state.priceMinor?.toString() ?? null,
  baseMinor: state.baseMinor?.toString() ?? null,
  ...(state.priceCurrency && { currency: state.priceCurrency }),
});
