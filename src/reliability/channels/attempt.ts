import type { Effect } from '../../control/effects/index.ts';
import { isOutbound } from '../../platform/outbound/channels/codes.ts';
import { OutboundDelayed, OutboundGivenUp, OutboundRefused } from '../../platform/outbound/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ChannelKind } from './channel.ts';
import { deliver } from './deliver.ts';
import { noteAttempt, openNotification } from './notifications.ts';
import { type OpenChannel, openChannel } from './open-channel.ts';
import { keepPace } from './pace.ts';
import type { SendPayload } from './payload.ts';
import { noteFailure } from './store.ts';

/** Tries of one message (spec n.1), and seconds until the second and the third; Retry-After may make it longer. */
export const TRIES = 3;
const RETRY_SEC = [2, 10];

/**
 * One try at a message. What is held back by the breaker or by the channel's pace has not been tried and does not
 * count. Gives back what the channel has to say. Throws OutboundDelayed to be called again, OutboundGivenUp after the
 * third try.
 */
export async function attemptSend(scope: Scope, effect: Effect<SendPayload>): Promise<string | null> {
  const { payload } = effect;
  const isTest = payload.purpose === 'TEST';
  const known = await openNotification(scope.db, scope.tenantId, payload.notificationId);
  // An earlier part failed for good, or the channel was deleted.
  if (known?.status !== 'QUEUED') throw new OutboundRefused('CUT_OFF');
  const channel = await openChannel(scope, scope.db, payload.channelId);
  const tries = triesSoFar(effect);
  if (!isTest) {
    throwWhileOpen(scope, channel, tries);
    await keepPace(scope, channel, (code) => counted(code, tries));
  }
  try {
    return await deliver(scope, channel, payload);
  } catch (error) {
    throw await failed(scope, effect, error, { tries: tries + 1, kind: channel.kind });
  }
}

/*
 * Tries are counted in what is kept of the last one, because claims that were held back are none, and the notification
 * counts those of all its parts together.
 */
const COUNTED = / \(tried (\d+) of \d+\)$/;
const triesSoFar = ({ lastError }: Pick<Effect, 'lastError'>): number =>
  Number(COUNTED.exec(lastError ?? '')?.[1] ?? 0);
const counted = (reason: string, tries: number): string =>
  tries === 0 ? reason : `${reason} (tried ${tries} of ${TRIES})`;

/** The first message after the pause is let through to see (half-open); messages of a channel go one by one. */
export function throwWhileOpen(scope: Scope, { openUntil }: Pick<OpenChannel, 'openUntil'>, tries = 0): void {
  if (openUntil && openUntil > scope.now) {
    throw new OutboundDelayed(counted('CIRCUIT_OPEN', tries), secondsUntil(scope, openUntil));
  }
}

const secondsUntil = (scope: Scope, at: Date): number => (at.getTime() - scope.now.getTime()) / 1_000;

/** Counts a failed try on the message and on the channel, and says what follows. */
async function failed(
  scope: Scope,
  effect: Effect<SendPayload>,
  error: unknown,
  { tries, kind }: { tries: number; kind: ChannelKind },
): Promise<Error> {
  // What is no answer of the other side's is a bug of ours or the database's: tried again like a lost answer.
  const reason = isOutbound(error) ? error.message : `${kind}_FAILED`;
  // Its name only: messages of foreign code may quote addresses.
  if (!isOutbound(error)) scope.log.error({ error: (error as Error)?.name, effectId: effect.id }, 'channel');
  const { notificationId, channelId } = effect.payload;
  const openUntil = await noteTry(scope, { notificationId, channelId, reason, error });
  if (error instanceof OutboundRefused) return error;
  if (tries >= TRIES) return new OutboundGivenUp(reason);
  const asked = error instanceof OutboundDelayed ? (error.retryAfterSec ?? 0) : 0;
  const pause = openUntil && openUntil > scope.now ? secondsUntil(scope, openUntil) : 0;
  return new OutboundDelayed(counted(reason, tries), Math.max(RETRY_SEC[tries - 1] ?? 0, asked, pause));
}

/** A failed try of anything on a channel. Being asked to slow down is no sign that the other side is down. */
export async function noteTry(
  scope: Scope,
  given: { notificationId: string; channelId: string; reason: string; error: unknown },
): Promise<Date | null> {
  const { notificationId, channelId, reason, error } = given;
  const isCounted = !(error instanceof OutboundDelayed && error.retryAfterSec !== null);
  return scope.db.tx(async (tx) => {
    const openUntil = await noteFailure(scope, tx, channelId, { reason, isCounted });
    await noteAttempt(tx, scope.tenantId, notificationId, reason);
    return openUntil;
  });
}
