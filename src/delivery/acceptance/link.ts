import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { isUuid } from '../../kernel/ids.ts';

/** What a link is for: a token of another purpose, tenant or offer is another token. */
export interface LinkClaims {
  readonly tenantId: string;
  readonly offerId: string;
  readonly expiresAt: Date;
}

const PURPOSE = 'offer-link';
/** Far more than a token has; longer ones are not looked at. */
const MAX_LENGTH = 400;

/** A token nobody without the installation's secret can make: base64url(claims).base64url(HMAC-SHA256). */
export function signLink({ tenantId, offerId, expiresAt }: LinkClaims, keyPepper: string): string {
  const claims = [PURPOSE, tenantId, offerId, Math.floor(expiresAt.getTime() / 1000)].join(' ');
  const payload = Buffer.from(claims).toString('base64url');
  return `${payload}.${signature(payload, keyPepper)}`;
}

/** The claims of a token that this installation made, whether or not they have expired; null for any other text. */
export function readLink(token: string, keyPepper: string): LinkClaims | null {
  if (token.length > MAX_LENGTH) return null;
  const [payload = '', given = '', ...more] = token.split('.');
  if (more.length > 0 || !isEqual(given, signature(payload, keyPepper))) return null;
  const [purpose, tenantId = '', offerId = '', seconds] = Buffer.from(payload, 'base64url')
    .toString()
    .split(' ');
  const expiresAt = new Date(Number(seconds) * 1000);
  if (purpose !== PURPOSE || !isUuid(tenantId) || !isUuid(offerId) || Number.isNaN(expiresAt.getTime())) {
    return null;
  }
  return { tenantId, offerId, expiresAt };
}

/** A key of its own, so that no other signature of this installation can stand in for a link's. */
function signature(payload: string, keyPepper: string): string {
  const key = Buffer.from(hkdfSync('sha256', keyPepper, '', PURPOSE, 32));
  return createHmac('sha256', key).update(payload).digest('base64url');
}

/** Compares in constant time, so that nobody can feel their way to a signature. */
function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
