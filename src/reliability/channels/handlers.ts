import { raiseAlerts } from '../../control/alert-intake/index.ts';
import { backoffSec, type Effect, type EffectFailure, handleEffects } from '../../control/effects/index.ts';
import { DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { attemptSend } from './attempt.ts';
import { REPORT, SEND } from './kinds.ts';
import { endNotification, noteAttempt } from './notifications.ts';
import type { SendPayload } from './payload.ts';
import { attemptPage } from './report-page.ts';
import { noteSuccess } from './store.ts';

/** What can be done again without harm is: a doubled alert is better than a lost one. */
const doItAgain = async (): Promise<null> => null;

async function settle(
  scope: Scope,
  tx: Tx,
  { payload }: Effect<SendPayload>,
  reason: string | null,
): Promise<void> {
  const { notificationId, channelId, part, parts } = payload;
  // The channel before the notification, as everywhere.
  await noteSuccess(scope, tx, channelId);
  if (part < parts - 1) await noteAttempt(tx, scope.tenantId, notificationId, null);
  else await endNotification(scope, tx, notificationId, { status: 'SENT', reason, attempted: 1 });
}

async function fail(
  scope: Scope,
  tx: Tx,
  { payload }: Effect<SendPayload>,
  { status, reason }: EffectFailure,
): Promise<void> {
  // The try itself was counted when it failed.
  await endNotification(scope, tx, payload.notificationId, { status, reason, attempted: 0 });
}

/*
 * Three tries, counted on the notification: what the breaker or the pace holds back is no try, so the number of claims
 * says nothing. Whatever could not be said within a day is no news any more.
 */
handleEffects<SendPayload, string | null>({
  kind: SEND,
  retry: { delaySec: () => 0, maxAttempts: Number.POSITIVE_INFINITY, giveUpAfterMs: DAY_MS },
  execute: attemptSend,
  reconcile: doItAgain,
  settle,
  fail,
});

/* A page that Notion does not take is tried for a day, then somebody is told (spec n.2). */
handleEffects<SendPayload, null>({
  kind: REPORT,
  retry: { delaySec: backoffSec, maxAttempts: Number.POSITIVE_INFINITY, giveUpAfterMs: DAY_MS },
  async execute(scope, effect) {
    await attemptPage(scope, effect);
    return null;
  },
  reconcile: doItAgain,
  settle,
  async fail(scope, tx, effect, failure) {
    await fail(scope, tx, effect, failure);
    const { channelId, message, purpose } = effect.payload;
    // Alerts about alerts that did not arrive would go round in circles.
    if (purpose !== 'REPORT') return;
    await raiseAlerts(scope, tx, [
      {
        ...{
          level: 'warning',
          type: 'REPORT_UNDELIVERED',
          component: 'reports',
          labels: { channel: channelId },
        },
        message: `The report "${message.title}" could not be written to Notion (${failure.reason}).`,
      },
    ]);
  },
});
