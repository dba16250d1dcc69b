import {
  type ArmDayFact,
  condensed,
  costFloorOf,
  drawArm,
  type Ending,
  evidenceOf,
  type PriceExperiment,
  type PropensityGroup,
  promotionFormula,
  reweightFormula,
} from '../../src/growth/learning/index.ts';
import { bucket } from '../../src/kernel/murmur.ts';
import { type Random, seeded } from '../../src/kernel/random.ts';
import { addMs, DAY_MS, HOUR_MS } from '../../src/kernel/time.ts';

/** What shoppers do, known to the simulation alone. */
export interface Demand {
  /** Probability that a shopper of this day accepts this price (minor units). */
  accepts(day: number, priceMinor: number): number;
  /** Share of offers at this price that are complained about. */
  complains?(priceMinor: number): number;
}

export interface Market {
  readonly demand: Demand;
  readonly prices: readonly number[];
  readonly control: number;
  readonly costMinor: number;
  readonly offersPerDay: number;
  /** Hours between looks at the weights; the product's own is 1. */
  readonly every: number;
  readonly draws: number;
  readonly holdout: number;
}

interface Waiting {
  arm: string;
  propensity: number;
  isConverted: boolean;
  isComplaint: boolean;
  madeAt: number;
  settledAt: number;
}

const START = Date.UTC(2026, 0, 1);

/** A price experiment of the product on simulated shoppers, hour by hour. The database is two maps. */
export class Simulation {
  readonly market: Market;
  readonly random: Random;
  experiment: PriceExperiment;
  hour = 0;
  ending: Ending | null = null;
  winner: string | null = null;
  pausedAfterOffers: Record<string, number> = {};
  offers = 0;
  /** Offers made, answered or not. */
  private made = new Map<string, number>();
  private waiting: Waiting[] = [];
  private days = new Map<string, ArmDayFact & { offers: number }>();
  private groups = new Map<string, PropensityGroup>();

  constructor(market: Market, seed: number, startHour = 0) {
    this.market = market;
    // Neighbouring seeds start alike, so they are spread first.
    this.random = seeded(bucket(`shoppers ${seed}`, 2 ** 31));
    this.hour = startHour;
    this.experiment = newExperiment(market, seed, this.now());
  }

  now(): Date {
    return addMs(new Date(START), this.hour * HOUR_MS);
  }

  /** One offer to a new shopper now; answers the price. */
  offer(): number {
    const { market, random } = this;
    const drawn = drawArm(this.experiment, `c${random.int(0, 2 ** 31 - 1)}-${this.offers++}`);
    const arm = this.experiment.arms.find(({ key }) => key === drawn?.arm);
    const price = Number(arm?.priceMinor ?? market.control);
    const isConverted = random.next() < market.demand.accepts(this.hour / 24, price);
    // Who says yes says so within half a day; of the others every second one lets the 24 hours pass.
    const hours = isConverted || random.next() < 0.5 ? 12 * random.next() : 24;
    const isComplaint = random.next() < (market.demand.complains?.(price) ?? 0);
    const madeAt = this.hour;
    if (drawn) this.made.set(drawn.arm, (this.made.get(drawn.arm) ?? 0) + 1);
    if (drawn) this.waiting.push({ ...drawn, isConverted, isComplaint, madeAt, settledAt: madeAt + hours });
    return price;
  }

  /** What a cycle does: answers that are in count, then the next step. */
  step(): void {
    this.hour += this.market.every;
    for (const offer of this.waiting) if (offer.settledAt <= this.hour) this.settle(offer);
    this.waiting = this.waiting.filter(({ settledAt }) => settledAt > this.hour);
    if (this.ending) return;
    const days = [...this.days.values()];
    const now = this.now();
    const { output } = reweightFormula.compute({
      ...{ experimentId: this.experiment.id, currency: 'INR', now, startedAt: this.experiment.startedAt },
      ...{ endsAt: null, budgetOffers: null, draws: this.market.draws, isDue: true },
      seed: bucket(`${this.experiment.seed}:${this.hour}`, 2 ** 31),
      costFloor: costFloorOf(this.experiment, days, now),
      arms: evidenceOf(this.experiment, days, now),
    });
    const arms = this.experiment.arms.map((arm) => {
      const next = output.arms.find(({ key }) => key === arm.key);
      if (!next?.pausedReason) return { ...arm, weight: next?.weight ?? arm.weight };
      this.pausedAfterOffers[arm.key] = this.made.get(arm.key) ?? 0;
      return { ...arm, weight: 0, status: 'PAUSED' as const, pausedReason: next.pausedReason };
    });
    this.experiment = { ...this.experiment, arms };
    this.winner = output.winner;
    const mustWait = output.ending === 'BEST_FOUND' && this.gate(this.winner)?.verdict === 'ESS_TOO_SMALL';
    this.ending = mustWait ? null : output.ending;
  }

  /** The off-policy gate's word on an arm against the control; null for the control itself. */
  gate(arm: string | null) {
    const control = this.experiment.arms.find(({ isControl }) => isControl)?.key as string;
    if (arm === null || arm === control) return null;
    return promotionFormula.compute({
      ...{ experimentId: this.experiment.id, currency: 'INR', seed: this.experiment.seed },
      ...{ candidate: { [arm]: 1 }, current: { [control]: 1 } },
      groups: condensed([...this.groups.values()], new Set([arm, control])),
    }).output;
  }

  private settle({ arm, propensity, isConverted, isComplaint, madeAt }: Waiting): void {
    const { id: experimentId } = this.experiment;
    const { costMinor } = this.market;
    const price = Number(
      this.experiment.arms.find(({ key }) => key === arm)?.priceMinor ?? this.market.control,
    );
    const day = Math.floor(madeAt / 24);
    const before = this.days.get(`${arm}|${day}`);
    this.days.set(`${arm}|${day}`, {
      ...{ experimentId, arm, day: new Date(START + day * DAY_MS), refunds: 0 },
      offers: (before?.offers ?? 0) + 1,
      conversions: (before?.conversions ?? 0) + Number(isConverted),
      complaints: (before?.complaints ?? 0) + Number(isComplaint),
      costMinor: (before?.costMinor ?? 0n) + BigInt(costMinor),
    });
    const key = `${arm}|${propensity}|${isConverted}`;
    const group = this.groups.get(key);
    this.groups.set(key, {
      ...{ experimentId, arm, propensity, isConverted },
      offers: (group?.offers ?? 0) + 1,
      rewardMinor: (group?.rewardMinor ?? 0n) + BigInt(isConverted ? price - costMinor : 0),
    });
  }
}

function newExperiment(market: Market, seed: number, startedAt: Date): PriceExperiment {
  const steps = Math.floor(200 / market.prices.length);
  const weights = market.prices.map(
    (_, i) => (i === 0 ? 200 - steps * (market.prices.length - 1) : steps) / 200,
  );
  return {
    ...{
      id: `experiment-${seed}-${startedAt.getTime()}`,
      actionType: 'bundle',
      status: 'RUNNING',
      currency: 'INR',
    },
    ...{ weightsVersion: 1, seed, holdout: market.holdout, budgetOffers: null, endsAt: null, message: null },
    ...{ winner: null, pBest: null, startedAt, reweightedAt: null, endedAt: null, version: 1 },
    arms: market.prices.map((price, i) => ({
      ...{ key: 'ABCDE'.charAt(i), priceMinor: BigInt(price), isControl: price === market.control },
      ...{ weight: weights[i] as number, status: 'ACTIVE', pausedReason: null },
    })),
  };
}
