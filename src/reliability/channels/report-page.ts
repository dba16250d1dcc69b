import type { Effect } from '../../control/effects/index.ts';
import { isOutbound } from '../../platform/outbound/channels/codes.ts';
import { putNotionPage } from '../../platform/outbound/channels/notion.ts';
import { OutboundDelayed, OutboundRefused } from '../../platform/outbound/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { noteTry, throwWhileOpen } from './attempt.ts';
import { headline } from './layout.ts';
import { openNotification } from './notifications.ts';
import { openChannel } from './open-channel.ts';
import type { SendPayload } from './payload.ts';

/** Lines of one page; more would take longer to write than an attempt may last. */
const MAX_LINES = 300;

/** The key of a page: unique over everything that writes into the same database (spec n.2: tenant|cycle). */
const keyOf = (scope: Scope, { message, notificationId }: SendPayload): string =>
  `${scope.tenant.slug}|${message.reportKey ?? notificationId}`;

/** One try at a page: found by its key and brought up to date, else created. Safe to do again after any interruption. */
export async function attemptPage(scope: Scope, { payload }: Effect<SendPayload>): Promise<void> {
  const { notificationId, channelId, message } = payload;
  const known = await openNotification(scope.db, scope.tenantId, notificationId);
  if (known?.status !== 'QUEUED') throw new OutboundRefused('CUT_OFF');
  const channel = await openChannel(scope, scope.db, channelId);
  if (payload.purpose !== 'TEST') throwWhileOpen(scope, channel);
  const { notionApiBase, notionIntervalMs, timeoutMs } = scope.outbound.channels;
  const lines = payload.text.split('\n');
  const kept = lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES - 1), '…'] : lines;
  try {
    await putNotionPage(
      scope.outbound.http,
      {
        ...{ token: channel.secrets.token ?? '', databaseId: String(channel.settings.databaseId ?? '') },
        ...{ base: notionApiBase, intervalMs: notionIntervalMs, timeoutMs },
      },
      { key: keyOf(scope, payload), title: headline(message), lines: kept },
    );
  } catch (error) {
    const reason = isOutbound(error) ? error.message : 'NOTION_FAILED';
    const openUntil = await noteTry(scope, { notificationId, channelId, reason, error });
    if (error instanceof OutboundRefused) throw error;
    const asked = error instanceof OutboundDelayed ? error.retryAfterSec : null;
    const pause = openUntil ? (openUntil.getTime() - scope.now.getTime()) / 1_000 : 0;
    throw new OutboundDelayed(reason, Math.max(asked ?? 0, pause));
  }
}
