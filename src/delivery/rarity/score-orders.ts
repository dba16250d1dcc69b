import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { calibration } from './calibrate.ts';
import { byDay, type DayTotals, keysOf, type OrderPackage, type PackageKeys } from './contribution.ts';
import { addAll, type Histogram, subtractAll, total } from './histogram.ts';
import { type RarityScore, scorePackage, withoutItself } from './rarity-score.ts';
import {
  type Corpus,
  dropRawScores,
  expireBefore,
  knownOrders,
  loadView,
  lockCorpus,
  outgrownDays,
  saveCorpus,
} from './store.ts';
import { addDays, addOrders } from './store-absorb.ts';
import { dayOf, windowStart } from './window.ts';

const SMALLEST_BATCH = 50;
const LARGEST_BATCH = 1_000;
const GROWTH = 1.25;
/** Below this, dropping raw scores would leave too few to calibrate by. */
const GROWN_FROM = 1_000;
const LEAST_SCORES = 200;

/** A tenant's corpus, opened and locked for one batch. */
export interface OpenCorpus {
  /**
   * How many orders the next batch may have. A batch is scored against the corpus before it, so it must stay
   * small beside it: a quarter of what the corpus holds, from 50 to 1,000. That is how a history of any length
   * calibrates itself: the first fifty orders meet an empty corpus, the next fifty meet fifty, and so on.
   */
  readonly batchSize: number;
  /**
   * Scores the orders, all against the corpus and the calibration as they were before the batch, then absorbs
   * those it has not counted yet and recalibrates. In the order given; call it once.
   */
  score(packages: readonly OrderPackage[]): Promise<RarityScore[]>;
}

/** Opens the corpus for scoring; the tenant's other batches wait until this transaction ends. */
export async function openCorpus(scope: Scope, tx: Tx): Promise<OpenCorpus> {
  const corpus = await lockCorpus(tx, scope.tenantId, scope.now);
  const quarter = Math.floor(corpus.orders / 4);
  return {
    batchSize: Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, quarter)),
    score: (packages) =>
      packages.length === 0 ? Promise.resolve([]) : scoreBatch(scope, tx, corpus, packages),
  };
}

interface Scored {
  readonly pkg: OrderPackage;
  readonly keys: PackageKeys;
  readonly raw: number;
}

async function scoreBatch(
  scope: Scope,
  tx: Tx,
  corpus: Corpus,
  packages: readonly OrderPackage[],
): Promise<RarityScore[]> {
  await moveWindow(scope, tx, corpus, packages);
  const keys = packages.map(keysOf);
  const items = [...new Set(keys.flatMap((of) => of.keys))];
  const sets = [...new Set(keys.map((of) => of.setHash))];
  const view = await loadView(tx, scope.tenantId, corpus, items, sets);
  const ids = packages.map((pkg) => pkg.orderId);
  const known = await knownOrders(tx, scope.tenantId, ids);
  const scores = packages.map((pkg) => {
    const seen = known.has(pkg.orderId) ? withoutItself(view, pkg.placedAt) : view;
    return scorePackage(pkg, seen, corpus.calibration, pkg.placedAt);
  });
  const fresh = packages.flatMap((pkg, i): Scored[] => {
    const isOld = dayOf(pkg.placedAt) < (corpus.windowFrom ?? '');
    if (isOld || known.has(pkg.orderId)) return [];
    return [{ pkg, keys: keys[i] as PackageKeys, raw: (scores[i] as RarityScore).raw }];
  });
  await absorb(scope, tx, corpus, fresh);
  return scores;
}

/** The window ends with the newest order seen, so that a shop at rest keeps its last 180 days of trade. */
async function moveWindow(
  scope: Scope,
  tx: Tx,
  corpus: Corpus,
  packages: readonly OrderPackage[],
): Promise<void> {
  const newest = Math.max(corpus.seenTo?.getTime() ?? 0, ...packages.map((pkg) => pkg.placedAt.getTime()));
  corpus.seenTo = new Date(newest);
  const start = windowStart(corpus.seenTo);
  if (corpus.windowFrom !== null && start > corpus.windowFrom) {
    for (const day of await expireBefore(tx, scope.tenantId, start)) {
      corpus.orders -= day.orders;
      subtractAll(corpus.rawScores, day.rawScores);
      for (const [currency, histogram] of Object.entries(day.values)) {
        subtractAll(corpus.values[currency] ?? {}, histogram);
      }
    }
  }
  corpus.windowFrom = start;
}

async function absorb(scope: Scope, tx: Tx, corpus: Corpus, fresh: readonly Scored[]): Promise<void> {
  if (fresh.length > 0) {
    const days = byDay(fresh);
    const scoredAgainst = corpus.orders;
    for (const day of days.values()) addToCorpus(corpus, day);
    await addOrders(tx, scope.tenantId, fresh);
    await addDays(tx, scope.tenantId, days, scoredAgainst);
    await dropOutgrown(scope, tx, corpus);
  }
  corpus.calibration = calibration(corpus.rawScores);
  await saveCorpus(tx, scope.tenantId, corpus, scope.now);
}

/**
 * Against few orders everything looks rare, so the first days of a growing shop would hold the top percents of its
 * histogram for 180 days. Whenever the window holds a quarter more orders than at the last time, raw scores made
 * against less than four fifths of them leave the histogram early. Once the window is full this never happens, and
 * the histogram is what spec c.1 says: all raw scores of the trailing 180 days.
 */
async function dropOutgrown(scope: Scope, tx: Tx, corpus: Corpus): Promise<void> {
  if (corpus.orders < GROWN_FROM || corpus.orders < corpus.settledOrders * GROWTH) return;
  corpus.settledOrders = corpus.orders;
  const days = await outgrownDays(tx, scope.tenantId, Math.floor(corpus.orders / GROWTH));
  const gone = days.reduce((sum, { rawScores }) => sum + total(rawScores), 0);
  if (gone === 0 || total(corpus.rawScores) - gone < LEAST_SCORES) return;
  for (const { rawScores } of days) subtractAll(corpus.rawScores, rawScores);
  await dropRawScores(
    tx,
    scope.tenantId,
    days.map(({ day }) => day),
  );
}

function addToCorpus(corpus: Corpus, day: DayTotals): void {
  corpus.orders += day.orders;
  addAll(corpus.rawScores, day.rawScores);
  for (const [currency, histogram] of Object.entries(day.values)) {
    corpus.values[currency] ??= {};
    addAll(corpus.values[currency] as Histogram, histogram);
  }
}
