import { hash, randomBytes } from 'node:crypto';

/** Parts are joined by NUL, which no id or key contains, so that ('ab','c') and ('a','bc') differ. */
const SEPARATOR = '\u0000';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The reserved tenant: the installation itself (spec 0.3). Its flags are everybody's; its trail and alerts its operator's. */
export const PLATFORM_TENANT = '00000000-0000-0000-0000-000000000000';

/** Whose jobs a tenant may know of: its own; the installation's operator looks at all. */
export const jobsOf = (tenantId: string): string | undefined =>
  tenantId === PLATFORM_TENANT ? undefined : tenantId;

/** Time-ordered UUID (RFC 9562 version 7) of `nowMs` (Unix ms, 48 bits; 0 before 1970); `random` is at least 10 bytes. */
export function uuidv7(nowMs: number, random: Uint8Array = randomBytes(10)): string {
  if (random.length < 10) throw new RangeError(`uuidv7 needs 10 random bytes, not ${random.length}.`);
  const time = Math.max(0, Math.floor(nowMs)).toString(16).padStart(12, '0');
  return dashed(time + Buffer.from(random).toString('hex'), '7');
}

/** The same UUID for the same parts, for ever: SHA-1 of the parts laid out as RFC 9562 version 5. */
export function uuidFrom(...parts: string[]): string {
  const hex = hash('sha1', parts.join(SEPARATOR));
  // The digest's thirteenth digit makes room for the version.
  return dashed(hex.slice(0, 12) + hex.slice(13), '5');
}

/** Lower-case hex SHA-256 of the parts joined by NUL: effect and de-duplication keys (spec 0.4). */
export function sha256Hex(...parts: string[]): string {
  return hash('sha256', parts.join(SEPARATOR));
}

/** Whether `text` is a UUID of any version, in either case. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Lays out 31 hex digits as a UUID: the version goes between the 12th and 13th, the variant into the 16th. */
function dashed(hex: string, version: '5' | '7'): string {
  const variant = '89ab'[Number.parseInt(hex.charAt(15), 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}${hex.slice(12, 15)}-${variant}${hex.slice(16, 19)}-${hex.slice(19, 31)}`;
}
