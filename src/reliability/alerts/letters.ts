import type { ChannelKind, ChannelView, OutgoingMessage, Purpose } from '../channels/index.ts';
import type { Alert, Suppression } from './alert.ts';
import type { Tell } from './decide.ts';
import { type Choice, escalationTargets, type Target } from './route.ts';
import { type Line, messageOf, wholeOf } from './text.ts';

/** A message that is not sent, and why. */
export interface Unsent {
  readonly component: string;
  readonly alertIds: readonly string[];
  readonly channelId: string | null;
  readonly kind: ChannelKind | null;
  readonly status: 'SUPPRESSED' | 'SKIPPED_NOT_CONFIGURED';
  readonly reason: string;
  readonly text: string;
}

const PURPOSES: readonly Purpose[] = ['FIRING', 'ESCALATION', 'REPEAT', 'RESOLVED'];

/** The messages of one group: one per channel. */
export class Letters {
  private readonly component: string;
  private readonly channels: readonly ChannelView[];
  private readonly sent = new Map<string, Line[]>();
  private readonly kept = new Map<string, { row: Omit<Unsent, 'alertIds' | 'text'>; lines: Line[] }>();

  constructor(component: string, channels: readonly ChannelView[]) {
    this.component = component;
    this.channels = channels;
  }

  /** `before` and `after` are the alert before and after the look; `tell` is what is said of it, if anything. */
  add(choice: Choice, before: Alert, after: Alert, tell: Tell | null): void {
    const isNewlyMuted = after.suppression !== null && after.suppression !== before.suppression;
    if (isNewlyMuted && tell === null) this.mute(after, choice.targets, after.suppression);
    if (tell === null) return;
    const step = tell === 'ESCALATION' ? choice.escalation[before.escalationStep] : undefined;
    const targets = step ? escalationTargets(step, this.channels) : choice.targets;
    for (const target of targets) {
      if (target.channelId && target.state === 'READY') this.send(target.channelId, { alert: after, tell });
      else if (tell === 'FIRING' || tell === 'ESCALATION') this.skip(target, { alert: after, tell });
    }
  }

  messages(): Omit<OutgoingMessage, 'step'>[] {
    return [...this.sent].map(([channelId, lines]) => ({
      channelId,
      purpose: PURPOSES.find((purpose) => lines.some(({ tell }) => tell === purpose)) ?? 'FIRING',
      message: messageOf(this.component, lines),
      alertIds: lines.map(({ alert }) => alert.id),
      groupKey: this.component,
    }));
  }

  unsent(): Unsent[] {
    return [...this.kept.values()].map(({ row, lines }) => ({
      ...row,
      alertIds: lines.map(({ alert }) => alert.id),
      text: wholeOf(messageOf(this.component, lines)),
    }));
  }

  private send(channelId: string, line: Line): void {
    const lines = this.sent.get(channelId);
    if (lines) lines.push(line);
    else this.sent.set(channelId, [line]);
  }

  private mute(alert: Alert, targets: readonly Target[], reason: Suppression | null): void {
    const nowhere: Target = { channelId: null, kind: null, state: 'READY' };
    for (const { channelId, kind } of targets.length > 0 ? targets : [nowhere]) {
      this.keep({ channelId, kind, status: 'SUPPRESSED', reason: reason ?? '' }, { alert, tell: 'FIRING' });
    }
  }

  private skip({ channelId, kind, state }: Target, line: Line): void {
    const isOff = state === 'DISABLED';
    const status = isOff ? 'SUPPRESSED' : 'SKIPPED_NOT_CONFIGURED';
    this.keep({ channelId, kind, status, reason: isOff ? 'CHANNEL_DISABLED' : 'NOT_CONFIGURED' }, line);
  }

  private keep(row: Omit<Unsent, 'alertIds' | 'text' | 'component'>, line: Line): void {
    const key = `${row.channelId}|${row.kind}|${row.status}|${row.reason}`;
    const kept = this.kept.get(key);
    if (kept) kept.lines.push(line);
    else this.kept.set(key, { row: { component: this.component, ...row }, lines: [line] });
  }
}
