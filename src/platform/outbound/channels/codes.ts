import { OutboundAmbiguous, OutboundDelayed, OutboundRefused } from '../errors.ts';
import type { HttpAnswer } from '../http.ts';
import { retryAfterSec } from '../retry-after.ts';

/** Longer than any machine code, shorter than anything that could quote what was sent. */
const WORD = /^[\w .:-]{1,60}$/;

/** A provider's own word for what went wrong, when it is one: never free text, which may quote what was sent. */
export const wordOf = (text: unknown): string =>
  typeof text === 'string' && WORD.test(text) ? `_${text}` : '';

/** The object in a JSON body; empty when it is none. */
export function objectIn(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** An answer that is no success, as one of our three kinds: 429 and 5xx may be tried again, everything else may not. */
export function failureOf(
  provider: string,
  answer: Pick<HttpAnswer, 'status' | 'headers'>,
  word: unknown,
  pauseSec: number | null = retryAfterSec(answer.headers['retry-after']),
): Error {
  const { status } = answer;
  const says = `${provider}_${status}${wordOf(word)}`;
  if (status === 429 || (status >= 500 && pauseSec !== null)) return new OutboundDelayed(says, pauseSec);
  return status >= 500 ? new OutboundAmbiguous(says) : new OutboundRefused(says);
}

export const isOutbound = (error: unknown): error is Error =>
  error instanceof OutboundRefused || error instanceof OutboundDelayed || error instanceof OutboundAmbiguous;

export const isOk = (status: number): boolean => status >= 200 && status < 300;
