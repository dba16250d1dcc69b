import type { AlertLevel } from '../../control/alert-intake/index.ts';
import { checkText } from '../../kernel/text.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import {
  type ChannelKind,
  type ChannelView,
  listChannels,
  type NotificationStatus,
} from '../channels/index.ts';
import type { Alert, Suppression } from './alert.ts';
import { loadWorld } from './flush.ts';
import { lookAt, type World } from './plan.ts';
import type { AlertNotification } from './read.ts';
import type { Choice } from './route.ts';

/** What has become, or would become, of an alert at one channel. */
export interface ChannelResult {
  readonly channel: ChannelView | null;
  readonly kind: ChannelKind | null;
  readonly status: NotificationStatus;
  readonly reason: string | null;
}

/** What the router does with an alert, and why. */
export interface Routing {
  readonly choice: Choice;
  readonly results: readonly ChannelResult[];
  readonly suppression: Suppression | null;
  readonly silencedUntil: Date | null;
  /** When it is told, if nothing happens before; null when it is not. */
  readonly tellAt: Date | null;
}

export interface RoutingRequest {
  readonly level: AlertLevel;
  readonly type: string;
  readonly component: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What would happen to such an alert if it were raised now, for the first time. Reads only. */
export async function previewRouting(scope: Scope, request: RoutingRequest): Promise<Routing> {
  const { now } = scope;
  checkText(request.component, 'component', 100);
  checkText(request.type, 'type', 100);
  const alert: Alert = {
    ...request,
    ...{ id: '', fingerprint: '', title: null, message: '', status: 'FIRING', count: 1n },
    ...{ firstAt: now, lastAt: now, changedAt: now, resolvedAt: null, ackedAt: null, ackedBy: null },
    ...{ suppression: null, dueAt: now, notifiedAt: null, notifiedLevel: null, escalationStep: 0 },
    ...{ escalateAt: null, opensIncident: false, incidentId: null },
  };
  const world = await loadWorld(scope, scope.db, [request.component]);
  // Whoever asks has perhaps just configured a channel.
  return routingOf(alert, { ...world, channels: await listChannels(scope) }, []);
}

/** How an alert stands at its channels: by its messages where there are any, else by what is planned. */
export async function routingNow(
  scope: Scope,
  tx: Tx,
  alert: Alert,
  notifications: readonly AlertNotification[],
): Promise<Routing> {
  return routingOf(alert, await loadWorld(scope, tx, [alert.component]), notifications);
}

function routingOf(alert: Alert, world: World, notifications: readonly AlertNotification[]): Routing {
  const { choice, verdict, until } = lookAt(alert, world);
  const { suppression } = verdict;
  const results = choice.targets.map(({ channelId, kind, state }): ChannelResult => {
    const channel = world.channels.find(({ id }) => id === channelId) ?? null;
    const written = notifications.find((n) => n.channelId === channelId && n.channelKind === kind);
    if (suppression && suppression !== 'ALL_CHANNELS_FAILED') {
      return { channel, kind, status: 'SUPPRESSED', reason: suppression };
    }
    if (written) return { channel, kind, status: written.status, reason: written.reason };
    if (state === 'READY') return { channel, kind, status: 'QUEUED', reason: null };
    const isOff = state === 'DISABLED';
    const status = isOff ? 'SUPPRESSED' : 'SKIPPED_NOT_CONFIGURED';
    return { channel, kind, status, reason: isOff ? 'CHANNEL_DISABLED' : 'NOT_CONFIGURED' };
  });
  const isNobodys = results.length === 0;
  const nobody: ChannelResult = { channel: null, kind: null, status: 'SUPPRESSED', reason: 'NO_ROUTE' };
  const isComing = suppression === null || suppression === 'ALL_CHANNELS_FAILED';
  return {
    ...{ choice, suppression, silencedUntil: until, results: isNobodys ? [nobody] : results },
    tellAt: isComing ? (verdict.tell ? world.now : verdict.dueAt) : null,
  };
}
