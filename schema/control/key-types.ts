import {
  daysOverdue,
  KEY_DELIVERIES,
  KEY_KINDS,
  KEY_LEVELS,
  type KeyTarget,
  type KeyVersion,
  type KeyView,
  ROTATION_STATUSES,
  registrationsById,
  rotationStatus,
  VERSION_STATUSES,
} from '../../src/control/keys/index.ts';
import { builder } from '../builder.ts';
import { KeyScopeEnum } from './key-scope.ts';

/** An enum of words with a description each. */
const words = <T extends string>(
  name: string,
  description: string,
  values: readonly T[],
  texts: Record<T, string>,
) =>
  builder.enumType(name, {
    description,
    values: Object.fromEntries(values.map((value) => [value, { description: texts[value] }])) as Record<
      T,
      { description: string }
    >,
  });

export const KeyLevelEnum = words(
  'KeySecurityLevel',
  'How much harm a leaked key could do; decides how often it is rotated (spec 0.7).',
  KEY_LEVELS,
  {
    CRITICAL: 'Every 30 days unless the installation says otherwise.',
    HIGH: 'Every 60 days unless the installation says otherwise.',
    MEDIUM: 'Every 90 days unless the installation says otherwise.',
    LOW: 'Every 180 days unless the installation says otherwise.',
  },
);

export const KeyKindEnum = words('RegisteredKeyKind', 'What a registered key is for.', KEY_KINDS, {
  API_KEY: 'Opens this API with its scopes.',
  SECRET: 'A value for another system: made, delivered and dated here, checked there.',
});

export const KeyDeliveryEnum = words('KeyDelivery', 'How a new value reaches who needs it.', KEY_DELIVERIES, {
  RESPONSE: 'In this answer, this once; it is in force at once.',
  CLAIM: 'In an envelope that a token opens once within 24 hours; it is in force when it is opened.',
  WEBHOOK: 'Posted to the key’s target; it is in force when the target has proved that it holds it.',
});

export const RotationStatusEnum = words(
  'KeyRotationStatus',
  'How a registered key stands (spec l.1).',
  ROTATION_STATUSES,
  {
    HEALTHY: 'More than 7 days until its rotation.',
    DUE_SOON: 'At most 7 days until its rotation.',
    OVERDUE: 'Its rotation should have been.',
    RETIRED: 'It is not rotated any more.',
  },
);

const VersionStatusEnum = words('KeyVersionStatus', 'How one value of a key stands.', VERSION_STATUSES, {
  PENDING: 'Made, not delivered or claimed yet.',
  ACTIVE: 'In force.',
  RETIRING: 'Replaced, and still good until retireAt.',
  REVOKED: 'Over.',
  FAILED: 'Never came into force; see reason.',
});

const TargetType = builder.objectRef<KeyTarget>('KeyTarget').implement({
  description:
    'A secret store that new values are posted to. Of its addresses scheme and host are shown, its signing secret never.',
  fields: (t) => ({
    origin: t.exposeString('origin', { description: 'Where each new value is posted, signed.' }),
    probeOrigin: t.exposeString('probeOrigin', {
      nullable: true,
      description:
        'Where the new value is tried as bearer; a 2xx answer proves it. Null: the store’s answer does.',
    }),
  }),
});

export const KeyVersionType = builder.objectRef<KeyVersion>('KeyVersion').implement({
  description: 'One value of a registered key, without the value.',
  fields: (t) => {
    const instant = (
      name: 'activatedAt' | 'retireAt' | 'revokedAt' | 'claimExpiresAt' | 'claimedAt',
      description: string,
    ) => t.field({ type: 'DateTime', nullable: true, description, resolve: (version) => version[name] });
    return {
      id: t.field({
        type: 'UUID',
        description: 'Plain id; of an API key that of its ApiKey.',
        resolve: (v) => v.id,
      }),
      status: t.field({ type: VersionStatusEnum, description: 'How it stands.', resolve: (v) => v.status }),
      prefix: t.exposeString('prefix', { description: 'The public eight characters of the value.' }),
      last4: t.exposeString('last4', { description: 'Its last four characters, to recognise it.' }),
      createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: (v) => v.createdAt }),
      activatedAt: instant('activatedAt', 'When it came into force.'),
      retireAt: instant('retireAt', 'Good until then, once it has been replaced.'),
      revokedAt: instant('revokedAt', 'When it ended.'),
      claimExpiresAt: instant('claimExpiresAt', 'Until when its envelope can be opened.'),
      claimedAt: instant('claimedAt', 'When its envelope was opened.'),
      reason: t.exposeString('reason', { nullable: true, description: 'Why it failed or ended.' }),
    };
  },
});

export const KeyRegistrationType = builder.objectRef<KeyView>('KeyRegistration');

builder.node(KeyRegistrationType, {
  description: 'A key that is rotated on a schedule (spec l).',
  id: { description: 'Global id.', resolve: (key) => key.id },
  loadMany: (ids: string[], { scope, can, isPlatformAdmin }) =>
    can('ADMIN') || isPlatformAdmin ? registrationsById(scope, ids) : Promise.resolve(ids.map(() => null)),
  fields: (t) => ({
    key: t.field({
      type: 'UUID',
      description: 'Plain id, as in events, effects and audit.',
      resolve: (r) => r.id,
    }),
    name: t.exposeString('name', { description: 'What it is for.' }),
    kind: t.field({ type: KeyKindEnum, description: 'What it opens.', resolve: (r) => r.kind }),
    securityLevel: t.field({
      type: KeyLevelEnum,
      description: 'How much harm it could do.',
      resolve: (r) => r.securityLevel,
    }),
    intervalDays: t.exposeInt('intervalDays', { description: 'Days between rotations, 1–365.' }),
    graceHours: t.exposeInt('graceHours', { description: 'Hours that a replaced value stays good, 0–720.' }),
    scopes: t.field({ type: [KeyScopeEnum], description: 'What it may do here.', resolve: (r) => r.scopes }),
    target: t.field({
      type: TargetType,
      nullable: true,
      description: 'Where new values are posted; null: a person takes them, and it is not rotated by itself.',
      resolve: (r) => r.target,
    }),
    status: t.field({
      type: RotationStatusEnum,
      description: 'How it stands now.',
      resolve: (r, _args, { scope }) => rotationStatus(r, scope.now),
    }),
    daysOverdue: t.int({
      description: 'Whole days since it was due; 0 while it is not.',
      resolve: (r, _args, { scope }) => daysOverdue(r, scope.now),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was registered.',
      resolve: (r) => r.createdAt,
    }),
    createdBy: t.exposeString('createdBy', { description: 'Who registered it.' }),
    lastRotatedAt: t.field({
      type: 'DateTime',
      description: 'When its value last came into force.',
      resolve: (r) => r.lastRotatedAt,
    }),
    nextRotationAt: t.field({
      type: 'DateTime',
      description: 'When it is due: lastRotatedAt + intervalDays.',
      resolve: (r) => r.nextRotationAt,
    }),
    version: t.exposeInt('version', { description: 'For expectedVersion; counts every change.' }),
    versions: t.field({
      type: [KeyVersionType],
      description: 'Its last ten values, newest first; at most two of them are good.',
      resolve: (r) => [...r.versions],
    }),
  }),
});
