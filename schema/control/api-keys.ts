import { encodeGlobalID } from '@pothos/plugin-relay';
import { type ApiKeyRow, keyStatus, listApiKeys } from '../../src/control/access/index.ts';
import { createApiKey, revokeApiKey, rotateApiKey } from '../../src/control/keys/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { answerOf, newKeyPayload } from './key-handover.ts';
import { KeyScopeEnum } from './key-scope.ts';
import { KeyLevelEnum } from './key-types.ts';

const KeyStatusEnum = builder.enumType('ApiKeyStatus', {
  description: 'Whether a key opens anything.',
  values: {
    ACTIVE: { description: 'It works.' },
    EXPIRED: { description: 'Its expiry has passed.' },
    REVOKED: { description: 'It was revoked.' },
  },
});

const ApiKeyType = builder.objectRef<ApiKeyRow>('ApiKey').implement({
  description: 'A tenant’s key. Its value was shown once, at creation; only a keyed hash is stored.',
  fields: (t) => ({
    id: t.field({ type: 'UUID', description: 'For revokeApiKey.', resolve: (key) => key.id }),
    name: t.exposeString('name', { description: 'What it is for.' }),
    prefix: t.exposeString('prefix', { description: 'The public eight characters of the key text.' }),
    last4: t.exposeString('last4', { description: 'Its last four characters, to recognise it.' }),
    scopes: t.field({ type: [KeyScopeEnum], description: 'What it may do.', resolve: (key) => key.scopes }),
    status: t.field({
      type: KeyStatusEnum,
      description: 'Now.',
      resolve: (key, _a, { scope }) => keyStatus(key, scope.now),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was made.',
      resolve: (key) => key.createdAt,
    }),
    createdBy: t.exposeString('createdBy', { description: 'Who made it.' }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ends; null for never.',
      resolve: (key) => key.expiresAt,
    }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked.',
      resolve: (key) => key.revokedAt,
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Last use, precise to a minute.',
      resolve: (key) => key.lastUsedAt,
    }),
    registrationId: t.id({
      nullable: true,
      description:
        'KeyRegistration.id: what rotates it; null for a key from before rotations (rotateApiKey adopts it).',
      resolve: (key) => key.registrationId && encodeGlobalID('KeyRegistration', key.registrationId),
    }),
  }),
});

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A new key.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is for, up to 100 characters.' }),
    scopes: t.field({ type: [KeyScopeEnum], required: true, description: 'At least one.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it shall end; default never.' }),
    securityLevel: t.field({
      type: KeyLevelEnum,
      description: 'How much harm it could do: decides how often it is rotated. Default MEDIUM.',
    }),
  }),
});

const CreateApiKeyPayload = builder
  .objectRef<{ key: ApiKeyRow; value: string }>('CreateApiKeyPayload')
  .implement({
    description: 'The key and, this once, its value.',
    fields: (t) => ({
      key: t.field({
        type: ApiKeyType,
        description: 'What is known of it from now on.',
        resolve: (p) => p.key,
      }),
      value: t.exposeString('value', {
        description: 'Send it as "authorization: Bearer <value>". Never shown again.',
      }),
    }),
  });

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'Which key to end.',
  fields: (t) => ({
    id: t.field({ type: 'UUID', required: true, description: 'ApiKey.id.' }),
    reason: t.string({ description: 'Why, for the audit trail.' }),
  }),
});

const RotateApiKeyInput = builder.inputType('RotateApiKeyInput', {
  description: 'Which key to replace, and how.',
  fields: (t) => ({
    id: t.field({ type: 'UUID', required: true, description: 'ApiKey.id.' }),
    compromised: t.boolean({ description: 'Somebody else may have it: every earlier value ends now.' }),
    graceHours: t.int({ description: 'Hours that the value before stays good, 0–720; default 24.' }),
    reason: t.string({ description: 'Why, for the audit trail.' }),
    idempotencyKey: t.string({
      description: 'The same key again answers with what was made, without its value.',
    }),
  }),
});

const RotateApiKeyPayload = newKeyPayload('RotateApiKeyPayload');

const RevokeApiKeyPayload = builder.objectRef<{ key: ApiKeyRow }>('RevokeApiKeyPayload').implement({
  description: 'The ended key.',
  fields: (t) => ({ key: t.field({ type: ApiKeyType, description: 'REVOKED now.', resolve: (p) => p.key }) }),
});

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: CreateApiKeyPayload,
    description:
      'Makes a key of this tenant. Where a second person must agree, a key made with a key counts as the same person, one made by the platform admin as a new one. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'The new key.' }) },
    resolve: (_root, { input }, { scope, keyIntervals }) =>
      createApiKey(scope, { ...input, expiresAt: input.expiresAt ?? null }, keyIntervals),
  }),
  rotateApiKey: t.field({
    type: RotateApiKeyPayload,
    description:
      'Gives a key of this API a new value with the same scopes; both open it until the end of the grace. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: RotateApiKeyInput, required: true, description: 'Which key, and how.' }) },
    resolve: async (_root, { input }, { scope, keyIntervals: intervals }) => {
      const { idempotencyKey, compromised: isCompromised, ...given } = input;
      const rotation = { ...given, isCompromised, delivery: 'RESPONSE' as const };
      return answerOf(scope, await rotateApiKey(scope, rotation, { intervals, idempotencyKey }));
    },
  }),
  revokeApiKey: t.field({
    type: RevokeApiKeyPayload,
    description: 'Ends a key at once; its open subscriptions end within 5 s. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'Which key.' }) },
    resolve: async (_root, { input }, { scope, keyIntervals: intervals }) => ({
      key: await revokeApiKey(scope, input.id, { reason: input.reason ?? null, intervals }),
    }),
  }),
}));

builder.queryField('apiKeys', (t) =>
  t.connection({
    type: ApiKeyType,
    description: 'The tenant’s keys, newest first.',
    authScopes: { admin: true },
    resolve: (_root, args, { scope }) => listApiKeys(scope, args),
  }),
);
