import { expect, test } from 'vitest';
import { choose, isSpent, type RecoveryInputs, RUNBOOK_STEPS, type RunbookStepKind } from './runbook.ts';

const NOW = '2026-11-20T12:00:00.000Z';
const minutesAgo = (minutes: number) => new Date(Date.parse(NOW) - minutes * 60_000).toISOString();

const ask = ({
  possible = [...RUNBOOK_STEPS],
  isOn = true,
  isStabilised = false,
  mode = 'AUTO',
  ...given
}: Partial<RecoveryInputs> & {
  possible?: RunbookStepKind[];
  isOn?: boolean;
  isStabilised?: boolean;
  mode?: RecoveryInputs['question']['mode'];
}) => {
  const { verdict, step, skipped, gate } = choose({
    ...{ incidentId: 'i', tried: [], lastAt: null, lastDay: 0, now: NOW, ...given },
    inspections: RUNBOOK_STEPS.map((each) => ({
      ...{ step: each, isPossible: possible.includes(each), says: '', facts: {} },
    })),
    question: {
      ...{ actionClass: 'INCIDENT_RECOVERY', isStabilised, mode },
      flag: { key: 'INCIDENT_AUTORECOVER', isOn },
    },
  });
  return [verdict, step, gate.reason, skipped.join(' ')];
};

test.each([
  ['the first step', {}, ['RUN', 'REQUEUE_DEAD_JOBS', null, '']],
  [
    'the first that has something to do',
    { possible: ['RECYCLE_WORKERS'] },
    ['RUN', 'RECYCLE_WORKERS', null, 'REQUEUE_DEAD_JOBS'],
  ],
  ['each has one turn', { tried: ['REQUEUE_DEAD_JOBS'] }, ['RUN', 'RECYCLE_WORKERS', null, '']],
  ['nothing to do', { possible: [] }, ['EXHAUSTED', null, null, RUNBOOK_STEPS.join(' ')]],
  ['nothing left', { tried: [...RUNBOOK_STEPS] }, ['EXHAUSTED', null, null, '']],
  ['the flag is off', { isOn: false }, ['HELD', 'REQUEUE_DEAD_JOBS', 'FLAG_OFF:INCIDENT_AUTORECOVER', '']],
  [
    'stabilise mode is asked first',
    { isOn: false, isStabilised: true },
    ['HELD', 'REQUEUE_DEAD_JOBS', 'STABILIZE_MODE', ''],
  ],
  ['recovery mode OBSERVE', { mode: 'OBSERVE' }, ['HELD', 'REQUEUE_DEAD_JOBS', 'DRY_RUN', '']],
  ['recovery mode APPROVE', { mode: 'APPROVE' }, ['HELD', 'REQUEUE_DEAD_JOBS', 'APPROVAL', '']],
  ['29 minutes after the last', { lastAt: minutesAgo(29) }, ['COOLING_DOWN', 'REQUEUE_DEAD_JOBS', null, '']],
  ['30 minutes after the last', { lastAt: minutesAgo(30) }, ['RUN', 'REQUEUE_DEAD_JOBS', null, '']],
  ['two today', { lastDay: 2 }, ['RUN', 'REQUEUE_DEAD_JOBS', null, '']],
  ['three today', { lastDay: 3 }, ['HELD', 'REQUEUE_DEAD_JOBS', 'CAP:RECOVERIES_PER_DAY', '']],
] satisfies [string, Parameters<typeof ask>[0], unknown[]][])('%s', (_name, given, expected) => {
  expect(ask(given)).toEqual(expected);
});

test('a runbook is spent when every step that the tenant may do has had its turn', () => {
  const seen = (isForeign: boolean) =>
    RUNBOOK_STEPS.map((step) => ({
      ...{ step, isPossible: false, says: '', facts: {} },
      ...(step === 'RECYCLE_WORKERS' && { isForeign }),
    }));
  const tried = RUNBOOK_STEPS.filter((step) => step !== 'RECYCLE_WORKERS');
  expect(isSpent({ tried, inspections: seen(true) })).toBe(true);
  expect(isSpent({ tried, inspections: seen(false) })).toBe(false);
  expect(isSpent({ tried: tried.slice(1), inspections: seen(true) })).toBe(false);
});
