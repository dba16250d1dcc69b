import { raiseAlerts } from '../../control/alert-intake/index.ts';
import { addEffects, type EffectFailure, runEffects } from '../../control/effects/index.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { NOTICE_DAYS } from './guardrails.ts';
import { moved, type Price, pricePayload } from './price.ts';
import { lockBook, lockPrice, savePrice } from './store.ts';

/** The effect that makes a price known to whoever bills it; carried out where the payment account lives. */
export const PUBLISH = 'price.publish';

/** What the effect carries; the price itself is read when it is carried out. */
export interface Publication {
  readonly priceId: string;
}

/** The price on its way: at once, or, when it rises, after its notice (spec b.1). The old one stays in force until then. */
export function startPublishing(
  { now, actor }: Scope,
  price: Price,
  active: Price | null,
  noticeDays: number | null | undefined,
): Price {
  const isIncrease = active !== null && price.amountMinor > active.amountMinor;
  const days = isIncrease ? (noticeDays ?? NOTICE_DAYS) : 0;
  const effectiveAt = addMs(now, days * DAY_MS);
  return moved(price, 'APPLYING', { decidedAt: now, decidedBy: actor.name, effectiveAt });
}

/** Writes the effect of a price that is on its way, in the transaction that sent it there. */
export async function addPublication(scope: Scope, tx: Tx, price: Price): Promise<void> {
  if (price.status !== 'APPLYING') return;
  const payload: Publication = { priceId: price.id };
  const nextAt = price.effectiveAt ?? scope.now;
  await addEffects(scope, tx, [{ kind: PUBLISH, subject: price.id, step: 'publish', payload, nextAt }]);
}

/** Carries out publications that are due, of one price or of all. */
export function publishPrices(scope: Scope, priceId?: string): Promise<number> {
  return runEffects(scope, { kinds: [PUBLISH], ...(priceId !== undefined && { subject: priceId }) });
}

/** The biller has confirmed: the price comes into force and ends the one before it, in one transaction. */
export async function settlePrice(
  scope: Scope,
  tx: Tx,
  id: string,
  providerRef: string | null,
): Promise<void> {
  const known = await lockPrice(tx, scope.tenantId, id);
  if (!known) return;
  const { active } = await lockBook(tx, scope.tenantId, known.subject);
  const changed: [Price, Price][] = [];
  if (active) changed.push([active, moved(active, 'SUPERSEDED', { endedAt: scope.now })]);
  changed.push([known, moved(known, 'ACTIVE', { activeAt: scope.now, providerRef })]);
  for (const [, price] of changed) await savePrice(tx, scope.tenantId, price);
  await scope.events.append(
    tx,
    scope.tenantId,
    changed.map(([before, price]) => ({
      type: 'PRICE_CHANGED',
      payload: pricePayload(price, before.status),
    })),
  );
}

/** The biller refused, or was not reached for days: the old price stays in force and somebody is told. */
export async function failPrice(scope: Scope, tx: Tx, id: string, failure: EffectFailure): Promise<void> {
  const known = await lockPrice(tx, scope.tenantId, id);
  if (!known) return;
  const price = moved(known, 'FAILED', { endedAt: scope.now, reason: failure.reason });
  await savePrice(tx, scope.tenantId, price);
  await scope.events.append(tx, scope.tenantId, [
    { type: 'PRICE_CHANGED', payload: pricePayload(price, known.status) },
  ]);
  await raiseAlerts(scope, tx, [
    {
      ...{
        level: 'error',
        type: 'PRICE_NOT_APPLIED',
        component: 'pricing',
        labels: { subject: price.subject },
      },
      message: `The new price of ${price.subject} could not be published (${failure.reason}); the old one stays in force.`,
    },
  ]);
}
