import { expect, test } from 'vitest';
import { ACTION_CLASSES, type GateQuestion, gate } from './gate.ts';

const ask = (question: Partial<GateQuestion>) => {
  const { verdict, reason } = gate({
    actionClass: 'OFFER',
    isStabilised: false,
    mode: 'AUTO',
    ...question,
  });
  return reason === null ? verdict : `${verdict} ${reason}`;
};
const off = { key: 'FLAG_DRONE_DELIVERY_ENABLED', isOn: false };
const cap = { name: 'MESSAGES_PER_DAY', limit: 50 };

test.each([
  ['nothing against it', {}, 'ALLOW'],
  ['its flag is on', { flag: { ...off, isOn: true } }, 'ALLOW'],
  ['its flag is off', { flag: off }, 'HOLD FLAG_OFF:FLAG_DRONE_DELIVERY_ENABLED'],
  ['mode OFF', { mode: 'OFF' }, 'HOLD MODE_OFF'],
  ['mode OBSERVE', { mode: 'OBSERVE' }, 'HOLD DRY_RUN'],
  ['mode APPROVE', { mode: 'APPROVE' }, 'NEEDS_APPROVAL APPROVAL'],
  ['the last one under a cap', { caps: [{ ...cap, wouldUse: 50 }] }, 'ALLOW'],
  ['one more than the cap', { caps: [{ ...cap, wouldUse: 51 }] }, 'HOLD CAP:MESSAGES_PER_DAY'],
  ['a cap in minor units', { caps: [{ name: 'RISK', limit: 10n, wouldUse: 11n }] }, 'HOLD CAP:RISK'],
  ['a use that is not known', { caps: [{ ...cap, wouldUse: Number.NaN }] }, 'HOLD CAP:MESSAGES_PER_DAY'],
  ['the flag is asked before the mode', { flag: off, mode: 'OFF' }, `HOLD FLAG_OFF:${off.key}`],
  [
    'the mode is asked before the caps',
    { mode: 'OBSERVE', caps: [{ ...cap, wouldUse: 51 }] },
    'HOLD DRY_RUN',
  ],
  ['stabilised: an offer goes on', { isStabilised: true }, 'ALLOW'],
  [
    'stabilised: a price change does not',
    { isStabilised: true, actionClass: 'PRICING_CHANGE', flag: off },
    'HOLD STABILIZE_MODE',
  ],
] satisfies [string, Partial<GateQuestion>, string][])('%s', (_name, question, answer) => {
  expect(ask(question)).toBe(answer);
});

test('stabilise mode freezes what spec 0.5 lists and nothing else', () => {
  const frozen = ACTION_CLASSES.filter((actionClass) => ask({ actionClass, isStabilised: true }) !== 'ALLOW');
  expect(frozen.toSorted()).toEqual([
    'BUDGET_APPLY',
    'EXPERIMENT_REWEIGHT',
    'INCIDENT_RECOVERY',
    'KEY_AUTO_ROTATE',
    'PRICING_CHANGE',
    'ROLLOUT',
    'SCALE',
  ]);
});
