import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../../kernel/error-text.ts';
import { addMs } from '../../kernel/time.ts';
import { DatabaseAway } from '../../platform/db/away.ts';
import { OutboundDelayed, OutboundGivenUp, OutboundRefused } from '../../platform/outbound/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { type EffectHandler, handledKinds, handlerOf, PATIENT } from './effect.ts';
import { type Claimed, claimDue, endAttempt } from './store.ts';
import { tellOfFailure, tellOfSuccess } from './tell.ts';

/** Calls to the outside at the same time, per tenant and run. */
const LANES = 8;
/** Effects of one run; the rest waits for the next, so that one tenant's queue does not hold up a loop. */
const MAX_PER_RUN = 200;

/** How long an attempt may try to write down that it went well, from its start: less than its lease. */
const SETTLE_MS = 100_000;
const SETTLE_PAUSE_MS = 500;

/** The attempt is somebody else's by now; what this one would have written is dropped. */
class Overtaken extends Error {}

/**
 * Carries out what is due, with no transaction open: effects of one subject one after the other, different subjects
 * side by side; of the given kinds only, so that one loop's slow partners do not hold up another's. Returns how many attempts were made. Safe to call from any number of instances at once.
 */
export async function runEffects(
  scope: Scope,
  { subject, kinds = handledKinds() }: { subject?: string; kinds?: readonly string[] } = {},
): Promise<number> {
  const lanes = subject === undefined ? LANES : 1;
  const claims = new Claims(() => claimDue(scope, { subject, kinds, limit: lanes }));
  async function lane(): Promise<void> {
    for (let effect = await claims.next(); effect; effect = await claims.next()) {
      await attempt(scope, effect);
      claims.refresh();
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane));
  return claims.taken;
}

/** Hands claimed effects to lanes; asks for as many more as there are lanes when it has none left. */
class Claims {
  taken = 0;
  private readonly ask: () => Promise<Claimed[]>;
  private readonly waiting: Claimed[] = [];
  private asking: Promise<void> | null = null;
  private isDry = false;
  private ended = 0;

  constructor(ask: () => Promise<Claimed[]>) {
    this.ask = ask;
  }

  async next(): Promise<Claimed | undefined> {
    while (this.waiting.length === 0) {
      if (this.isDry || this.taken >= MAX_PER_RUN) return undefined;
      this.asking ??= this.fill();
      await this.asking;
    }
    return this.waiting.shift();
  }

  /** An attempt has ended, so its successor may be due. */
  refresh(): void {
    this.ended++;
    this.isDry = false;
  }

  private async fill(): Promise<void> {
    const before = this.ended;
    try {
      const found = await this.ask();
      this.waiting.push(...found);
      this.taken += found.length;
      // What ended while we asked may have a successor that the answer could not know.
      this.isDry = found.length === 0 && this.ended === before;
    } finally {
      this.asking = null;
    }
  }
}

async function attempt(scope: Scope, effect: Claimed): Promise<void> {
  const handler = handlerOf(effect.kind) as EffectHandler<unknown, unknown>;
  const until = performance.now() + SETTLE_MS;
  try {
    const result = await outcome(scope, handler, effect);
    await whenDatabaseIsBack(until, () =>
      scope.db.tx(async (tx) => {
        // Fenced first: a runner whose lease ran out must not settle after its successor.
        const isOurs = await endAttempt(tx, scope, effect, { status: 'SENT', reason: null });
        if (!isOurs) throw new Overtaken();
        await handler.settle(scope, tx, effect, result);
        await tellOfSuccess(scope, tx, effect);
      }),
    );
  } catch (error) {
    await endBadly(scope, handler, effect, error);
  }
}

/**
 * What was done and not written down would be done again when the lease has run out, so whoever knows how it went keeps
 * trying to say so, as long as the attempt is certainly its own.
 */
async function whenDatabaseIsBack(until: number, write: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof DatabaseAway) || performance.now() >= until) throw error;
      await sleep(SETTLE_PAUSE_MS, undefined, { ref: false });
    }
  }
}

/** An attempt whose answer was lost is looked up before anything is done again. */
async function outcome(
  scope: Scope,
  handler: EffectHandler<unknown, unknown>,
  effect: Claimed,
): Promise<unknown> {
  if (!effect.wasAttempted) return handler.execute(scope, effect);
  let known: unknown;
  try {
    known = await handler.reconcile(scope, effect);
  } catch (error) {
    // Not being able to ask says nothing about what was done: it stays UNKNOWN.
    if (error instanceof OutboundRefused || error instanceof OutboundGivenUp) throw error;
    throw new Error(errorText(error), { cause: error });
  }
  return known ?? handler.execute(scope, effect);
}

async function endBadly(
  scope: Scope,
  handler: EffectHandler<unknown, unknown>,
  effect: Claimed,
  error: unknown,
): Promise<void> {
  if (error instanceof Overtaken) return;
  const reason = errorText(error);
  const isRefused = error instanceof OutboundRefused;
  const { delaySec, maxAttempts, giveUpAfterMs } = handler.retry ?? PATIENT;
  const isOld =
    error instanceof OutboundGivenUp ||
    effect.attempts >= maxAttempts ||
    scope.now.getTime() - effect.createdAt.getTime() >= giveUpAfterMs;
  scope.log.warn({ effectId: effect.id, kind: effect.kind, attempt: effect.attempts, reason }, 'effect');
  try {
    if (isRefused || isOld) {
      const status = isRefused ? 'FAILED' : 'DEAD';
      await scope.db.tx(async (tx) => {
        if (!(await endAttempt(tx, scope, effect, { status, reason }))) return;
        await handler.fail(scope, tx, effect, { status, reason });
        await tellOfFailure(scope, tx, effect, { status, reason });
      });
      return;
    }
    const isDelayed = error instanceof OutboundDelayed;
    const waitSec = Math.max(delaySec(effect.attempts), isDelayed ? (error.retryAfterSec ?? 0) : 0);
    await endAttempt(scope.db, scope, effect, {
      status: isDelayed ? 'PENDING' : 'UNKNOWN',
      reason,
      nextAt: addMs(scope.now, waitSec * 1_000),
    });
  } catch (failure) {
    // Its lease runs out, then it is reconciled like an attempt that was cut off.
    scope.log.error({ err: failure, effectId: effect.id }, 'effect could not be ended');
  }
}
