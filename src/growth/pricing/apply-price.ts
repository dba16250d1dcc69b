import { writeAudit } from '../../control/audit/index.ts';
import { recordDecisions } from '../../control/decisions/index.ts';
import { getSteering, type Steering } from '../../control/flags/index.ts';
import { type GateAnswer, gate } from '../../control/policy/index.ts';
import { DomainError, ValidationError, VersionConflictError } from '../../kernel/errors.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import type { Reason } from '../../kernel/reason.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { adaptiveFormula } from './adaptive.ts';
import { guardrails, NOTICE_DAYS } from './guardrails.ts';
import { type Price, pricePayload } from './price.ts';
import { addPublication, publishPrices, startPublishing } from './publish.ts';
import { type Quote, type QuoteRequest, quote } from './quote.ts';
import { getPrice } from './read.ts';
import { insertPrice, lockBook, type PriceBook, priceAMonthAgo } from './store.ts';

export interface ApplyRequest extends QuoteRequest {
  /** Refuse with VersionConflict when the subject has had another number of prices. */
  readonly expectedRevision?: number | null | undefined;
  /** Days between telling of an increase and charging it, 0 to 365. Default 30. */
  readonly noticeDays?: number | null | undefined;
}

export const PRICING_FLAG = 'PRICING_AUTO_APPLY';

/**
 * Brings a subject's adaptive price into force: by itself when PRICING_AUTO_APPLY is on and the pricing mode is AUTO,
 * else it waits as PROPOSED for a person (spec b.2, 0.5). DomainError HELD with its reason: stabilise mode, a mode of OFF
 * or OBSERVE, old costs, a guardrail. VersionConflictError when another price of the subject is under way.
 */
export async function applyAdaptivePrice(scope: Scope, request: ApplyRequest): Promise<Price> {
  checkNotice(request.noticeDays);
  const outcome = await scope.db.tx((tx) => propose(scope, tx, request));
  // Refused after the commit: why nothing was done is on record.
  if ('held' in outcome) throw heldError(outcome.held);
  if (outcome.status !== 'APPLYING') return outcome;
  await publishPrices(scope, outcome.id);
  return getPrice(scope, outcome.id);
}

async function propose(scope: Scope, tx: Tx, request: ApplyRequest): Promise<Price | { held: Reason }> {
  const quoted = await quote(scope, tx, request);
  const book = await lockBook(tx, scope.tenantId, quoted.subject);
  checkRevision(book, request.expectedRevision);
  const answer = askGate(await getSteering(scope, tx));
  const id = uuidv7(scope.now.getTime());
  const { subject, computed } = quoted;
  await recordDecisions(scope, tx, [{ id, formula: adaptiveFormula, subject, computed, gate: answer }]);
  if (answer.verdict === 'HOLD') return { held: heldBy(answer) };
  const unknown = quoted.reasons.find(({ code }) => code === 'COSTS_STALE' || code === 'COSTS_MISSING');
  if (unknown) return { held: unknown };
  const price = newPrice(scope, quoted, book, id);
  if (isSame(price, book.active)) return book.active as Price;
  const guardrail = await guardrailOf(scope, tx, quoted);
  const isAllowed = answer.verdict === 'ALLOW' && !guardrail;
  const started = isAllowed
    ? startPublishing(scope, price, book.active, request.noticeDays)
    : { ...price, reason: guardrail ? `${guardrail.code}: ${guardrail.text}` : answer.reason };
  await insertPrice(tx, scope.tenantId, started);
  await audit(scope, tx, started, book);
  await addPublication(scope, tx, started);
  await scope.events.append(tx, scope.tenantId, [
    { type: 'PRICE_CHANGED', payload: pricePayload(started, null) },
  ]);
  return started;
}

/** Without the flag a person has to agree; the mode may forbid it altogether. */
function askGate({ pricingMode, flags }: Steering): GateAnswer {
  const mode = pricingMode === 'AUTO' && !flags.isOn(PRICING_FLAG) ? 'APPROVE' : pricingMode;
  return gate({ actionClass: 'PRICING_CHANGE', isStabilised: flags.isStabilised, mode });
}

const heldBy = ({ reason }: GateAnswer): Reason => ({
  code: reason ?? 'HELD',
  text:
    reason === 'STABILIZE_MODE'
      ? 'every automatic change is frozen.'
      : `the pricing mode forbids it (${reason}).`,
});

/** Refused, with a code that says by what. */
export const heldError = ({ code, text }: Reason): DomainError =>
  new DomainError('HELD', `The price was not applied: ${text}`, { reason: code });

/** The first guardrail that stands against it (spec b.1): then a person has to agree, and to say why. */
async function guardrailOf(scope: Scope, tx: Tx, { subject, price }: Quote): Promise<Reason | undefined> {
  const { currency, amountMinor, costFloorMinor } = price;
  const [first] = guardrails({
    price: { amountMinor: BigInt(amountMinor), currency },
    costFloor: { amountMinor: BigInt(costFloorMinor), currency },
    reference: await priceAMonthAgo(tx, scope.tenantId, subject, scope.now),
  });
  return first;
}

function checkRevision({ open, revision }: PriceBook, expected: number | null | undefined): void {
  if (expected != null && expected !== revision) throw new VersionConflictError('price', expected, revision);
  if (!open) return;
  // Nothing that asking again would change.
  const text = `Another price of ${open.subject} is ${open.status}: ${WAY_OUT[open.status as 'PROPOSED']}`;
  throw new VersionConflictError('price', open.revision - 1, open.revision, text);
}

const WAY_OUT = {
  PROPOSED: 'approve it or reject it first.',
  APPLYING: 'wait until it is in force, or take it back with rejectPrice.',
} as const;

export function checkNotice(days: number | null | undefined): void {
  if (days == null || (Number.isInteger(days) && days >= 0 && days <= 365)) return;
  throw new ValidationError('noticeDays', `Notice is 0 to 365 whole days; the default is ${NOTICE_DAYS}.`);
}

const isSame = (price: Price, active: Price | null): boolean =>
  active?.amountMinor === price.amountMinor && active.currency === price.currency;

function newPrice(
  { now, actor }: Scope,
  { subject, price }: Quote,
  book: PriceBook,
  decisionId: string,
): Price {
  return {
    ...{
      id: uuidv7(now.getTime()),
      subject,
      amountMinor: BigInt(price.amountMinor),
      currency: price.currency,
    },
    ...{
      status: 'PROPOSED',
      decisionId,
      revision: book.revision + 1,
      proposedAt: now,
      proposedBy: actor.name,
    },
    ...{ decidedAt: null, decidedBy: null, effectiveAt: null, activeAt: null, endedAt: null },
    ...{ providerRef: null, reason: null },
  };
}

async function audit(scope: Scope, tx: Tx, price: Price, { active }: PriceBook): Promise<void> {
  const seen = (p: Price) => ({
    amountMinor: p.amountMinor.toString(),
    currency: p.currency,
    status: p.status,
  });
  await writeAudit(scope, tx, {
    action: 'price.apply',
    subject: price.subject,
    before: active && seen(active),
    after: seen(price),
  });
}
