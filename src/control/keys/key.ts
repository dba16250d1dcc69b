import { hash, randomBytes } from 'node:crypto';
import type { KeyScope } from '../../platform/scope.ts';

/** How much harm a leaked key could do; decides how often it is rotated (spec 0.7, l.1). */
export const KEY_LEVELS = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;
export type KeyLevel = (typeof KEY_LEVELS)[number];

/** API_KEY opens this API with its scopes; SECRET is a value for another system. */
export const KEY_KINDS = ['API_KEY', 'SECRET'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** How a new value reaches who needs it. */
export const KEY_DELIVERIES = ['RESPONSE', 'CLAIM', 'WEBHOOK'] as const;
export type KeyDelivery = (typeof KEY_DELIVERIES)[number];

export const VERSION_STATUSES = ['PENDING', 'ACTIVE', 'RETIRING', 'REVOKED', 'FAILED'] as const;
export type VersionStatus = (typeof VERSION_STATUSES)[number];

/** The secret store that new values are posted to, as far as it may be shown: paths and queries may hold secrets. */
export interface KeyTarget {
  readonly kind: 'WEBHOOK';
  /** Scheme, host and port. */
  readonly origin: string;
  /** Of what is called with the new value as bearer before it is promoted; null: the store's answer is the test. */
  readonly probeOrigin: string | null;
}

/** A key that is rotated on a schedule (spec l). */
export interface KeyRegistration {
  readonly id: string;
  readonly name: string;
  readonly kind: KeyKind;
  readonly securityLevel: KeyLevel;
  readonly intervalDays: number;
  readonly graceHours: number;
  readonly scopes: KeyScope[];
  readonly target: KeyTarget | null;
  /** The target's addresses and signing secret, sealed. */
  readonly targetSealed: string | null;
  /** Who may know every value of it: its issuer, and whoever has said where values are sent. */
  readonly principals: readonly string[];
  /** False once it has been retired or revoked: it is not rotated any more. */
  readonly isEnabled: boolean;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly lastRotatedAt: Date;
  readonly nextRotationAt: Date;
  readonly version: number;
}

/** One value of a registration as it may be shown: never the value, its hash or its envelope. */
export interface KeyVersion {
  readonly id: string;
  readonly status: VersionStatus;
  readonly prefix: string;
  readonly last4: string;
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  /** RETIRING until then. */
  readonly retireAt: Date | null;
  readonly revokedAt: Date | null;
  readonly claimExpiresAt: Date | null;
  readonly claimedAt: Date | null;
  /** Why it failed or was revoked. */
  readonly reason: string | null;
}

/** What the holder of a new value is given, once; a repeated request is given neither value nor token again. */
export interface Handover {
  readonly registrationId: string;
  readonly versionId: string;
  readonly how: 'SHOWN' | 'CLAIM' | 'WEBHOOK' | 'SHOWN_BEFORE';
  readonly value: string | null;
  readonly claimToken: string | null;
}

const CLAIM_SHAPE = /^kc_[0-9A-Za-z_-]{43}$/;

/** The token that opens a claim envelope once: 256 bits. */
export const newClaimToken = (): string => `kc_${randomBytes(32).toString('base64url')}`;
/** What is stored of a claim token. */
export const claimHash = (token: string): string => hash('sha256', token);
/** Whether a text could be a claim token at all. */
export const isClaimToken = (text: string): boolean => CLAIM_SHAPE.test(text);
