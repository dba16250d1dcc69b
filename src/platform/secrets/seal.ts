import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';

/** Keeps secrets of tenants unreadable in the database. */
export interface Vault {
  /** `v1.` + base64url of nonce, tag and ciphertext; opens only for the same tenant. */
  seal(text: string, tenantId: string): string;
  /** The text again; throws when it was changed, belongs to another tenant or was sealed with another key. */
  open(sealed: string, tenantId: string): string;
  /** HMAC-SHA256 of a key's text under the pepper, in hex: what is stored of a key (spec l.1). */
  hash(text: string): string;
}

/** A vault whose key is derived (HKDF-SHA256) from the installation's pepper. AES-256-GCM, tenant id as AAD. */
export function createVault(keyPepper: string): Vault {
  const key = Buffer.from(hkdfSync('sha256', keyPepper, '', 'tenant-secrets', 32));
  return {
    hash: (text) => createHmac('sha256', keyPepper).update(text).digest('hex'),
    seal(text, tenantId) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(tenantId));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${VERSION}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
    },
    open(sealed, tenantId) {
      const [version, text = ''] = sealed.split('.');
      const bytes = Buffer.from(text, 'base64url');
      if (version !== VERSION || bytes.length < NONCE_BYTES + TAG_BYTES) {
        throw new Error('A sealed secret cannot be read: unknown format.');
      }
      try {
        const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        })
          .setAAD(Buffer.from(tenantId))
          .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const opened = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([opened, decipher.final()]).toString('utf8');
      } catch {
        throw new Error('A sealed secret cannot be read: wrong key, wrong tenant, or it was changed.');
      }
    },
  };
}
