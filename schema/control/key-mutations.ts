import {
  claimKey,
  type KeyVersion,
  type KeyView,
  type RotationRun,
  registerKey,
  rotateDueKeys,
  rotateKey,
} from '../../src/control/keys/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { answerOf, newKeyPayload } from './key-handover.ts';
import { KeyScopeEnum } from './key-scope.ts';
import {
  KeyDeliveryEnum,
  KeyKindEnum,
  KeyLevelEnum,
  KeyRegistrationType,
  KeyVersionType,
} from './key-types.ts';

export const KeyTargetInput = builder.inputType('KeyTargetInput', {
  description: 'A secret store that new values are posted to, signed.',
  fields: (t) => ({
    url: t.string({
      required: true,
      description:
        'Gets POST {type, registrationId, name, kind, versionId, value, challenge, sentAt} with Idempotency-Key and X-Signature: t=<unix>,v1=<HMAC-SHA-256 of "t.body" under secret>. https, or http to a private address.',
    }),
    secret: t.string({
      description:
        '16–255 visible ASCII characters; signs the posts. Needed at first; left out later, it stays.',
    }),
    probeUrl: t.string({
      description:
        'Called with "authorization: Bearer <new value>" after the post: 2xx proves it. Default: the post’s answer must hold {"challengeAnswer": HMAC-SHA-256 of challenge under value, in hex}.',
    }),
  }),
});

const RegisterKeyInput = builder.inputType('RegisterKeyInput', {
  description: 'A key to be made and rotated.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is for, up to 100 characters.' }),
    kind: t.field({ type: KeyKindEnum, required: true, description: 'What it opens.' }),
    securityLevel: t.field({ type: KeyLevelEnum, required: true, description: 'How much harm it could do.' }),
    intervalDays: t.int({ description: '1–365; default that of the level.' }),
    graceHours: t.int({ description: 'Hours that a replaced value stays good, 0–720, default 24.' }),
    scopes: t.field({ type: [KeyScopeEnum], description: 'Of an API_KEY: at least one.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When an API_KEY ends, rotated or not; default never.',
    }),
    target: t.field({ type: KeyTargetInput, description: 'Where new values are posted by themselves.' }),
    delivery: t.field({
      type: KeyDeliveryEnum,
      description: 'How the first value is had. Default WEBHOOK with a target, else RESPONSE.',
    }),
    reason: t.string({ description: 'Why, for the audit trail.' }),
    idempotencyKey: t.string({
      description: 'The same key again answers with what was made, without its value.',
    }),
  }),
});

const RotateKeyInput = builder.inputType('RotateKeyInput', {
  description: 'Which key to rotate, and how.',
  fields: (t) => ({
    id: t.globalID({ for: KeyRegistrationType, required: true, description: 'KeyRegistration.id.' }),
    compromised: t.boolean({
      description:
        'Somebody else may have it: no grace, every earlier value ends now, and a critical alert is raised.',
    }),
    graceHours: t.int({ description: 'Hours that the value before stays good, 0–720; default the key’s.' }),
    delivery: t.field({
      type: KeyDeliveryEnum,
      description: 'How the new value is had. Default WEBHOOK with a target, else RESPONSE.',
    }),
    reason: t.string({ description: 'Why, for the audit trail.' }),
    expectedVersion: t.int({ description: 'Refuse with VersionConflict when the key has another version.' }),
    idempotencyKey: t.string({
      description: 'The same key again answers with what was made, without its value.',
    }),
  }),
});

const RegisterKeyPayload = newKeyPayload('RegisterKeyPayload');
const RotateKeyPayload = newKeyPayload('RotateKeyPayload');

interface ClaimAnswer {
  registration: KeyView;
  version: KeyVersion;
  value: string;
}
const ClaimKeyPayload = builder.objectRef<ClaimAnswer>('ClaimKeyPayload').implement({
  description: 'What the envelope held.',
  fields: (t) => ({
    registration: t.field({
      type: KeyRegistrationType,
      description: 'The key.',
      resolve: (p) => p.registration,
    }),
    version: t.field({
      type: KeyVersionType,
      description: 'Its value’s facts; ACTIVE now.',
      resolve: (p) => p.version,
    }),
    value: t.exposeString('value', { description: 'The value itself. Never shown again.' }),
  }),
});

const ClaimKeyInput = builder.inputType('ClaimKeyInput', {
  description: 'Which envelope to open.',
  fields: (t) => ({ token: t.string({ required: true, description: 'The claim token.' }) }),
});

const AutoRotatePayload = builder.objectRef<RotationRun>('AutoRotateKeysPayload').implement({
  description: 'What the run did.',
  fields: (t) => ({
    started: t.exposeInt('started', { description: 'Rotations begun: values on their way to targets.' }),
    told: t.exposeInt('told', { description: 'Due keys that people have been told of.' }),
    held: t.exposeInt('held', { description: 'Of those, keys with a target that the policy gate held.' }),
    revoked: t.exposeInt('revoked', { description: 'Values whose grace or life was over.' }),
    failed: t.exposeInt('failed', { description: 'Envelopes that nobody opened in time.' }),
  }),
});

builder.mutationFields((t) => ({
  registerKey: t.field({
    type: RegisterKeyPayload,
    description: 'Makes a key that is rotated from now on, with its first value. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: RegisterKeyInput, required: true, description: 'The key.' }) },
    resolve: async (_root, { input }, { scope, keyIntervals: intervals }) => {
      const { idempotencyKey, ...given } = input;
      const delivery = given.delivery ?? (given.target ? 'WEBHOOK' : 'RESPONSE');
      return answerOf(scope, await registerKey(scope, { ...given, delivery }, { intervals, idempotencyKey }));
    },
  }),
  rotateKey: t.field({
    type: RotateKeyPayload,
    description:
      'Makes a new value, delivers and tests it, then puts it in force; the one before stays good for the grace. Whatever fails before leaves the old one in force. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: RotateKeyInput, required: true, description: 'Which key, and how.' }) },
    resolve: async (_root, { input }, { scope }) => {
      const { idempotencyKey, compromised, id, ...given } = input;
      const rotation = { ...given, id: id.id, isCompromised: compromised };
      return answerOf(scope, await rotateKey(scope, rotation, { idempotencyKey }));
    },
  }),
  claimKey: t.field({
    type: ClaimKeyPayload,
    description: 'Opens a claim envelope, this once; a second time is ALREADY_CLAIMED. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: ClaimKeyInput, required: true, description: 'Which envelope.' }) },
    resolve: async (_root, { input }, { scope }) => {
      const { registration, versionId, value } = await claimKey(scope, input.token);
      const handover = {
        registrationId: registration.id,
        versionId,
        how: 'SHOWN' as const,
        value,
        claimToken: null,
      };
      return { ...(await answerOf(scope, handover)), value };
    },
  }),
  autoRotateKeys: t.field({
    type: AutoRotatePayload,
    description:
      'Does the daily job’s work now: rotates due keys with a target as far as the policy gate allows, tells people of the others, ends what is over. Again at once, it changes nothing.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    resolve: (_root, _args, { scope }) => rotateDueKeys(scope),
  }),
}));
