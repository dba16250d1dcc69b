import {
  backoffSec,
  type Effect,
  EffectDelayed,
  EffectRefused,
  handleEffects,
} from '../../control/effects/index.ts';
import { flagSet } from '../../control/flags/index.ts';
import {
  failPrice,
  getPrice,
  type Price,
  PUBLISH,
  type Publication,
  settlePrice,
} from '../../growth/pricing/index.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import { OutboundGivenUp } from '../../platform/outbound/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { openPriceList } from './account.ts';

/** What the biller calls the price; null where our own price book is all there is. */
type Published = string | null;

async function load(scope: Scope, effect: Effect): Promise<Price> {
  const price = await getPrice(scope, (effect.payload as Publication).priceId);
  if (price.status !== 'APPLYING') throw new EffectRefused(`PRICE_${price.status}`);
  return price;
}

const entryOf = ({ tenant }: Scope, { id, subject, amountMinor, currency }: Price) => ({
  ...{
    id,
    amountMinor,
    currency,
    lookupKey: `${tenant.slug}:${subject}`,
    name: `${tenant.name}: ${subject}`,
  },
});

/** How long a biller may be away before the old price stays for good; counted from when the new one is due. */
const PATIENCE_MS = 3 * DAY_MS;
/** How soon a price that waits for the end of a freeze is looked at again. */
const FROZEN_SEC = 60;

/** Asks the biller; one that has been away for too long is given up. */
async function ask<T>(scope: Scope, price: Price, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isLate = scope.now >= addMs(price.effectiveAt ?? price.proposedAt, PATIENCE_MS);
    if (error instanceof EffectRefused || !isLate) throw error;
    throw new OutboundGivenUp(error instanceof Error ? error.message : 'BILLER_AWAY');
  }
}

/*
 * A new price reaches those who bill by it before it counts here (spec b: never two prices). Only Stripe has a price list;
 * elsewhere the product's own is the one that bills.
 */
handleEffects<unknown, Published>({
  kind: PUBLISH,
  // Neither a notice of 30 days nor a freeze uses up the patience that is meant for a biller who is away.
  retry: {
    delaySec: backoffSec,
    maxAttempts: Number.POSITIVE_INFINITY,
    giveUpAfterMs: Number.POSITIVE_INFINITY,
  },
  async execute(scope, effect) {
    const price = await load(scope, effect);
    // What was agreed before a freeze comes into force after it.
    if ((await flagSet(scope, scope.db)).isStabilised) throw new EffectDelayed('STABILIZE_MODE', FROZEN_SEC);
    return ask(scope, price, async () => {
      const list = await openPriceList(scope);
      return list ? list.publish(entryOf(scope, price), { key: effect.id, attempt: effect.attempts }) : null;
    });
  },
  async reconcile(scope, effect) {
    const price = await load(scope, effect);
    return ask(scope, price, async () => {
      const list = await openPriceList(scope);
      return list ? list.find(entryOf(scope, price)) : null;
    });
  },
  settle: (scope, tx, effect, ref) => settlePrice(scope, tx, (effect.payload as Publication).priceId, ref),
  fail: (scope, tx, effect, failure) =>
    failPrice(scope, tx, (effect.payload as Publication).priceId, failure),
});
