import { defineFormula } from '../decisions/index.ts';
import type { KeyLevel } from './key.ts';

export interface DueInputs {
  readonly registrationId: string;
  readonly securityLevel: KeyLevel;
  readonly nextRotationAt: string;
  readonly hasTarget: boolean;
}
export interface DueOutput {
  readonly action: 'ROTATE' | 'TELL';
}

/** What is done about a key that is due: one with a target is rotated, of the others people are told (spec l.1, C34). */
export const DUE_FORMULA = defineFormula<DueInputs, DueOutput>({
  kind: 'control.key-rotation',
  version: '1',
  compute: ({ hasTarget, nextRotationAt }) => ({
    output: { action: hasTarget ? 'ROTATE' : 'TELL' },
    reasons: [
      { code: 'KEY_DUE', text: `It was due for rotation at ${nextRotationAt}.` },
      hasTarget
        ? { code: 'HAS_TARGET', text: 'A new value can be delivered to its target.' }
        : { code: 'NO_TARGET', text: 'Nothing can be given a new value: a person rotates it.' },
    ],
  }),
});
