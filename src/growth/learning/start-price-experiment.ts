import Big from 'big.js';
import { writeAudit } from '../../control/audit/index.ts';
import { getSteering } from '../../control/flags/index.ts';
import { gate } from '../../control/policy/index.ts';
import type { EngineSettings } from '../../control/tenancy/index.ts';
import { CurrencyMismatchError, InvalidTransitionError, ValidationError } from '../../kernel/errors.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import { formatMoney, type Money, money, multiplyMoney } from '../../kernel/money.ts';
import { bucket } from '../../kernel/murmur.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Scope } from '../../platform/scope.ts';
import { heldError } from './change-strategy.ts';
import type { PriceArm, PriceExperiment } from './experiment.ts';
import { insertExperiment } from './experiment-store.ts';
import { inSteps } from './posterior.ts';
import { MIN_ARM_OFFERS } from './reweight.ts';
import { strategyFrom } from './strategy.ts';
import { loadState, lockLearning } from './strategy-store.ts';

export interface NewExperiment {
  readonly actionType: string;
  /** 2 to 5 prices in one currency, the price in force among them. Default: 0.6, 1 and 1.4 times that price. */
  readonly prices?: readonly Money[] | null | undefined;
  /** 0..0.5, default 0.1. */
  readonly holdout?: number | null | undefined;
  /** Settled offers after which it ends, at least 100 per arm. */
  readonly budgetOffers?: number | null | undefined;
  /** At most 180 days away. */
  readonly endsAt?: Date | null | undefined;
}

const MAX_DAYS = 180;
const MAX_BUDGET = 10_000_000;
/** A price this far from the one in force is a slip of the decimal point. */
const [MIN_RATE, MAX_RATE] = ['0.2', '5'];

/**
 * Starts a price experiment with equal weights; its control is the price in force. DomainError HELD while the tenant is
 * stabilised; InvalidTransition when one already runs for this action type.
 */
export function startPriceExperiment(scope: Scope, input: NewExperiment): Promise<PriceExperiment> {
  return scope.db.tx(async (tx) => {
    const { tenantId, now } = scope;
    await lockLearning(tx, tenantId);
    const settings = await getSteering(scope, tx);
    const { verdict, reason } = gate({
      actionClass: 'PRICING_CHANGE',
      isStabilised: settings.flags.isStabilised,
      mode: 'AUTO',
    });
    if (verdict !== 'ALLOW') throw heldError(reason);
    const { price } = strategyFrom(await loadState(tx, tenantId, input.actionType), settings);
    const experiment = newExperiment(scope, input, armsOf(input.prices, price), settings);
    if (!(await insertExperiment(tx, tenantId, experiment))) {
      const why = `one already runs for ${input.actionType}; stop it first.`;
      throw new InvalidTransitionError('price experiment', 'RUNNING', 'RUNNING', why);
    }
    const weights = Object.fromEntries(experiment.arms.map(({ key, weight }) => [key, weight]));
    const prices = Object.fromEntries(experiment.arms.map(({ key, priceMinor }) => [key, `${priceMinor}`]));
    const { id, holdout, budgetOffers, endsAt, message } = experiment;
    const after = {
      actionType: input.actionType,
      currency: price.currency,
      prices,
      holdout,
      budgetOffers,
      endsAt,
    };
    await writeAudit(scope, tx, { action: 'price-experiment.start', subject: id, before: null, after });
    const payload = {
      experimentId: id,
      status: 'RUNNING',
      weightsVersion: 1,
      weights,
      pausedArms: [],
      message,
    };
    await scope.events.append(tx, tenantId, [{ type: 'EXPERIMENT_CHANGED', payload }]);
    return { ...experiment, startedAt: now };
  });
}

function newExperiment(
  { now }: Scope,
  { actionType, holdout, budgetOffers, endsAt }: NewExperiment,
  arms: PriceArm[],
  { bundleCurrency }: EngineSettings,
): PriceExperiment {
  if (actionType === '')
    throw new ValidationError('actionType', 'Name the action type, e.g. rare_drone_drop_bundle.');
  const share = holdout ?? 0.1;
  if (!(share >= 0 && share <= 0.5))
    throw new ValidationError('holdout', 'The holdout is a share from 0 to 0.5.');
  const least = MIN_ARM_OFFERS * arms.length;
  if (
    budgetOffers != null &&
    !(Number.isInteger(budgetOffers) && budgetOffers >= least && budgetOffers <= MAX_BUDGET)
  ) {
    throw new ValidationError(
      'budgetOffers',
      `With ${arms.length} arms the budget is ${least} to ${MAX_BUDGET} offers.`,
    );
  }
  if (endsAt && !(endsAt > now && endsAt <= addMs(now, MAX_DAYS * DAY_MS))) {
    throw new ValidationError('endsAt', `It ends in the future, at most ${MAX_DAYS} days from now.`);
  }
  const id = uuidv7(now.getTime());
  return {
    ...{ id, actionType, status: 'RUNNING', currency: bundleCurrency, weightsVersion: 1 },
    ...{
      seed: bucket(id, 2 ** 31),
      holdout: share,
      budgetOffers: budgetOffers ?? null,
      endsAt: endsAt ?? null,
    },
    message: `Weights stay equal until there are at least 100 per arm and 24 hours have passed.`,
    ...{ winner: null, pBest: null, startedAt: now, reweightedAt: null, endedAt: null, version: 1, arms },
  };
}

/** The arms, lowest price first, with equal weights. Throws ValidationError or CurrencyMismatchError. */
function armsOf(prices: readonly Money[] | null | undefined, control: Money): PriceArm[] {
  const given = prices ?? ['0.6', '1', '1.4'].map((rate) => multiplyMoney(control, rate));
  if (given.length < 2 || given.length > 5)
    throw new ValidationError('prices', 'An experiment has 2 to 5 prices.');
  for (const [i, price] of given.entries()) checkPrice(price, control, `prices.${i}`);
  const sorted = [...new Set(given.map(({ amountMinor }) => amountMinor))].sort((a, b) => (a < b ? -1 : 1));
  if (sorted.length !== given.length) throw new ValidationError('prices', 'Every arm has another price.');
  if (!sorted.includes(control.amountMinor)) {
    const text = `The price in force, ${formatMoney(control, 'en')} (${control.amountMinor}), is one of the arms: the control.`;
    throw new ValidationError('prices', text);
  }
  const weights = inSteps(sorted.map(() => 1 / sorted.length));
  return sorted.map((priceMinor, i) => ({
    key: 'ABCDE'.charAt(i),
    ...{ priceMinor, isControl: priceMinor === control.amountMinor, weight: weights[i] as number },
    ...{ status: 'ACTIVE', pausedReason: null },
  }));
}

function checkPrice(price: Money, control: Money, field: string): void {
  if (price.currency !== control.currency) throw new CurrencyMismatchError(price.currency, control.currency);
  const [least, most] = [MIN_RATE, MAX_RATE].map((rate) => new Big(rate).times(control.amountMinor));
  const amount = new Big(price.amountMinor);
  if (price.amountMinor > 0n && least && most && amount.gte(least) && amount.lte(most)) return;
  const text = `A price lies between ${MIN_RATE} and ${MAX_RATE} times the one in force, ${formatMoney(control, 'en')}.`;
  throw new ValidationError(
    field,
    `${text} ${formatMoney(money(price.amountMinor, price.currency), 'en')} does not.`,
  );
}
