import { IncomingWebhook } from '@slack/webhook';
import { OutboundAmbiguous } from '../errors.ts';
import type { OutboundHttp } from '../http.ts';
import { failureOf, isOk, isOutbound } from './codes.ts';
import { fetchOver } from './fetch.ts';

export interface SlackTarget {
  /** The secret itself: whoever knows it may post. */
  readonly url: string;
  readonly isTrusted: boolean;
  readonly timeoutMs?: number | undefined;
}

/** What Slack needs escaped, and nothing else. */
export const escapeSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Posts text that is escaped already and at most 40,000 characters long. Slack knows no idempotency. */
export async function sendSlack(http: OutboundHttp, target: SlackTarget, text: string): Promise<void> {
  const fetch = fetchOver(http, target, (answer) => {
    if (!isOk(answer.status)) throw failureOf('SLACK', answer, answer.body.toString('utf8', 0, 60));
  });
  try {
    await new IncomingWebhook(target.url, { fetch: fetch as never }).send({ text, unfurl_links: false });
  } catch (error) {
    const cause = (error as { original?: unknown }).original ?? error;
    throw isOutbound(cause) ? cause : new OutboundAmbiguous('SLACK_UNREADABLE');
  }
}
