import { runEffects } from '../../control/effects/index.ts';
import { DomainError, NotFoundError } from '../../kernel/errors.ts';
import { addMs } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { subjectOf } from './kinds.ts';
import type { NotificationStatus } from './notifications.ts';
import { queueMessages } from './queue.ts';
import { listChannels } from './read.ts';
import './handlers.ts';

/** A channel is tested at most this often. */
const PAUSE_SEC = 5;
/** All tests of a Notion channel are one page. */
const PAGE = 'TEST';

/** What became of a test message. */
export interface ChannelTest {
  readonly notificationId: string;
  readonly status: NotificationStatus;
  /** Machine code without secrets; null when it arrived. */
  readonly reason: string | null;
  /** Until the other side had answered. */
  readonly latencyMs: number;
}

/**
 * Sends a test message now, past the queue and the breaker, and waits for the answer (a success closes the breaker).
 * QUEUED means that it failed and will be tried again. Throws NotFoundError, and DomainError RATE_LIMITED when the
 * channel was tested less than 5 s ago.
 */
export async function testChannel(scope: Scope, { id }: { id: string }): Promise<ChannelTest> {
  const channel = (await listChannels(scope)).find((one) => one.id === id);
  if (!channel) throw new NotFoundError('channel', id);
  const step = `test:${scope.requestId}:${scope.now.getTime()}`;
  const text = `This is a test of the channel "${channel.name}", asked for by ${scope.actor.name}.`;
  const message = { title: 'Test message', text, level: null, facts: { test: true }, reportKey: PAGE };
  const [queued] = await scope.db.tx(async (tx) => {
    await limitRate(scope, tx, id);
    return queueMessages(scope, tx, [{ channelId: id, purpose: 'TEST', message, step }]);
  });
  const notificationId = queued?.notificationId ?? '';
  const since = performance.now();
  if (queued?.status === 'QUEUED') {
    const page = channel.kind === 'NOTION' ? { page: PAGE } : {};
    await runEffects(scope, { subject: subjectOf(id, { isTest: true, ...page }) });
  }
  const latencyMs = Math.round(performance.now() - since);
  const row = await scope.db.row<Pick<ChannelTest, 'status' | 'reason'>>(
    'SELECT status, reason FROM alert_notification WHERE tenant_id = $1 AND id = $2',
    [scope.tenantId, notificationId],
  );
  return { notificationId, latencyMs, status: row?.status ?? 'QUEUED', reason: row?.reason ?? null };
}

async function limitRate(scope: Scope, tx: Tx, channelId: string): Promise<void> {
  const row = await tx.row<{ at: Date }>(
    `SELECT created_at AS at FROM alert_notification
     WHERE tenant_id = $1 AND created_at > $2 AND channel_id = $3 AND purpose = 'TEST'
     ORDER BY created_at DESC LIMIT 1`,
    [scope.tenantId, addMs(scope.now, -PAUSE_SEC * 1_000), channelId],
  );
  if (!row) return;
  const retryAfterSec = Math.ceil(PAUSE_SEC - (scope.now.getTime() - row.at.getTime()) / 1_000);
  throw new DomainError('RATE_LIMITED', `This channel was just tested; again in ${retryAfterSec} s.`, {
    retryAfterSec,
  });
}
