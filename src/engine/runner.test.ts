import { expect, test } from 'vitest';
import { cycleStatus } from './runner.ts';
import type { PhaseStatus } from './store.ts';

test.each<[PhaseStatus[], string]>([
  [['COMPLETED', 'COMPLETED'], 'COMPLETED'],
  [['COMPLETED', 'SKIPPED'], 'COMPLETED'],
  [['SKIPPED', 'SKIPPED'], 'COMPLETED'],
  [['COMPLETED', 'FAILED', 'COMPLETED'], 'COMPLETED_WITH_ERRORS'],
  [['FAILED', 'SKIPPED'], 'COMPLETED_WITH_ERRORS'],
  [['FAILED', 'FAILED'], 'FAILED'],
])('phases %j make the cycle %s', (phases, status) => {
  expect(cycleStatus(phases.map((phase) => ({ status: phase })))).toBe(status);
});
