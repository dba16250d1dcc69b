import { Resend } from 'resend';
import { OutboundAmbiguous, OutboundDelayed } from '../errors.ts';
import { retryAfterSec } from '../retry-after.ts';
import { failureOf, wordOf } from './codes.ts';
import type { Mail } from './mail.ts';

export const EMAIL_TIMEOUT_MS = 10_000;

export interface ResendTarget {
  readonly apiKey: string;
  readonly base?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Sends one e-mail; asked again with the same id within 24 h, Resend sends no second one. */
export async function sendResend(target: ResendTarget, mail: Mail): Promise<void> {
  const { apiKey, base, timeoutMs = EMAIL_TIMEOUT_MS } = target;
  const signal = AbortSignal.timeout(timeoutMs);
  const resend = new Resend(apiKey, { ...(base && { baseUrl: base }) });
  const { error, headers, data } = await resend.emails.send(
    { from: mail.from, to: [...mail.to], subject: mail.subject, text: mail.text },
    // Options go on to fetch; the SDK's own types leave the signal out.
    { idempotencyKey: mail.id, signal } as { idempotencyKey: string },
  );
  if (!error) {
    if (data?.id) return;
    throw new OutboundAmbiguous('RESEND_UNREADABLE');
  }
  if (signal.aborted) throw new OutboundAmbiguous('TIMEOUT');
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status !== 'number') throw withoutStatus(headers);
  // The same key is just being worked on: it is asked again.
  if (error.name === 'concurrent_idempotent_requests') {
    throw new OutboundDelayed(`RESEND_${status}${wordOf(error.name)}`);
  }
  throw failureOf('RESEND', { status, headers: headers ?? {} }, error.name);
}

/** Answers of proxies in between hold no status that the SDK would show; what they ask for is in their headers. */
function withoutStatus(headers: Record<string, string> | null): Error {
  if (!headers) return new OutboundAmbiguous('RESEND_CONNECTION');
  const pause = retryAfterSec(headers['retry-after']);
  return pause === null
    ? new OutboundAmbiguous('RESEND_UNREADABLE')
    : new OutboundDelayed('RESEND_UNREADABLE', pause);
}
