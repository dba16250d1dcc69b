import type { AlertLevel } from '../../control/alert-intake/index.ts';
import { type ChannelKind, type ChannelView, channelsInUse, MAIL_KINDS } from '../channels/index.ts';
import { type Matchable, type Matcher, matches } from './match.ts';

/** One step that a critical alert goes up when nobody acknowledges it. */
export interface EscalationStep {
  /** Minutes since the step before, or since it was first told. */
  readonly afterMin: number;
  /** Empty: every configured channel. */
  readonly channelIds: readonly string[];
}

/** Which alerts go to which channels; the first match wins unless it says to go on. */
export interface Route {
  readonly id: string;
  readonly position: number;
  readonly name: string;
  /** Empty: every level. */
  readonly levels: readonly AlertLevel[];
  readonly matchers: readonly Matcher[];
  /** Empty: nobody is told. */
  readonly channelIds: readonly string[];
  readonly escalation: readonly EscalationStep[];
  readonly isContinued: boolean;
  readonly groupWaitSec: number;
  readonly groupIntervalSec: number;
  readonly repeatSec: number;
  readonly version: number;
}

/** The columns of `Route`; `r` is the table. */
export const ROUTE_COLUMNS = `r.id, r.position, r.name, r.levels, r.matchers, r.channel_ids AS "channelIds", r.escalation,
  r.is_continued AS "isContinued", r.group_wait_sec AS "groupWaitSec", r.group_interval_sec AS "groupIntervalSec",
  r.repeat_sec AS "repeatSec", r.version`;

/** The times of Alertmanager, and 15 minutes until a critical alert escalates (spec n.0, n.1). */
export const DEFAULT_TIMING: Timing = { groupWaitSec: 30, groupIntervalSec: 300, repeatSec: 14_400 };
export const DEFAULT_ESCALATION: readonly EscalationStep[] = [{ afterMin: 15, channelIds: [] }];

export type Timing = Pick<Route, 'groupWaitSec' | 'groupIntervalSec' | 'repeatSec'>;

/** One place that an alert goes to. */
export interface Target {
  /** Null when there is no such channel. */
  readonly channelId: string | null;
  readonly kind: ChannelKind | null;
  readonly state: 'READY' | 'NOT_CONFIGURED' | 'DISABLED';
}

/** Where an alert goes, and by which rules. */
export interface Choice {
  /** The routes that matched; empty when the default tree decided. */
  readonly routes: readonly Route[];
  /** Empty when nobody is told. */
  readonly targets: readonly Target[];
  readonly timing: Timing;
  readonly escalation: readonly EscalationStep[];
}

/** What the default tree tells, by level; e-mail is either of its kinds. */
const DEFAULT_TREE: Record<AlertLevel, readonly (ChannelKind | 'EMAIL')[]> = {
  info: [],
  warning: ['SLACK'],
  error: ['SLACK', 'EMAIL'],
  critical: ['SLACK', 'EMAIL', 'TELEGRAM'],
};
/** A critical alert goes to these too where they are configured; a Notion page is for reports. */
const ALSO_CRITICAL: readonly ChannelKind[] = ['WEBHOOK', 'WHATSAPP'];

/**
 * Where the alert goes (spec n.1): the channels of the first route that matches, and of those behind it while routes say
 * to go on; by the default tree when none matches, so that nothing critical is lost between routes. Pure.
 */
export function chooseRoute(
  alert: Matchable,
  routes: readonly Route[],
  channels: readonly ChannelView[],
): Choice {
  const chosen: Route[] = [];
  for (const route of routes) {
    if (route.levels.length > 0 && !route.levels.includes(alert.level)) continue;
    if (!matches(route.matchers, alert)) continue;
    chosen.push(route);
    if (!route.isContinued) break;
  }
  const [first] = chosen;
  if (!first) {
    const targets = defaultTargets(alert.level, channels);
    return { routes: [], targets, timing: DEFAULT_TIMING, escalation: DEFAULT_ESCALATION };
  }
  const ids = new Set(chosen.flatMap(({ channelIds }) => channelIds));
  const escalation = chosen.find((route) => route.escalation.length > 0)?.escalation ?? DEFAULT_ESCALATION;
  return { routes: chosen, targets: [...ids].map((id) => targetOf(id, channels)), timing: first, escalation };
}

/** Where a step of the escalation goes: its channels, or every one that can be told. Pure. */
export function escalationTargets(step: EscalationStep, channels: readonly ChannelView[]): Target[] {
  if (step.channelIds.length > 0) return step.channelIds.map((id) => targetOf(id, channels));
  return defaultTargets('critical', channels);
}

/** A channel by its id, as a place to go to. Pure. */
export function targetOf(id: string, channels: readonly ChannelView[]): Target {
  const channel = channels.find((each) => each.id === id);
  return channel ? asTarget(channel) : { channelId: null, kind: null, state: 'NOT_CONFIGURED' };
}

const asTarget = ({ id, kind, isEnabled, isConfigured }: ChannelView): Target => ({
  channelId: id,
  kind,
  state: isConfigured ? (isEnabled ? 'READY' : 'DISABLED') : 'NOT_CONFIGURED',
});

function defaultTargets(level: AlertLevel, channels: readonly ChannelView[]): Target[] {
  const wanted = DEFAULT_TREE[level].flatMap((kind) => targetsOf(kind, channels));
  if (level !== 'critical') return wanted;
  const also = ALSO_CRITICAL.flatMap((kind) => targetsOf(kind, channels));
  return [...wanted, ...also.filter(({ state }) => state === 'READY')];
}

/** The tenant's own channels of a kind, else the installation's, else the answer that there is none. */
function targetsOf(kind: ChannelKind | 'EMAIL', channels: readonly ChannelView[]): Target[] {
  const kinds: readonly ChannelKind[] = kind === 'EMAIL' ? MAIL_KINDS : [kind];
  const inUse = channelsInUse(kinds, channels);
  if (inUse.length > 0) return inUse.map(asTarget);
  const found = channels.filter((channel) => kinds.includes(channel.kind));
  const missing = found.find((channel) => channel.kind === kinds[0]) ?? found[0];
  return [missing ? asTarget(missing) : { channelId: null, kind: kinds[0] ?? null, state: 'NOT_CONFIGURED' }];
}
