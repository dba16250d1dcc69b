import {
  acceptOffer,
  customerView,
  declineOffer,
  type LinkClaims,
  readLink,
  signLink,
} from '../delivery/acceptance/index.ts';
import { DomainError, NotFoundError } from '../kernel/errors.ts';
import { DAY_MS } from '../kernel/time.ts';
import type { PlainAnswer, PlainRequest, PlainRoute } from '../platform/http/types.ts';
import type { Scope } from '../platform/scope.ts';
import { notice, page } from './html.ts';
import { offerPage, titleOf } from './offer-page.ts';
import type { RouteParts } from './parts.ts';

const PREFIX = '/offers/';
/** `answer=decline` and nothing more. */
const MAX_BYTES = 200;
/** How long a customer who accepted may look at what became of it. */
const KEPT_MS = 30 * DAY_MS;

/** The address of an offer's page; the same claims have the same address. */
export const offerPageUrl = (publicUrl: string, claims: LinkClaims, keyPepper: string): string =>
  `${publicUrl}${PREFIX}${signLink(claims, keyPepper)}`;

const METHOD_NOT_ALLOWED = (): PlainAnswer =>
  notice(405, 'Not possible', 'This page can be looked at and answered, nothing else.', {
    allow: 'GET, POST',
  });
/** A wrong, foreign or forged link tells nothing: not even whether there is such an offer. */
const NOT_FOUND = (): PlainAnswer => notice(404, 'Nothing here', 'This link does not lead to an offer.');
const GONE = (): PlainAnswer => notice(410, 'This link has ended', 'Its time is up. Nothing was charged.');

/** The customer's page of an offer: a signed link instead of a login (spec c.3). Looking at it changes nothing. */
export function offerLinkRoute({ keyPepper, scopeOf }: RouteParts): PlainRoute {
  return {
    prefix: PREFIX,
    maxBytes: MAX_BYTES,
    async handle(request) {
      if (request.method !== 'GET' && request.method !== 'POST') return METHOD_NOT_ALLOWED();
      const claims = readLink(request.rest, keyPepper);
      if (!claims) return NOT_FOUND();
      const scope = await scopeOf(claims.tenantId).catch(nullIfGone);
      if (!scope) return NOT_FOUND();
      return request.method === 'GET' ? show(scope, claims, null) : answer(scope, claims, request);
    },
  };
}

function nullIfGone(error: unknown): null {
  if (error instanceof NotFoundError) return null;
  throw error;
}

async function show(scope: Scope, claims: LinkClaims, problem: string | null): Promise<PlainAnswer> {
  const view = await customerView(scope, claims.offerId);
  if (!view) return NOT_FOUND();
  const age = scope.now.getTime() - claims.expiresAt.getTime();
  if (age >= 0 && (view.offer.acceptedAt === null || age > KEPT_MS)) return GONE();
  const status = problem === null ? 200 : 409;
  return page(status, titleOf(view), offerPage(view, scope.tenant, problem));
}

async function answer(scope: Scope, claims: LinkClaims, request: PlainRequest): Promise<PlainAnswer> {
  const given = new URLSearchParams(request.body.toString('utf8')).get('answer');
  if (given !== 'accept' && given !== 'decline') {
    return notice(400, 'Please answer again', 'Go back and press one of the two buttons.');
  }
  const view = await customerView(scope, claims.offerId);
  if (!view) return NOT_FOUND();
  if (claims.expiresAt <= scope.now && view.offer.acceptedAt === null) return GONE();
  try {
    const answerNow = given === 'accept' ? acceptOffer : declineOffer;
    await answerNow(scope, { id: claims.offerId, via: 'LINK' });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    // The page says how the offer stands; words for operators stay inside.
    return show(scope, claims, PROBLEMS[error.code] ?? PROBLEMS.INVALID_TRANSITION ?? null);
  }
  // Loading the page again must not answer again.
  return notice(303, 'Thank you', 'Your answer has been taken.', {
    // Beside this address, wherever a proxy has put it.
    location: request.rest,
  });
}

const LATER = 'Nothing was charged. You can try again until the offer ends.';
const PROBLEMS: Record<string, string> = {
  INVALID_TRANSITION: 'The offer has been answered or has ended. This is how it stands.',
  CAPACITY_EXHAUSTED: `All places are taken at the moment. ${LATER}`,
  NOT_FLYABLE: `No drone can fly there at the moment. ${LATER}`,
  NOT_ROUTABLE: `There is no way to send it at the moment. ${LATER}`,
  FLEET_UNAVAILABLE: `No drone is in service at the moment. ${LATER}`,
  HELD: `Deliveries are paused at the moment. ${LATER}`,
};
