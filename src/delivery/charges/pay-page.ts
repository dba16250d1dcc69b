import type { Scope } from '../../platform/scope.ts';
import type { Charge } from './charge.ts';

/** Path prefix of the page that hands the customer on to a provider whose hosted page takes a form. */
export const PAY_PREFIX = '/pay/';

/** That page's address. The charge's id is not guessable and tells nothing but an amount. */
export const payPage = (scope: Scope, charge: Pick<Charge, 'id'>): string =>
  `${scope.outbound.publicUrl()}${PAY_PREFIX}${scope.tenant.slug}/${charge.id}`;
