import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';

export type EffectStatus = 'PENDING' | 'SENDING' | 'UNKNOWN' | 'SENT' | 'FAILED' | 'SKIPPED' | 'DEAD';

/** One outside effect of the transactional outbox (spec 0.4). */
export interface Effect<Payload = unknown> {
  /** Sent to the provider as its idempotency key. */
  readonly id: string;
  readonly kind: string;
  /** Effects of one subject run one after the other, in the order they were added. */
  readonly subject: string;
  readonly payload: Payload;
  readonly status: EffectStatus;
  /** Claims so far, this one included. */
  readonly attempts: number;
  readonly nextAt: Date;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
}

/** An effect about to be added. `step` tells apart equal kinds of one subject: a second one with the same is dropped. */
export interface NewEffect {
  readonly kind: string;
  readonly subject: string;
  readonly step: string;
  readonly payload: unknown;
  readonly nextAt?: Date | undefined;
}

/** How one kind of effect is carried out. `execute` and `reconcile` talk to the outside with no transaction open. */
export interface EffectHandler<Payload, Result> {
  readonly kind: string;
  /** Own patience; by default the product's (5 s … 30 min, given up after 72 h). */
  readonly retry?: RetryPolicy;
  /**
   * Does it. Throws OutboundRefused (definite no), OutboundDelayed (definitely not done, try again later); anything
   * else thrown is ambiguous.
   */
  execute(scope: Scope, effect: Effect<Payload>): Promise<Result>;
  /** What became of an attempt whose answer was lost; null when it was definitely not done. */
  reconcile(scope: Scope, effect: Effect<Payload>): Promise<Result | null>;
  /** Writes the result, in the transaction that marks the effect SENT. Runs once. */
  settle(scope: Scope, tx: Tx, effect: Effect<Payload>, result: Result): Promise<void>;
  /** Writes the end without a result, in the transaction that marks the effect FAILED or DEAD. */
  fail(scope: Scope, tx: Tx, effect: Effect<Payload>, failure: EffectFailure): Promise<void>;
}

/** How patient a kind of effect is. */
export interface RetryPolicy {
  /** Seconds until the next attempt after `attempts` of them. */
  delaySec(attempts: number): number;
  /** Given up (DEAD) after so many attempts, or when so old; whatever comes first. */
  readonly maxAttempts: number;
  readonly giveUpAfterMs: number;
}

/** Why an effect ended without a result. */
export interface EffectFailure {
  /** FAILED: a definite no. DEAD: given up after 72 h. */
  readonly status: 'FAILED' | 'DEAD';
  /** Machine code without secrets. */
  readonly reason: string;
}

/** The columns of `Effect`; `e` is the table. */
export const EFFECT_COLUMNS = `e.id, e.kind, e.subject, e.payload, e.status, e.attempts, e.next_at AS "nextAt",
  e.last_error AS "lastError", e.created_at AS "createdAt", e.settled_at AS "settledAt"`;

const BACKOFF_SEC = [5, 15, 60, 300, 900];
const LAST_BACKOFF_SEC = 1_800;
/** An effect that could not be done within three days is given up and shown. */
export const DEAD_AFTER_MS = 72 * 3_600_000;

/** Seconds until the next attempt after `attempts` of them: 5 s, 15 s, 60 s, 5 min, 15 min, then 30 min. */
export const backoffSec = (attempts: number): number => BACKOFF_SEC[attempts - 1] ?? LAST_BACKOFF_SEC;

/** The patience of kinds that say nothing else. */
export const PATIENT: RetryPolicy = {
  delaySec: backoffSec,
  maxAttempts: Number.POSITIVE_INFINITY,
  giveUpAfterMs: DEAD_AFTER_MS,
};

const handlers = new Map<string, EffectHandler<unknown, unknown>>();

/** Declares how a kind of effect is carried out; a domain does so when it is loaded. */
export function handleEffects<Payload, Result>(handler: EffectHandler<Payload, Result>): void {
  if (handlers.has(handler.kind)) throw new Error(`The effect ${handler.kind} is handled twice.`);
  handlers.set(handler.kind, handler as EffectHandler<unknown, unknown>);
}

export const handlerOf = (kind: string): EffectHandler<unknown, unknown> | undefined => handlers.get(kind);

/** Kinds that this program can carry out; rows of other kinds wait for one that can. */
export const handledKinds = (): string[] => [...handlers.keys()];
