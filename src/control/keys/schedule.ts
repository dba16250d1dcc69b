import { ValidationError } from '../../kernel/errors.ts';
import { checkText } from '../../kernel/text.ts';
import { addMs, DAY_MS, HOUR_MS } from '../../kernel/time.ts';
import type { KeyLevel, KeyRegistration } from './key.ts';

/** Days between rotations by security level. */
export type KeyIntervals = Readonly<Record<KeyLevel, number>>;

/** The numbers of spec l.1; an installation may set its own (KEY_ROTATION_…_DAYS). */
export const SPEC_INTERVALS: KeyIntervals = { CRITICAL: 30, HIGH: 60, MEDIUM: 90, LOW: 180 };

/** A key is due soon this long before its rotation (spec l.1, ADOPTED). */
export const DUE_SOON_MS = 7 * DAY_MS;
export const MAX_GRACE_HOURS = 30 * 24;
export const DEFAULT_GRACE_HOURS = 24;
/** A claim envelope can be opened for so long. */
export const CLAIM_MS = 24 * HOUR_MS;

/** How a registration stands; RETIRED ones are not rotated any more. */
export const ROTATION_STATUSES = ['HEALTHY', 'DUE_SOON', 'OVERDUE', 'RETIRED'] as const;
export type RotationStatus = (typeof ROTATION_STATUSES)[number];

/** When a key that was rotated at `rotatedAt` is due again (spec l.1: 2026-01-01 CRITICAL → 2026-01-31). */
export const nextRotation = (rotatedAt: Date, intervalDays: number): Date =>
  addMs(rotatedAt, intervalDays * DAY_MS);

/** OVERDUE past its instant, DUE_SOON within the seven days before it (its instant included), else HEALTHY (spec l.1). */
export function rotationStatus(
  key: Pick<KeyRegistration, 'isEnabled' | 'nextRotationAt'>,
  now: Date,
): RotationStatus {
  if (!key.isEnabled) return 'RETIRED';
  const left = key.nextRotationAt.getTime() - now.getTime();
  if (left < 0) return 'OVERDUE';
  return left <= DUE_SOON_MS ? 'DUE_SOON' : 'HEALTHY';
}

/** Whole days since the key was due; 0 before, and during the first day after. */
export function daysOverdue(key: Pick<KeyRegistration, 'isEnabled' | 'nextRotationAt'>, now: Date): number {
  if (!key.isEnabled) return 0;
  return Math.max(0, Math.floor((now.getTime() - key.nextRotationAt.getTime()) / DAY_MS));
}

/** Until when the value before is still good: null when at once (grace 0, or compromised). */
export function graceEnd(now: Date, graceHours: number, isCompromised: boolean): Date | null {
  return isCompromised || graceHours === 0 ? null : addMs(now, graceHours * HOUR_MS);
}

/** Refuses an interval outside 1–365 days. */
export function checkInterval(days: number): void {
  if (!Number.isInteger(days) || days < 1 || days > 365)
    throw new ValidationError('intervalDays', 'A key is rotated every 1 to 365 days.');
}

/** Refuses a grace outside 0–720 hours. */
export function checkGrace(hours: number): void {
  if (!Number.isInteger(hours) || hours < 0 || hours > MAX_GRACE_HOURS)
    throw new ValidationError('graceHours', `The grace is 0 to ${MAX_GRACE_HOURS} hours (30 days).`);
}

/** Refuses a reason that is too long to be one, or cannot be kept. */
export function checkReason(reason: string | null | undefined): void {
  if (reason) checkText(reason, 'reason', 500);
}

/** A grace as long as the interval would always be cut short by the next rotation. */
export function checkRhythm(intervalDays: number, graceHours: number): void {
  checkInterval(intervalDays);
  checkGrace(graceHours);
  if (graceHours > intervalDays * 24)
    throw new ValidationError(
      'graceHours',
      'The grace cannot be longer than the interval between rotations.',
    );
}
