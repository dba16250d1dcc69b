import { ValidationError } from '../../src/kernel/errors.ts';

/** Milliseconds that a caller wants to wait for an answer; 0 to 60 seconds. */
export function waitMs(seconds: number): number {
  if (seconds >= 0 && seconds <= 60) return seconds * 1000;
  throw new ValidationError('waitSec', 'waitSec is 0 to 60 seconds.');
}
