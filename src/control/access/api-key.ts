import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ValidationError } from '../../kernel/errors.ts';
import { checkText } from '../../kernel/text.ts';
import { KEY_SCOPES, type KeyScope } from '../../platform/scope.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KEY_SHAPE = /^rk_(live|test)_([0-9A-Za-z]{8})_([0-9A-Za-z]{43})$/;

/** A tenant's key as the API shows it: never its secret. */
export interface ApiKeyRow {
  id: string;
  name: string;
  prefix: string;
  last4: string;
  scopes: KeyScope[];
  createdAt: Date;
  createdBy: string;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  /** What rotates it; null for keys from before rotations. */
  registrationId: string | null;
  /** Who may know its value. */
  principals: string[];
}

export type KeyStatus = 'ACTIVE' | 'EXPIRED' | 'REVOKED';

/** Whether the key opens anything at `now`. */
export function keyStatus(key: Pick<ApiKeyRow, 'revokedAt' | 'expiresAt'>, now: Date): KeyStatus {
  if (key.revokedAt !== null) return 'REVOKED';
  if (key.expiresAt !== null && key.expiresAt <= now) return 'EXPIRED';
  return 'ACTIVE';
}

/** 62 does not divide 256, so bytes of 248 and above are thrown away instead of favouring some characters. */
function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < 248 && text.length < length) text += BASE62[byte % 62];
    }
  }
  return text;
}

/** `rk_<env>_<id8>_<43 base62>`: 256 bits of secret behind a public prefix (spec l.1). */
export function newKeyText(env: 'live' | 'test' = 'live'): string {
  return `rk_${env}_${randomBase62(8)}_${randomBase62(43)}`;
}

/** The look-up prefix of a key text, or null when the text has not the shape of a key. */
export function keyPrefix(text: string): string | null {
  return KEY_SHAPE.exec(text)?.[2] ?? null;
}

/** What is stored of a key: useless without the pepper. */
export function hashKey(pepper: string, text: string): string {
  return createHmac('sha256', pepper).update(text).digest('hex');
}

/** Constant-time comparison of two texts, of whatever length. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Refuses a nameless, scopeless or already expired key. */
export function checkNewKey(
  name: string,
  scopes: readonly string[],
  expiresAt: Date | null,
  now: Date,
): void {
  checkText(name, 'name', 100, 1);
  if (scopes.length === 0)
    throw new ValidationError('scopes', `Give at least one of ${KEY_SCOPES.join(', ')}.`);
  if (expiresAt !== null && expiresAt <= now)
    throw new ValidationError('expiresAt', 'The expiry must lie ahead.');
}
