import type { ChannelView, OutgoingMessage } from '../channels/index.ts';
import type { Alert, AlertChange } from './alert.ts';
import { decide, type Tell, told, type Verdict } from './decide.ts';
import { isInhibited } from './inhibit.ts';
import { Letters, type Unsent } from './letters.ts';
import { type Choice, chooseRoute, type Route, type Target, targetOf } from './route.ts';
import { type Silence, silencedUntil } from './silence.ts';

/** What is known of a component whose alerts are looked at. */
export interface GroupFacts {
  readonly hasCritical: boolean;
  readonly toldAt: Date | null;
  readonly criticalToldAt: Date | null;
}

/** Everything that the router goes by when it looks at alerts. */
export interface World {
  readonly now: Date;
  readonly routes: readonly Route[];
  readonly channels: readonly ChannelView[];
  readonly silences: readonly Silence[];
  readonly groups: ReadonlyMap<string, GroupFacts>;
  /** Of alerts that are over: the channels that were told of them, by escalation too. */
  readonly heard?: ReadonlyMap<string, readonly string[]>;
}

/** How an alert stands after a look. */
export interface Standing {
  readonly before: Alert;
  readonly after: Alert;
  readonly tell: Tell | null;
  readonly change: AlertChange | null;
}

/** What a look comes to: rows to write, messages to queue, messages that are not sent. */
export interface Plan {
  readonly standings: readonly Standing[];
  readonly messages: readonly Omit<OutgoingMessage, 'step'>[];
  readonly unsent: readonly Unsent[];
}

const NOBODY: GroupFacts = { hasCritical: false, toldAt: null, criticalToldAt: null };

interface Looked {
  readonly alert: Alert;
  readonly choice: Choice;
  readonly verdict: Verdict;
}

/** Where an alert goes and what is done about it, seen alone. Pure. */
export function lookAt(alert: Alert, world: World): Looked & { until: Date | null } {
  const { now, silences, groups } = world;
  const group = groups.get(alert.component) ?? NOBODY;
  const choice = choiceOf(alert, world);
  const until = silencedUntil(silences, alert, now);
  const verdict = decide(alert, {
    ...{ now, silencedUntil: until, timing: choice.timing, escalation: choice.escalation },
    isInhibited: isInhibited(alert, () => group.hasCritical),
    hasTargets: choice.targets.length > 0,
    ...{ groupToldAt: group.toldAt, groupCriticalToldAt: group.criticalToldAt },
  });
  return { alert, choice, verdict, until };
}

/** Its routes say who is told; of its end those are who were told of it, whatever the routes say by now. */
function choiceOf(alert: Alert, { routes, channels, heard }: World): Choice {
  const choice = chooseRoute(alert, routes, channels);
  const ids = alert.status === 'RESOLVED' ? (heard?.get(alert.id) ?? []) : [];
  return ids.length > 0 ? { ...choice, targets: ids.map((id) => targetOf(id, channels)) } : choice;
}

/** Looks at alerts, tells each group in one message per channel, whoever waits in it included. Pure. */
export function planAlerts(alerts: readonly Alert[], world: World): Plan {
  const standings: Standing[] = [];
  const messages: Omit<OutgoingMessage, 'step'>[] = [];
  const unsent: Unsent[] = [];
  for (const [component, members] of Map.groupBy(alerts, (alert) => alert.component)) {
    const looked = joined(
      members.map((alert) => lookAt(alert, world)),
      world.now,
    );
    const letters = new Letters(component, world.channels);
    for (const each of looked) {
      const standing = standingOf(each, world.now);
      standings.push(standing);
      letters.add(each.choice, standing.before, standing.after, standing.tell);
    }
    messages.push(...letters.messages());
    unsent.push(...letters.unsent());
  }
  return { standings, messages, unsent };
}

/** When a group speaks, those that were waiting for its time speak with it. */
function joined(looked: readonly Looked[], now: Date): Looked[] {
  const speaks = looked.some(({ verdict }) => verdict.tell !== null && verdict.tell !== 'RESOLVED');
  return looked.map((each) => {
    if (!speaks || !each.verdict.isWaiting) return each;
    const { timing, escalation } = each.choice;
    const verdict = told(each.alert, { ...EMPTY, now, timing, escalation }, 'FIRING');
    return { ...each, verdict };
  });
}

const EMPTY = {
  ...{ silencedUntil: null, isInhibited: false, hasTargets: true },
  ...{ groupToldAt: null, groupCriticalToldAt: null },
};

function standingOf({ alert, choice, verdict }: Looked, now: Date): Standing {
  const { tell, suppression, dueAt, escalationStep, escalateAt } = verdict;
  const isHeard = tell !== null && (tell === 'ESCALATION' || choice.targets.some(isReady));
  const after: Alert = {
    ...{ ...alert, suppression, dueAt, escalationStep, escalateAt },
    notifiedAt: tell ? now : alert.notifiedAt,
    notifiedLevel: isHeard ? alert.level : alert.notifiedLevel,
  };
  return { before: alert, after, tell, change: changeOf(alert, after, tell) };
}

function changeOf(before: Alert, { suppression }: Alert, tell: Tell | null): AlertChange | null {
  if (tell === 'ESCALATION') return 'ESCALATED';
  if (before.status === 'RESOLVED' || before.suppression === suppression) return null;
  return suppression ? 'SUPPRESSED' : 'UNSUPPRESSED';
}

const isReady = ({ state }: Target): boolean => state === 'READY';
