import { addMs } from '../../kernel/time.ts';
import { type Alert, rankOf, type Suppression } from './alert.ts';
import type { EscalationStep, Timing } from './route.ts';

/** What people are told of an alert. */
export type Tell = 'FIRING' | 'REPEAT' | 'ESCALATION' | 'RESOLVED';

/** What is true around an alert when the router looks at it. */
export interface Situation {
  readonly now: Date;
  readonly silencedUntil: Date | null;
  readonly isInhibited: boolean;
  /** False when no channel is meant to hear of it. */
  readonly hasTargets: boolean;
  readonly timing: Timing;
  readonly escalation: readonly EscalationStep[];
  /** When its group (the component) was last told of anything, and of something critical, that still fires. */
  readonly groupToldAt: Date | null;
  readonly groupCriticalToldAt: Date | null;
}

/** What the router does about an alert now, and when it looks again. */
export interface Verdict {
  readonly tell: Tell | null;
  readonly suppression: Suppression | null;
  /** Null when nothing is to come until something happens. */
  readonly dueAt: Date | null;
  readonly escalationStep: number;
  readonly escalateAt: Date | null;
  /** It has not been told and is only waiting for its group's time: it joins whatever its group says before. */
  readonly isWaiting: boolean;
}

type Facts = Pick<
  Alert,
  | 'level'
  | 'status'
  | 'firstAt'
  | 'changedAt'
  | 'resolvedAt'
  | 'ackedAt'
  | 'suppression'
  | 'notifiedAt'
  | 'notifiedLevel'
  | 'escalationStep'
  | 'escalateAt'
>;

/**
 * The life of an alert as its readers see it (spec n.1): wait for the group, be told, be told again when it changed or
 * after hours, go up when it is critical and nobody takes it, and be over, once. Pure.
 */
export function decide(alert: Facts, s: Situation): Verdict {
  if (alert.status === 'RESOLVED') return ending(alert, s);
  const isCritical = alert.level === 'critical';
  const calm: Verdict = {
    ...{ tell: null, suppression: null, dueAt: null, isWaiting: false },
    escalationStep: alert.escalationStep,
    escalateAt: isCritical && !alert.ackedAt ? alert.escalateAt : null,
  };
  if (s.silencedUntil) return { ...calm, suppression: 'SILENCED', dueAt: s.silencedUntil };
  if (s.isInhibited) return { ...calm, suppression: 'INHIBITED' };
  if (!s.hasTargets) return { ...calm, suppression: 'NO_ROUTE' };
  if (alert.ackedAt) return calm;
  const hasFailed = alert.suppression === 'ALL_CHANNELS_FAILED';
  const plans = alert.notifiedAt ? later(alert, s, alert.notifiedAt) : [first(alert, s)];
  const due = plans.find(({ at }) => at <= s.now);
  if (due) {
    const after = told(alert, s, due.tell);
    if (!hasFailed) return after;
    // Until one gets through: the mark stays, and it is tried again soon.
    const retryAt = addMs(s.now, s.timing.groupIntervalSec * 1_000);
    return {
      ...after,
      suppression: 'ALL_CHANNELS_FAILED',
      dueAt: earliest([retryAt, after.dueAt ?? retryAt]),
    };
  }
  return {
    ...calm,
    suppression: hasFailed ? 'ALL_CHANNELS_FAILED' : null,
    dueAt: earliest(plans.map(({ at }) => at)),
    isWaiting: alert.notifiedAt === null,
  };
}

/** What becomes of an alert that is told in this way now. Pure. */
export function told(alert: Facts, { now, escalation, timing }: Situation, tell: Tell): Verdict {
  const isStep = tell === 'ESCALATION';
  const escalationStep = alert.escalationStep + (isStep ? 1 : 0);
  const next = escalation[escalationStep];
  const kept = isStep ? null : alert.escalateAt;
  const escalateAt =
    alert.level === 'critical' ? (kept ?? (next ? addMs(now, next.afterMin * 60_000) : null)) : null;
  const repeatAt = addMs(now, timing.repeatSec * 1_000);
  return {
    ...{ tell, suppression: null, isWaiting: false, escalationStep, escalateAt },
    dueAt: earliest(escalateAt ? [escalateAt, repeatAt] : [repeatAt]),
  };
}

interface Plan {
  readonly tell: Tell;
  readonly at: Date;
}

/** A critical one at once, though not more often than the group waits; another with its group. */
function first(alert: Facts, { timing, groupToldAt, groupCriticalToldAt }: Situation): Plan {
  const wait = timing.groupWaitSec * 1_000;
  if (alert.level === 'critical') {
    const calm = groupCriticalToldAt ? addMs(groupCriticalToldAt, wait) : alert.firstAt;
    return { tell: 'FIRING', at: latest([alert.firstAt, calm]) };
  }
  const ready = addMs(alert.firstAt, wait);
  const calm = groupToldAt ? addMs(groupToldAt, timing.groupIntervalSec * 1_000) : ready;
  return { tell: 'FIRING', at: latest([ready, calm]) };
}

/** What may come after it was told; the first that is due is done. */
function later(alert: Facts, { now, timing }: Situation, notifiedAt: Date): Plan[] {
  const plans: Plan[] = [];
  const after = (tell: Tell, sec: number) => plans.push({ tell, at: addMs(notifiedAt, sec * 1_000) });
  const isRaised = alert.notifiedLevel !== null && rankOf(alert.level) > rankOf(alert.notifiedLevel);
  if (isRaised && alert.level === 'critical') plans.push({ tell: 'FIRING', at: now });
  if (alert.level === 'critical' && alert.escalateAt) {
    plans.push({ tell: 'ESCALATION', at: alert.escalateAt });
  }
  if (isRaised) after('FIRING', timing.groupIntervalSec);
  const isOther = alert.changedAt > notifiedAt || alert.suppression === 'ALL_CHANNELS_FAILED';
  if (isOther) after('REPEAT', timing.groupIntervalSec);
  after('REPEAT', timing.repeatSec);
  return plans;
}

/** The end is told once, to those who were told of the beginning, when it has held for as long as a group waits. */
function ending(alert: Facts, { now, timing, silencedUntil, hasTargets }: Situation): Verdict {
  const over: Verdict = {
    ...{ tell: null, suppression: alert.suppression, dueAt: null, escalateAt: null, isWaiting: false },
    escalationStep: alert.escalationStep,
  };
  if (alert.notifiedLevel === null || silencedUntil || !hasTargets) return over;
  const at = addMs(alert.resolvedAt ?? now, timing.groupWaitSec * 1_000);
  return at <= now ? { ...over, tell: 'RESOLVED' } : { ...over, dueAt: at, escalateAt: alert.escalateAt };
}

const earliest = (instants: readonly Date[]): Date => new Date(Math.min(...instants.map(Number)));
const latest = (instants: readonly Date[]): Date => new Date(Math.max(...instants.map(Number)));
