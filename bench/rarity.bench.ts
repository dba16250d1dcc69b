import {
  addTo,
  type CorpusView,
  calibrate,
  calibration,
  corpusView,
  type Histogram,
  itemKey,
  itemSetHash,
  type Package,
  type PackageItem,
  rawBucket,
  scoreRaw,
  valueBin,
} from '../src/delivery/rarity/index.ts';
import { money } from '../src/kernel/money.ts';
import { type Random, seeded } from '../src/kernel/random.ts';
import { DAY_MS } from '../src/kernel/time.ts';

const PACKAGES = 400_000;
const CORPUS_ORDERS = 100_000;
const CATALOGUE = 20_000;
const AT = new Date('2026-06-30T12:00:00Z');

/** Scores 400,000 packages of 3–5 items against 100,000 orders, beside a loop that only looks items up. */
export async function run(): Promise<{
  name: string;
  figures: Record<string, number | string>;
  goal: string;
}> {
  const random = seeded(20260630);
  const catalogue = Array.from({ length: CATALOGUE }, (_, i) => ({
    name: `Item number ${i}`,
    sku: `SKU-${String(i).padStart(6, '0')}`,
    category: `category-${i % 40}`,
  }));
  const { view, counts } = buildCorpus(random, catalogue);
  const packages = Array.from({ length: PACKAGES }, () => draw(random, catalogue));
  score(packages.slice(0, 20_000), view); // warm up

  const scored = timed(() => score(packages, view));
  const looked = timed(() => lookUp(packages, counts));
  const counted = timed(() => count(scored.result));
  const map = calibration(counted.result);
  const elite = timed(() => scored.result.filter((raw) => calibrate(raw, map).score >= 95).length);
  return {
    name: 'rarity: score packages in memory, one thread',
    figures: {
      packages: PACKAGES,
      corpusOrders: CORPUS_ORDERS,
      scoredPerSecond: Math.round(PACKAGES / scored.seconds),
      countedPerSecond: Math.round(PACKAGES / counted.seconds),
      calibratedPerSecond: Math.round(PACKAGES / elite.seconds),
      elitePercent: Number(((elite.result / PACKAGES) * 100).toFixed(2)),
      lookUpOnlyPerSecond: Math.round(PACKAGES / looked.seconds),
      timesLookUp: Number((scored.seconds / looked.seconds).toFixed(1)),
      rawBuckets: Object.keys(counted.result).length,
    },
    goal: 'at least 200,000 packages/s',
  };
}

/** Popularity falls steeply, as in a shop: the square puts most draws on few items. */
function draw(random: Random, catalogue: PackageItem[]): Package {
  const items = Array.from({ length: random.int(3, 5) }, () => {
    return catalogue[Math.floor(random.next() ** 3 * catalogue.length)] as PackageItem;
  });
  return { items, estimatedValue: money(BigInt(Math.round(2000 * Math.exp(random.normal()))), 'EUR') };
}

function buildCorpus(
  random: Random,
  catalogue: PackageItem[],
): { view: CorpusView; counts: Map<string, number> } {
  const counts = new Map<string, number>();
  const firstSeen = new Map<string, Date>();
  const values: Histogram = {};
  for (let i = 0; i < CORPUS_ORDERS; i++) {
    const order = draw(random, catalogue);
    const keys = [...new Set(order.items.map(itemKey))];
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    firstSeen.set(itemSetHash(keys), new Date(AT.getTime() - random.next() * 180 * DAY_MS));
    addTo(values, valueBin(order.estimatedValue?.amountMinor ?? 0n));
  }
  const view = corpusView({ orders: CORPUS_ORDERS, itemOrders: counts, values: { EUR: values }, firstSeen });
  return { view, counts };
}

function score(packages: Package[], view: CorpusView): Float64Array {
  const raws = new Float64Array(packages.length);
  for (const [i, pkg] of packages.entries()) raws[i] = scoreRaw(pkg, view, AT).raw;
  return raws;
}

function count(raws: Float64Array): Histogram {
  const histogram: Histogram = {};
  for (const raw of raws) addTo(histogram, rawBucket(raw));
  return histogram;
}

/** The least any scorer must do: visit every item and look its count up. */
function lookUp(packages: Package[], counts: Map<string, number>): number {
  let sum = 0;
  for (const { items } of packages) for (const { sku } of items) sum += counts.get(sku as string) ?? 0;
  return sum;
}

function timed<T>(work: () => T): { result: T; seconds: number } {
  const start = performance.now();
  const result = work();
  return { result, seconds: (performance.now() - start) / 1000 };
}
