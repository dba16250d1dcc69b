import type { AlertLevel } from '../../control/alert-intake/index.ts';

/** How a channel is spoken to (spec n.1–n.3). */
export const CHANNEL_KINDS = [
  'SLACK',
  'TELEGRAM',
  'SMTP',
  'RESEND',
  'WHATSAPP',
  'WEBHOOK',
  'NOTION',
] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** Why somebody is written to. */
export const PURPOSES = ['FIRING', 'REPEAT', 'ESCALATION', 'RESOLVED', 'TEST', 'REPORT'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** What is said, in plain text; every channel lays it out in its own way. */
export interface Message {
  readonly title: string;
  readonly text: string;
  readonly level: AlertLevel | null;
  /** For programs: webhooks and Notion. */
  readonly facts: Record<string, unknown>;
  /** Notion: one page per key. */
  readonly reportKey?: string;
}

/** Where reports go: every kind of them, or those of whole days only. */
export type ReportPace = 'DAILY' | 'CYCLE';

/** A channel without its secrets, with what is known of its health. */
export interface ChannelView {
  /** A UUID, or `env:slack` and the like for channels of the environment. */
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly isEnabled: boolean;
  /** False when a part of it is missing; messages to it are SKIPPED_NOT_CONFIGURED. */
  readonly isConfigured: boolean;
  /** Given by the environment: every tenant of the installation has it. */
  readonly isShared: boolean;
  readonly getsReports: boolean;
  readonly reportPace: ReportPace;
  /** What is no secret: addresses, chat id, database id. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The last four characters of each secret that is set. */
  readonly hints: Readonly<Record<string, string>>;
  /** Failed attempts in a row. */
  readonly failures: number;
  /** While the circuit is open nothing is tried. */
  readonly openUntil: Date | null;
  readonly lastSentAt: Date | null;
  /** Machine code without secrets; null when the last message arrived. */
  readonly lastError: string | null;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  /** 0 for a channel of the environment that this tenant has never touched. */
  readonly version: number;
}

/** A message for a channel. `step` tells messages of a channel apart: a second one with the same is dropped. */
export interface OutgoingMessage {
  readonly channelId: string;
  readonly purpose: Purpose;
  readonly message: Message;
  readonly alertIds?: readonly string[];
  readonly groupKey?: string;
  readonly step: string;
}

/** What became of a message at once. */
export interface QueuedMessage {
  readonly notificationId: string;
  readonly channelId: string;
  readonly status: 'QUEUED' | 'SKIPPED_NOT_CONFIGURED';
}

/** A report for people. */
export interface Report {
  /** `CYCLE` for those of single cycles; anything else is sent at every pace. */
  readonly kind: string;
  /** Unique per tenant and kind; a second report with the same replaces the first where the channel can. */
  readonly reportKey: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly facts: Record<string, unknown>;
  /**
   * The sweep every five minutes sends it: for transactions that lock the event log afterwards, where nobody may wait
   * for the tenant's place on the router's list.
   */
  readonly isPatient?: boolean;
}
