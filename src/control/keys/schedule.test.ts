import { describe, expect, test } from 'vitest';
import { claimHash, isClaimToken, newClaimToken } from './key.ts';
import {
  checkGrace,
  checkInterval,
  checkRhythm,
  daysOverdue,
  graceEnd,
  nextRotation,
  rotationStatus,
  SPEC_INTERVALS,
} from './schedule.ts';

const at = (text: string) => new Date(text);
const registered = at('2026-01-01T00:00:00Z');

test.each([
  ['CRITICAL', 30, '2026-01-31T00:00:00.000Z'],
  ['HIGH', 60, '2026-03-02T00:00:00.000Z'],
  ['MEDIUM', 90, '2026-04-01T00:00:00.000Z'],
  ['LOW', 180, '2026-06-30T00:00:00.000Z'],
] as const)('a %s key of 1 January is due after %d days', (level, days, next) => {
  expect(SPEC_INTERVALS[level]).toBe(days);
  expect(nextRotation(registered, days).toISOString()).toBe(next);
});

// Spec l.1: CRITICAL registered 2026-01-01 → next 2026-01-31.
test.each([
  ['2026-01-01T00:00:00Z', 'HEALTHY', 0],
  ['2026-01-23T00:00:00Z', 'HEALTHY', 0],
  ['2026-01-23T23:59:59.999Z', 'HEALTHY', 0],
  ['2026-01-24T00:00:00Z', 'DUE_SOON', 0],
  ['2026-01-31T00:00:00Z', 'DUE_SOON', 0],
  ['2026-01-31T00:00:00.001Z', 'OVERDUE', 0],
  ['2026-02-01T00:00:00Z', 'OVERDUE', 1],
  ['2026-02-02T23:59:59Z', 'OVERDUE', 2],
] as const)('at %s it is %s, %d days over', (now, status, days) => {
  const key = { isEnabled: true, nextRotationAt: nextRotation(registered, 30) };
  expect(rotationStatus(key, at(now))).toBe(status);
  expect(daysOverdue(key, at(now))).toBe(days);
  expect(rotationStatus({ ...key, isEnabled: false }, at(now))).toBe('RETIRED');
  expect(daysOverdue({ ...key, isEnabled: false }, at(now))).toBe(0);
});

test.each([
  [24, false, '2026-01-02T00:00:00.000Z'],
  [1, false, '2026-01-01T01:00:00.000Z'],
  [720, false, '2026-01-31T00:00:00.000Z'],
  [0, false, undefined],
  [24, true, undefined],
] as const)('a grace of %d h (compromised: %s) ends %s', (hours, isCompromised, end) => {
  expect(graceEnd(registered, hours, isCompromised)?.toISOString()).toBe(end);
});

describe('limits', () => {
  test.each([
    [1, true],
    [365, true],
    [0, false],
    [366, false],
    [1.5, false],
    [Number.NaN, false],
  ])('an interval of %d days: %s', (days, isFine) => {
    const check = () => checkInterval(days);
    if (isFine) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ field: 'intervalDays' }));
  });
  test.each([
    [0, true],
    [720, true],
    [-1, false],
    [721, false],
    [0.5, false],
  ])('a grace of %d hours: %s', (hours, isFine) => {
    const check = () => checkGrace(hours);
    if (isFine) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ field: 'graceHours' }));
  });
  test('a grace is not longer than the interval', () => {
    expect(() => checkRhythm(2, 48)).not.toThrow();
    expect(() => checkRhythm(2, 49)).toThrow(expect.objectContaining({ field: 'graceHours' }));
  });
});

test('a claim token has 256 bits behind a mark, and only its hash is kept', () => {
  const tokens = Array.from({ length: 100 }, newClaimToken);
  expect(new Set(tokens).size).toBe(100);
  for (const token of tokens) expect(isClaimToken(token)).toBe(true);
  expect(isClaimToken(`${tokens[0]}x`)).toBe(false);
  expect(isClaimToken('')).toBe(false);
  expect(claimHash('kc_a')).toMatch(/^[0-9a-f]{64}$/);
});
