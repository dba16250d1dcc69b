import { DomainError } from '../../kernel/errors.ts';
import type { Actor, Scope } from '../../platform/scope.ts';

/** The bearer of the admin token: one person, however many use it. */
export const PLATFORM_ADMIN = 'platform-admin';

/*
 * Two keys are not two people. Whoever issues a key, rotates it, opens its envelope or says where its values are sent may
 * know the value, so a key carries the principals of all of them. Only the platform admin is trusted to hand a key to
 * somebody else: what it issues begins a principal of its own, and what it rotates stays whose it was.
 */

/** Whom approvals take an actor for. */
export const principalsOf = ({ principals, name }: Actor): readonly string[] => principals ?? [name];

/** Who comes to know a value that this actor is handed; nobody new when it is the platform admin, or the engine. */
export const learners = (actor: Actor): readonly string[] =>
  actor.kind === 'KEY' ? principalsOf(actor) : [];

/** Both, each once. */
export const unite = (a: readonly string[], b: readonly string[]): string[] =>
  [...new Set([...a, ...b])].sort();

/** Who asked for something that a second person must agree to. */
export interface Asked {
  readonly principals: readonly string[];
  readonly at: Date;
}

/**
 * Refuses (FORBIDDEN) whoever may be the one who asked: with the same key, or with one that leads back to the same
 * person. What the platform admin asked for is agreed to with a key that was there before, not with one made for it.
 */
export function requireSecondPerson({ actor }: Scope, asked: Asked): void {
  const isSame = principalsOf(actor).some((each) => asked.principals.includes(each));
  if (isSame) {
    throw refusal(
      'SAME_PERSON',
      'Somebody else must agree to a change that you asked for: with a key that neither you nor a key of yours has issued, rotated or claimed. The platform admin makes such a key for another person.',
    );
  }
  const isMadeForIt =
    asked.principals.includes(PLATFORM_ADMIN) && actor.keyMadeAt !== undefined && actor.keyMadeAt >= asked.at;
  if (isMadeForIt) {
    throw refusal(
      'KEY_TOO_NEW',
      'The platform admin asked for this, and this key was made after it: agree with a key that is older, or ask for the change again.',
    );
  }
}

const refusal = (reason: string, message: string) => new DomainError('FORBIDDEN', message, { reason });
