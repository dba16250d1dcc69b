import { createHmac } from 'node:crypto';
import type { HttpAnswer, OutboundHttp } from '../http.ts';

export interface WebhookTarget {
  readonly url: string;
  readonly signingSecret: string;
  readonly isTrusted: boolean;
  readonly timeoutMs?: number | undefined;
}

/** Hex HMAC-SHA256 over `timestamp.body`: who verifies it knows who sent it, when, and that nothing was changed. */
export const webhookSignature = (secret: string, timestamp: string, body: string): string =>
  createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');

/** Posts signed JSON; `id` is the same for every attempt. */
export async function sendWebhook(
  http: OutboundHttp,
  target: WebhookTarget,
  { id, at, body }: { id: string; at: Date; body: object },
): Promise<HttpAnswer> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signature = webhookSignature(target.signingSecret, timestamp, JSON.stringify(body));
  return http.postJson(target.url, body, {
    ...{ isTrusted: target.isTrusted, timeoutMs: target.timeoutMs },
    headers: {
      'idempotency-key': id,
      'x-revenue-timestamp': timestamp,
      'x-revenue-signature': `v1=${signature}`,
    },
  });
}
