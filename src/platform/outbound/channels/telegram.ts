import { OutboundAmbiguous } from '../errors.ts';
import type { OutboundHttp } from '../http.ts';
import { retryAfterSec } from '../retry-after.ts';
import { failureOf, isOk, objectIn } from './codes.ts';

export interface TelegramTarget {
  readonly botToken: string;
  readonly chatId: string;
  readonly base?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Sends plain text of at most 4,096 characters; the token is part of the address, which never gets into an error. */
export async function sendTelegram(http: OutboundHttp, target: TelegramTarget, text: string): Promise<void> {
  const { botToken, chatId, base = 'https://api.telegram.org', timeoutMs } = target;
  const answer = await http.call(`${base}/bot${botToken}/sendMessage`, {
    ...{ method: 'POST', timeoutMs, isTrusted: true },
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ chat_id: chatId, text, link_preview_options: { is_disabled: true } }),
  });
  const said = objectIn(answer.body);
  if (isOk(answer.status)) {
    if (said.ok === true) return;
    throw new OutboundAmbiguous('TELEGRAM_UNREADABLE');
  }
  const asked = (said.parameters as { retry_after?: unknown } | undefined)?.retry_after;
  const pause = retryAfterSec(typeof asked === 'number' ? String(asked) : answer.headers['retry-after']);
  throw failureOf('TELEGRAM', answer, said.description, pause);
}
