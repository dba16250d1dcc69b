import Big from 'big.js';
import { type Answer, defineFormula } from '../../control/decisions/index.ts';
import { exponentOf } from '../../kernel/currencies.ts';
import type { Reason } from '../../kernel/reason.ts';

/** How the load factor is read (spec b.2): CLAMP means that the base is the price of 1,000 runs. */
export const LOAD_MODES = ['CLAMP', 'OFFSET'] as const;
export type LoadMode = (typeof LOAD_MODES)[number];
/** SEED charges slow service more, as the document says; VALUE charges fast service more. */
export const PERF_MODES = ['SEED', 'VALUE'] as const;
export type PerfMode = (typeof PERF_MODES)[number];

/** What the price of one billing subject follows from; costs of the same subject and period. Minor units as text. */
export interface AdaptiveInputs {
  /** Runs a month, a whole number ≥ 0. */
  readonly runs: number;
  /** 95th percentile of latency in ms; null when it is not known. */
  readonly p95Ms: number | null;
  readonly currency: string;
  readonly openaiCostMinor: string;
  readonly infraCostMinor: string;
  readonly refundsMinor: string;
  readonly loadMode: LoadMode;
  readonly perfMode: PerfMode;
  /** Whether the cost floor is that of 1,000 runs (the seed says nothing of it, so it is off). */
  readonly floorPerThousandRuns: boolean;
  readonly minimumMinor: string;
}

/** A price and how it came about. Amounts are minor units as text, multipliers decimals as text. */
export interface AdaptivePrice {
  readonly amountMinor: string;
  readonly currency: string;
  readonly loadFactor: string;
  readonly perfMinor: string;
  /** base × loadFactor + perf, before floors. */
  readonly listMinor: string;
  /** 1.3 × costs. */
  readonly costFloorMinor: string;
  /** What decided: the list price, the cost floor or the minimum. */
  readonly bound: 'LIST' | 'COST_FLOOR' | 'MINIMUM';
}

/** In major units of the currency: the price of 1,000 runs, and what speed takes off or slowness puts on (spec b.2). */
export const BASE = '19';
const PERF = '2';
export const COST_MARKUP = '1.3';
const [FAST_MS, SLOW_MS] = [80, 150];

/** The adaptive price of the Phase 6.4 document (spec b.2). One rounding step, HALF_UP, to the minor unit. */
export const adaptiveFormula = defineFormula<AdaptiveInputs, AdaptivePrice>({
  kind: 'pricing.adaptive',
  version: '1',
  compute: (inputs): Answer<AdaptivePrice> => {
    const scale = new Big(10).pow(exponentOf(inputs.currency));
    const thousands = new Big(inputs.runs).div(1000);
    const loadFactor = loadOf(thousands, inputs.loadMode);
    const perf = perfOf(inputs).times(scale);
    const list = new Big(BASE).times(scale).times(loadFactor).plus(perf);
    const floor = floorOf(inputs, thousands);
    const minimum = new Big(inputs.minimumMinor);
    const best = [list, floor, minimum].reduce((a, b) => (b.gt(a) ? b : a));
    const bound = best.eq(list) ? 'LIST' : best.eq(floor) ? 'COST_FLOOR' : 'MINIMUM';
    const output: AdaptivePrice = {
      ...{ amountMinor: rounded(best), currency: inputs.currency, bound },
      ...{ loadFactor: loadFactor.toString(), perfMinor: rounded(perf) },
      ...{ listMinor: rounded(list), costFloorMinor: rounded(floor) },
    };
    return { output, reasons: reasonsOf(inputs, output) };
  },
});

const rounded = (value: Big): string => value.round(0, Big.roundHalfUp).toFixed();

function loadOf(thousands: Big, mode: LoadMode): Big {
  const raw = mode === 'OFFSET' ? thousands.plus('0.5') : thousands;
  if (raw.gt(2)) return new Big(2);
  return raw.lt('0.5') ? new Big('0.5') : raw;
}

function perfOf({ p95Ms, perfMode }: AdaptiveInputs): Big {
  if (p95Ms === null || (p95Ms >= FAST_MS && p95Ms <= SLOW_MS)) return new Big(0);
  const isDearer = p95Ms > SLOW_MS === (perfMode === 'SEED');
  return new Big(isDearer ? PERF : `-${PERF}`);
}

function floorOf(inputs: AdaptiveInputs, thousands: Big): Big {
  const costs = new Big(inputs.openaiCostMinor).plus(inputs.infraCostMinor).plus(inputs.refundsMinor);
  const floor = costs.times(COST_MARKUP);
  return inputs.floorPerThousandRuns && thousands.gt(1) ? floor.div(thousands) : floor;
}

function reasonsOf(inputs: AdaptiveInputs, output: AdaptivePrice): Reason[] {
  const { p95Ms, runs, loadMode, perfMode } = inputs;
  const load = {
    code: 'LOAD',
    text: `${runs} runs a month: load factor ${output.loadFactor} (${loadMode}).`,
  };
  const perf =
    p95Ms === null
      ? { code: 'P95_MISSING', text: 'No latency is known: neither a bonus nor a surcharge.' }
      : { code: 'PERFORMANCE', text: `p95 of ${p95Ms} ms: ${output.perfMinor} minor units (${perfMode}).` };
  return [load, perf, { code: output.bound, text: BOUND_TEXT[output.bound] }];
}

const BOUND_TEXT: Record<AdaptivePrice['bound'], string> = {
  LIST: 'The base price times load, with performance, decides.',
  COST_FLOOR: `The cost floor decides: ${COST_MARKUP} × (AI + infrastructure + refunds).`,
  MINIMUM: 'The minimum price decides.',
};
