import type { Reason } from '../../kernel/reason.ts';
import { type Calibration, calibrate, type EliteTier, tierOf } from './calibrate.ts';
import type { CorpusView } from './corpus.ts';
import { type Package, type RarityComponents, SCORER_VERSION, scoreRaw } from './score.ts';

/** A package's rarity with everything needed to explain and repeat it (spec c.1). */
export interface RarityScore {
  /** 0..100, unrounded: tiers and thresholds compare this one. */
  readonly score: number;
  readonly raw: number;
  readonly tier: EliteTier;
  readonly components: RarityComponents;
  /** Percentile of the raw score among the tenant's last 180 days; null while uncalibrated. */
  readonly percentile: number | null;
  readonly reasons: readonly Reason[];
  readonly scorerVersion: string;
  /** Version of the calibration map; null while uncalibrated. */
  readonly calibration: string | null;
  /** Raw scores that the calibration rests on. */
  readonly calibrationSize: number;
  /** Orders compared with. */
  readonly corpusOrders: number;
}

/** Raw score, calibrated. Pure: the same package, corpus, map and instant give the same answer for ever. */
export function scorePackage(pkg: Package, corpus: CorpusView, map: Calibration, at: Date): RarityScore {
  const { raw, components, reasons } = scoreRaw(pkg, corpus, at);
  const { score, percentile, reason } = calibrate(raw, map);
  const hasColdStart = reasons.some(({ code }) => code === reason?.code);
  return {
    score: Math.min(100, Math.max(0, score)),
    raw: Math.min(100, raw),
    tier: tierOf(score),
    components,
    percentile,
    reasons: reason && !hasColdStart ? [...reasons, reason] : reasons,
    scorerVersion: SCORER_VERSION,
    calibration: map.knots.length > 0 ? map.version : null,
    calibrationSize: map.n,
    corpusOrders: corpus.orders,
  };
}

/**
 * The corpus as it would be without the order itself: an update of an order that has been counted is compared
 * with the others, as its first version was.
 */
export function withoutItself(corpus: CorpusView, placedAt: Date): CorpusView {
  return {
    orders: Math.max(0, corpus.orders - 1),
    itemOrders: (key) => Math.max(0, corpus.itemOrders(key) - 1),
    valueRank: (currency, minor) => {
      const { rank, n } = corpus.valueRank(currency, minor);
      if (rank === null || n <= 1) return { rank: null, n: 0 };
      // A middle rank counts half of the value itself.
      return { rank: Math.min(100, Math.max(0, (rank * n - 50) / (n - 1))), n: n - 1 };
    },
    setFirstSeen: (setHash) => {
      const seen = corpus.setFirstSeen(setHash);
      return seen?.getTime() === placedAt.getTime() ? null : seen;
    },
  };
}
