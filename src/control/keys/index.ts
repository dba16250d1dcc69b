export { createApiKey, type NewKey, revokeApiKey, rotateApiKey } from './api-keys.ts';
export { type Claimed, claimKey } from './claim-key.ts';
export { deliverKeys, tickKeys } from './deliver.ts';
export { type Retirement, type Revocation, retireKey, revokeKey } from './end-key.ts';
export {
  type Handover,
  KEY_DELIVERIES,
  KEY_KINDS,
  KEY_LEVELS,
  type KeyDelivery,
  type KeyKind,
  type KeyLevel,
  type KeyRegistration,
  type KeyTarget,
  type KeyVersion,
  VERSION_STATUSES,
  type VersionStatus,
} from './key.ts';
export { pruneKeys } from './prune-keys.ts';
export {
  type KeyFilter,
  type KeyReport,
  type KeyView,
  keyReport,
  listDueKeys,
  listKeys,
  registrationsById,
} from './read.ts';
export { type NewRegistration, registerKey } from './register-key.ts';
export { type RotationRun, rotateDueKeys } from './rotate-due.ts';
export { type Rotation, rotateKey } from './rotate-key.ts';
export {
  daysOverdue,
  type KeyIntervals,
  ROTATION_STATUSES,
  type RotationStatus,
  rotationStatus,
  SPEC_INTERVALS,
} from './schedule.ts';
export { challengeAnswer, type TargetInput } from './target.ts';
export { type KeyPatch, updateKey } from './update-key.ts';
