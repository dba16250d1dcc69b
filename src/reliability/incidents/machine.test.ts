import { expect, test } from 'vitest';
import { InvalidTransitionError } from '../../kernel/errors.ts';
import { INCIDENT_STATUSES } from './incident.ts';
import { checkTransition } from './machine.ts';

const ALLOWED = [
  'OPEN→ACKED',
  'OPEN→MITIGATED',
  'OPEN→RESOLVED',
  'ACKED→MITIGATED',
  'ACKED→RESOLVED',
  'MITIGATED→RESOLVED',
];

const every = INCIDENT_STATUSES.flatMap((from) => INCIDENT_STATUSES.map((to) => [from, to] as const));

test.each(every)('%s → %s', (from, to) => {
  const step = () => checkTransition(from, to);
  if (ALLOWED.includes(`${from}→${to}`)) expect(step).not.toThrow();
  else expect(step).toThrow(InvalidTransitionError);
});
