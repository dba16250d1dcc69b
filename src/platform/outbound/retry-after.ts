/** Nobody makes us wait longer than this at a time. */
const MAX_SEC = 3_600;

/**
 * Seconds that a Retry-After header asks us to wait, rounded up, at most an hour; null without a readable one. It may
 * be seconds or an HTTP date (RFC 9110 10.2.3).
 */
export function retryAfterSec(
  header: string | string[] | null | undefined,
  now: () => number = Date.now,
): number | null {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!text) return null;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text)), MAX_SEC);
  const at = Date.parse(text);
  // Dates are of the other side's wall clock, so they are compared with ours, not with a scope's instant.
  return Number.isNaN(at) ? null : Math.min(Math.max(Math.ceil((at - now()) / 1_000), 0), MAX_SEC);
}
