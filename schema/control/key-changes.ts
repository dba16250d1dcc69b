import { retireKey, revokeKey, updateKey } from '../../src/control/keys/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { keyPayload, viewOf } from './key-handover.ts';
import { KeyTargetInput } from './key-mutations.ts';
import { KeyLevelEnum, KeyRegistrationType } from './key-types.ts';

const UpdateKeyRegistrationInput = builder.inputType('UpdateKeyRegistrationInput', {
  description: 'Only what is given changes.',
  fields: (t) => ({
    id: t.globalID({ for: KeyRegistrationType, required: true, description: 'KeyRegistration.id.' }),
    name: t.string({ description: 'What it is for.' }),
    securityLevel: t.field({
      type: KeyLevelEnum,
      description: 'Another level brings its interval, unless one is given.',
    }),
    intervalDays: t.int({ description: '1–365; the next rotation is the last one plus these.' }),
    graceHours: t.int({ description: '0–720, not longer than the interval.' }),
    target: t.field({
      type: KeyTargetInput,
      description: 'Where new values are posted; null: nowhere any more.',
    }),
    reason: t.string({ description: 'Why, for the audit trail.' }),
    expectedVersion: t.int({ description: 'Refuse with VersionConflict when the key has another version.' }),
  }),
});

const RetireKeyInput = builder.inputType('RetireKeyInput', {
  description: 'Which key to end without a successor.',
  fields: (t) => ({
    id: t.globalID({ for: KeyRegistrationType, required: true, description: 'KeyRegistration.id.' }),
    graceHours: t.int({ description: 'Hours that its value stays good, 0–720; default the key’s.' }),
    reason: t.string({ description: 'Why, for the audit trail.' }),
  }),
});

const RevokeKeyInput = builder.inputType('RevokeKeyInput', {
  description: 'What to end at once.',
  fields: (t) => ({
    id: t.globalID({ for: KeyRegistrationType, required: true, description: 'KeyRegistration.id.' }),
    versionId: t.field({
      type: 'UUID',
      description: 'This value only, e.g. the retiring one, or a pending one that went wrong. Default: all.',
    }),
    reason: t.string({ description: 'Why, for the audit trail.' }),
  }),
});

const UpdatePayload = keyPayload('UpdateKeyRegistrationPayload');
const RetirePayload = keyPayload('RetireKeyPayload');
const RevokePayload = keyPayload('RevokeKeyPayload');

builder.mutationFields((t) => ({
  updateKeyRegistration: t.field({
    type: UpdatePayload,
    description: 'Changes how a key is rotated. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: {
      input: t.arg({ type: UpdateKeyRegistrationInput, required: true, description: 'What to change.' }),
    },
    resolve: async (_root, { input: { id, ...patch } }, { scope, keyIntervals }) => {
      await updateKey(scope, { ...patch, id: id.id }, keyIntervals);
      return { registration: await viewOf(scope, id.id) };
    },
  }),
  retireKey: t.field({
    type: RetirePayload,
    description: 'Ends a key without a successor: its value is good for the grace. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: RetireKeyInput, required: true, description: 'Which key.' }) },
    resolve: async (_root, { input: { id, ...more } }, { scope }) => {
      await retireKey(scope, { ...more, id: id.id });
      return { registration: await viewOf(scope, id.id) };
    },
  }),
  revokeKey: t.field({
    type: RevokePayload,
    description: 'Ends a key, or one value of it, at once; felt within 2 s. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: RevokeKeyInput, required: true, description: 'What to end.' }) },
    resolve: async (_root, { input: { id, ...more } }, { scope }) => {
      await revokeKey(scope, { ...more, id: id.id });
      return { registration: await viewOf(scope, id.id) };
    },
  }),
}));
