export {
  type ApiKeyRow,
  checkNewKey,
  type KeyStatus,
  keyPrefix,
  keyStatus,
  newKeyText,
} from './api-key.ts';
export { type Authenticator, type Caller, createAuthenticator } from './authenticate.ts';
export { forgetAnswers, idempotently } from './idempotency.ts';
export {
  addPrincipals,
  adoptApiKey,
  apiKeyById,
  endApiKeys,
  forgetApiKeys,
  insertApiKey,
  limitApiKeys,
  listApiKeys,
  type NewApiKey,
} from './keys.ts';
export { onceIn } from './once.ts';
export {
  type Asked,
  learners,
  PLATFORM_ADMIN,
  principalsOf,
  requireSecondPerson,
  unite,
} from './principals.ts';
