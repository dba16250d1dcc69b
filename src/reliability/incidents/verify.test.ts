import { expect, test } from 'vitest';
import type { Pain } from '../slo/index.ts';
import { judgeStep } from './verify.ts';

const verifyAt = new Date('2026-11-20T12:10:00Z');
const early = new Date('2026-11-20T12:05:00Z');
const pain = (badShare: number | null, burnRate: number): Pain => ({
  ...{ objective: 'o', events: badShare === null ? 0 : 100, badShare, burnRate },
});

test.each([
  ['within its objective again', pain(0.2, 40), pain(0.001, 0.2), early, 'HELPED'],
  ['at most half of what it was', pain(0.2, 40), pain(0.1, 20), early, 'HELPED'],
  ['little better, still time', pain(0.2, 40), pain(0.15, 30), early, 'TOO_EARLY'],
  ['little better, no time left', pain(0.2, 40), pain(0.15, 30), verifyAt, 'DID_NOT_HELP'],
  ['no requests prove nothing', pain(0.2, 40), pain(null, 0), verifyAt, 'DID_NOT_HELP'],
  ['nothing was known before', null, pain(0, 0), early, 'HELPED'],
] as const)('%s', (_name, before, after, now, expected) => {
  expect(judgeStep({ verifyAt }, before, after, now)).toBe(expected);
});
