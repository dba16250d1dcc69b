import { recordOutcome } from '../../growth/learning/index.ts';
import { DomainError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { acceptOffer, declineOffer } from '../acceptance/index.ts';
import { actionOf } from '../feedback/index.ts';
import { listOffers, type Offer } from '../offers/index.ts';
import { demoAnswer, demoFeedback } from './shopper.ts';

/** Offers looked at in one round; the demo shop makes at most 50 a day. */
const ROUND = 100;

/** Lets demo customers answer what they were offered, and say how it was when it ended in `(since, now]`. */
export async function runDemoShoppers(scope: Scope, since: Date): Promise<void> {
  for (const offer of await offers(scope, 'OFFERED')) {
    const { answer, at } = demoAnswer(offer);
    if (answer === 'IGNORE' || at > scope.now) continue;
    const act = answer === 'ACCEPT' ? acceptOffer : declineOffer;
    await refusable(act(scope, { id: offer.id, via: 'LINK' }));
  }
  for (const offer of await offers(scope, 'DELIVERED')) {
    const hasEnded = offer.closedAt !== null && offer.closedAt > since && offer.closedAt <= scope.now;
    const feedback = hasEnded ? demoFeedback(offer.id) : null;
    if (feedback === null) continue;
    const action = await actionOf(scope.db, scope.tenantId, offer.id);
    await refusable(recordOutcome(scope, { actionId: offer.id, converted: true, ...feedback }, action));
  }
}

const offers = async (scope: Scope, status: Offer['status']): Promise<Offer[]> =>
  (await listOffers(scope, { first: ROUND }, { status: [status] })).edges.map(({ node }) => node);

/** A full hub or an offer that has just run out is nothing a demo has to do about. */
async function refusable(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof DomainError)) throw error;
  });
}
