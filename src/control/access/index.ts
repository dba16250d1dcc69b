export { type ApiKeyRow, type KeyStatus, keyStatus } from './api-key.ts';
export { type Authenticator, type Caller, createAuthenticator } from './authenticate.ts';
export { forgetAnswers, idempotently } from './idempotency.ts';
export { createApiKey, listApiKeys, type NewKey, revokeApiKey } from './keys.ts';
