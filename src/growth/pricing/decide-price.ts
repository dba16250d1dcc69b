import { writeAudit } from '../../control/audit/index.ts';
import { decisionsById } from '../../control/decisions/index.ts';
import { skipEffects } from '../../control/effects/index.ts';
import { flagSet } from '../../control/flags/index.ts';
import { gate } from '../../control/policy/index.ts';
import {
  InvalidTransitionError,
  NotFoundError,
  ValidationError,
  VersionConflictError,
} from '../../kernel/errors.ts';
import type { Money } from '../../kernel/money.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { AdaptivePrice } from './adaptive.ts';
import { checkNotice, heldError } from './apply-price.ts';
import { guardrails } from './guardrails.ts';
import { moved, type Price, pricePayload } from './price.ts';
import { addPublication, PUBLISH, publishPrices, startPublishing } from './publish.ts';
import { getPrice } from './read.ts';
import { lockBook, lockPrice, priceAMonthAgo, savePrice } from './store.ts';

export interface PriceApproval {
  readonly id: string;
  readonly expectedRevision?: number | null | undefined;
  readonly noticeDays?: number | null | undefined;
  /** Applies it although a guardrail stands against it; needs a reason. */
  readonly overrideGuardrails?: boolean | null | undefined;
  readonly reason?: string | null | undefined;
}

/**
 * A person agrees to a proposed price: it is published at once, or after its notice when it rises. DomainError HELD under
 * stabilise mode or when a guardrail stands against it; InvalidTransition when it no longer waits.
 */
export async function approvePrice(scope: Scope, approval: PriceApproval): Promise<Price> {
  checkNotice(approval.noticeDays);
  const overrides = approval.overrideGuardrails === true;
  if (overrides && !approval.reason?.trim()) {
    throw new ValidationError('reason', 'Say why the guardrails do not matter here.');
  }
  const costFloor = await costFloorOf(scope, approval.id);
  const price = await scope.db.tx(async (tx) => {
    const { price: known, active } = await find(scope, tx, approval);
    const { isStabilised } = await flagSet(scope, tx);
    const answer = gate({ actionClass: 'PRICING_CHANGE', isStabilised, mode: 'AUTO' });
    if (answer.verdict !== 'ALLOW') {
      throw heldError({ code: answer.reason ?? 'HELD', text: 'every automatic change is frozen.' });
    }
    if (!overrides) await checkGuardrails(scope, tx, known, costFloor);
    const started = {
      ...startPublishing(scope, known, active, approval.noticeDays),
      reason: approval.reason ?? null,
    };
    await write(scope, tx, 'price.approve', known, started);
    await addPublication(scope, tx, started);
    return started;
  });
  await publishPrices(scope, price.id);
  return getPrice(scope, price.id);
}

/** A person refuses a proposed price, or takes back one that is still keeping its notice. */
export function rejectPrice(
  scope: Scope,
  request: Pick<PriceApproval, 'id' | 'expectedRevision' | 'reason'>,
): Promise<Price> {
  return scope.db.tx(async (tx) => {
    const { price: known } = await find(scope, tx, request);
    const rejected = moved(known, 'REJECTED', {
      ...{
        endedAt: scope.now,
        decidedAt: scope.now,
        decidedBy: scope.actor.name,
        reason: request.reason ?? null,
      },
    });
    if (known.status === 'APPLYING' && !(await takeBack(scope, tx, known))) {
      throw new InvalidTransitionError('price', 'APPLYING', 'REJECTED', 'it is being published right now.');
    }
    await write(scope, tx, 'price.reject', known, rejected);
    return rejected;
  });
}

const takeBack = async (scope: Scope, tx: Tx, { id }: Price): Promise<boolean> =>
  (await skipEffects(tx, scope.tenantId, { subject: id, kind: PUBLISH })) > 0;

async function find(
  scope: Scope,
  tx: Tx,
  { id, expectedRevision }: Pick<PriceApproval, 'id' | 'expectedRevision'>,
): Promise<{ price: Price; active: Price | null }> {
  const price = await lockPrice(tx, scope.tenantId, id);
  if (!price) throw new NotFoundError('price', id);
  const { active, revision } = await lockBook(tx, scope.tenantId, price.subject);
  if (expectedRevision != null && expectedRevision !== revision) {
    throw new VersionConflictError('price', expectedRevision, revision);
  }
  return { price, active };
}

/** The floor that was computed with the price; decisions never change, so it is read beside the transaction. */
async function costFloorOf(scope: Scope, id: string): Promise<Money> {
  const { decisionId, currency } = await getPrice(scope, id);
  const [decision] = await decisionsById(scope, [decisionId]);
  if (!decision) throw new NotFoundError('decision', decisionId);
  const { costFloorMinor } = decision.output as unknown as AdaptivePrice;
  return { amountMinor: BigInt(costFloorMinor), currency };
}

async function checkGuardrails(scope: Scope, tx: Tx, price: Price, costFloor: Money): Promise<void> {
  const reference = await priceAMonthAgo(tx, scope.tenantId, price.subject, scope.now);
  const [obstacle] = guardrails({ price, costFloor, reference });
  if (obstacle) throw heldError(obstacle);
}

async function write(scope: Scope, tx: Tx, action: string, before: Price, after: Price): Promise<void> {
  await savePrice(tx, scope.tenantId, after);
  await writeAudit(scope, tx, {
    ...{ action, subject: after.subject, reason: after.reason },
    before: { status: before.status, amountMinor: before.amountMinor.toString() },
    after: { status: after.status, effectiveAt: after.effectiveAt?.toISOString() ?? null },
  });
  await scope.events.append(tx, scope.tenantId, [
    { type: 'PRICE_CHANGED', payload: pricePayload(after, before.status) },
  ]);
}
