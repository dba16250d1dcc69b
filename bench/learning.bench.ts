import { bucket } from '../src/kernel/murmur.ts';
import { seeded } from '../src/kernel/random.ts';
import { type Demand, type Market, Simulation } from './learning/market.ts';

const OFFERS = 10_000;
const PRICES = [300_000, 500_000, 700_000];
const COST = 60_000;
const SEEDS = [1, 2];
const GATE_RUNS = 100;

const market = (demand: Demand, more: Partial<Market> = {}): Market => ({
  ...{
    demand,
    prices: PRICES,
    control: 500_000,
    costMinor: COST,
    offersPerDay: 400,
    every: 1,
    draws: 10_000,
  },
  ...{ holdout: 0, ...more },
});

/** Demand of spec d.4: 35, 25 and 20 % at 3, 5 and 7 thousand; the dearest earns most. */
const steady: Demand = {
  accepts: (_day, price) => ({ 300000: 0.35, 500000: 0.25, 700000: 0.2 })[price] ?? 0,
};
/** The same at first; over the second week shoppers turn to the cheap: from then on the cheapest earns most. */
const drifting: Demand = {
  accepts(day, price) {
    const late = { 300000: 0.45, 500000: 0.2, 700000: 0.1 }[price] ?? 0;
    const share = Math.min(1, Math.max(0, (day - 7) / 7));
    return (1 - share) * steady.accepts(day, price) + share * late;
  },
};
/** The dearest earns most and one in twelve complains. */
const harmful: Demand = { ...steady, complains: (price) => (price === 700_000 ? 0.08 : 0.002) };

interface Earned {
  learned: number;
  oracle: number;
  equal: number;
  /** What the control price alone would have earned. */
  control: number;
}

const value = (demand: Demand, day: number, price: number): number =>
  demand.accepts(day, price) * (price - COST);

/**
 * 10,000 offers as the product makes them: an experiment, its end, the gate, the price that holds then. With `retest`
 * somebody starts the next one that many days after an end. Earnings are expectations under the known demand.
 */
function trade(demand: Demand, seed: number, retest: number | null): Earned {
  const earned: Earned = { learned: 0, oracle: 0, equal: 0, control: 0 };
  const perHour = 400 / 24;
  let inForce = 500_000;
  let run: Simulation | null = new Simulation(market(demand), seed);
  let endedAt = 0;
  for (let hour = 0, made = 0; made < OFFERS; hour++) {
    for (; made < Math.min(OFFERS, (hour + 1) * perHour); made++) {
      const price = run ? run.offer() : inForce;
      const values = PRICES.map((each) => value(demand, hour / 24, each));
      earned.learned += value(demand, hour / 24, price);
      earned.oracle += Math.max(...values);
      earned.equal += values.reduce((sum, each) => sum + each, 0) / values.length;
      earned.control += value(demand, hour / 24, 500_000);
    }
    if (run) {
      run.step();
      if (!run.ending) continue;
      const arm = run.experiment.arms.find(({ key }) => key === run?.winner);
      if (run.gate(run.winner)?.verdict === 'PROMOTE') inForce = Number(arm?.priceMinor);
      [run, endedAt] = [null, hour];
    } else if (retest !== null && hour - endedAt >= retest * 24) {
      run = new Simulation({ ...market(demand), control: inForce }, seed + 1_000 * hour, hour + 1);
    }
  }
  return earned;
}

/** Regret against the oracle in percent of what it earns: learned, equal split, the control price. */
function regret(demand: Demand, retest: number | null): Record<keyof Omit<Earned, 'oracle'>, number> {
  const runs = SEEDS.map((seed) => trade(demand, seed, retest));
  const total = (key: keyof Earned): number => runs.reduce((sum, run) => sum + run[key], 0);
  const share = (key: keyof Earned): number => Number((100 * (1 - total(key) / total('oracle'))).toFixed(2));
  return { learned: share('learned'), equal: share('equal'), control: share('control') };
}

/** How many offers the harmful arm had made before it was paused, at worst; and whether anything else was paused. */
function guarded(): { offers: number; stopped: number; others: number } {
  const runs = Array.from({ length: 20 }, (_, seed) => {
    const run = new Simulation(market(harmful, { draws: 100 }), seed);
    for (let hour = 0; hour < 72; hour++) {
      for (let i = 0; i < 17; i++) run.offer();
      run.step();
    }
    return run.pausedAfterOffers;
  });
  const harmed = runs.flatMap((run) => run.C ?? []);
  const others = runs.filter((run) => run.A !== undefined || run.B !== undefined).length;
  return { offers: Math.max(...harmed), stopped: harmed.length, others };
}

/**
 * Shops with a demand drawn at random; after 14 days the gate is asked about the challenger that looks best. The truth
 * is whether that price really earns more than the control.
 */
function judged(): { right: number; better: number; falsePromotions: number; missed: number } {
  const counts = { right: 0, better: 0, falsePromotions: 0, missed: 0 };
  for (let seed = 1; seed <= GATE_RUNS; seed++) {
    const random = seeded(bucket(`shop ${seed}`, 2 ** 31));
    // Prices that shoppers find fair lie around the control, so that it often is the best one.
    const [worth, spread] = [350_000 + 350_000 * random.next(), 40_000 + 120_000 * random.next()];
    const top = 0.3 + 0.4 * random.next();
    const demand: Demand = { accepts: (_day, price) => top / (1 + Math.exp((price - worth) / spread)) };
    const run = new Simulation(market(demand, { every: 12, draws: 1_000 }), seed);
    while (run.hour < 14 * 24 && !run.ending) {
      for (let i = 0; i < 200; i++) run.offer();
      run.step();
    }
    const challengers = ['A', 'C'].map((arm) => ({ arm, answer: run.gate(arm) }));
    const [best] = challengers.toSorted(
      (a, b) => (b.answer?.candidate.snips ?? 0) - (a.answer?.candidate.snips ?? 0),
    );
    const isPromoted = best?.answer?.verdict === 'PROMOTE';
    const isBetter = value(demand, 0, best?.arm === 'A' ? 300_000 : 700_000) > value(demand, 0, 500_000);
    if (isBetter) counts.better++;
    if (isPromoted === isBetter) counts.right++;
    else if (isPromoted) counts.falsePromotions++;
    else counts.missed++;
  }
  return counts;
}

/** Learning on simulated shoppers whose demand is known, with the product's own rules. */
export async function run(): Promise<{
  name: string;
  figures: Record<string, number | string>;
  goal: string;
}> {
  const calm = regret(steady, null);
  const drift = regret(drifting, 3);
  const guard = guarded();
  const gate = judged();
  const begin = performance.now();
  new Simulation(market(steady), 1).step();
  return {
    name: `learning: ${OFFERS.toLocaleString('en')} offers, three prices, simulated shoppers`,
    figures: {
      'steady demand: regret, % of oracle': calm.learned,
      'steady demand: equal split, %': calm.equal,
      'steady demand: control price, %': calm.control,
      'drifting demand: regret, % of oracle': drift.learned,
      'drifting demand: equal split, %': drift.equal,
      'drifting demand: control price, %': drift.control,
      'harmful arm stopped, of 20 runs': guard.stopped,
      'its offers until then, at most': guard.offers,
      'harmless arms stopped, of 20 runs': guard.others,
      'gate right, of 100 runs': gate.right,
      'truly better challengers': gate.better,
      'promoted though not better': gate.falsePromotions,
      'not promoted though better': gate.missed,
      'one reweighting, ms': Number((performance.now() - begin).toFixed(1)),
    },
    goal: 'regret below half of the equal split’s; the harmful arm stopped in every run; gate right in 90 of 100',
  };
}
