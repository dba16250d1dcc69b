import { hash } from 'node:crypto';
import { UnauthenticatedError } from '../../kernel/errors.ts';
import type { Database } from '../../platform/db/database.ts';
import type { Actor, TenantInfo } from '../../platform/scope.ts';
import { findTenant } from '../tenancy/index.ts';
import { type ApiKeyRow, hashKey, keyPrefix, keyStatus, sameSecret } from './api-key.ts';
import { PLATFORM_ADMIN } from './principals.ts';

/** How long a looked-up key may be trusted without asking again. Bounds how late a revocation is felt. */
const CACHE_MS = 2_000;
/** `last_used_at` is precise to this. */
const TOUCH_MS = 60_000;
const CACHE_SIZE = 10_000;

/** Who called, and for which tenant; `tenant` is null for the platform admin without x-tenant. */
export interface Caller {
  actor: Actor;
  tenant: TenantInfo | null;
  /** Same for every request of the same permissions: tells which answers and subscriptions may be shared. */
  fingerprint: string;
  /** Same for every request of the same key, however it was written: whose budgets are used up. No secret. */
  credential: string;
}

interface KnownKey {
  caller: Caller;
  key: Pick<ApiKeyRow, 'id' | 'expiresAt' | 'revokedAt'>;
  secretHash: string;
  checkedAt: number;
  touchedAt: number;
  /** Digest of the text that was found right since the look-up: comparing secrets slowly once is enough. */
  verified: string | null;
}

export interface Authenticator {
  /** The caller behind an `authorization` value and an `x-tenant` value; UnauthenticatedError when there is none. */
  authenticate(authorization: string | undefined, tenant: string | undefined, now: Date): Promise<Caller>;
}

export interface AuthenticatorOptions {
  database: Database;
  adminToken: string;
  /** Key hashes are keyed with it, so that a stolen database opens nothing. */
  keyPepper: string;
}

/** Checks credentials with two indexed look-ups, remembered for 2 s. Unknown keys are not remembered. */
export function createAuthenticator({
  database,
  adminToken,
  keyPepper,
}: AuthenticatorOptions): Authenticator {
  const known = new Map<string, KnownKey>();
  const lookups = new Map<string, Promise<KnownKey | null>>();

  async function admin(tenantName: string | undefined): Promise<Caller> {
    const tenant = tenantName ? await findTenant(database.directory, tenantName) : undefined;
    if (tenantName && !tenant) throw new UnauthenticatedError(`x-tenant names no tenant: "${tenantName}".`);
    const actor: Actor = { kind: 'PLATFORM_ADMIN', name: PLATFORM_ADMIN, scopes: ['ADMIN'] };
    const name = `admin:${tenant?.id ?? ''}`;
    return { actor, tenant: tenant ?? null, fingerprint: name, credential: name };
  }

  async function look(prefix: string): Promise<KnownKey | null> {
    const place = await database.directory.row<{ tenantId: string }>(
      'SELECT tenant_id AS "tenantId" FROM key_directory WHERE prefix = $1',
      [prefix],
      'key_directory',
    );
    if (!place) return null;
    const key = await database.forTenant(place.tenantId).row<ApiKeyRow & { secretHash: string }>(
      `SELECT id, name, scopes, principals, created_at AS "createdAt", expires_at AS "expiresAt",
         revoked_at AS "revokedAt", secret_hash AS "secretHash"
       FROM api_key WHERE tenant_id = $1 AND prefix = $2`,
      [place.tenantId, prefix],
      'key_by_prefix',
    );
    const tenant = key && (await findTenant(database.directory, place.tenantId));
    if (!key || !tenant) return null;
    const { scopes, principals, createdAt: keyMadeAt } = key;
    const actor: Actor = { kind: 'KEY', name: `key:${key.name}`, scopes, principals, keyMadeAt };
    const fingerprint = `${tenant.id}:${[...key.scopes].sort().join(',')}`;
    const caller = { actor, tenant, fingerprint, credential: `key:${key.id}` };
    return { caller, key, secretHash: key.secretHash, checkedAt: 0, touchedAt: 0, verified: null };
  }

  async function touch(entry: KnownKey, now: Date): Promise<void> {
    if (now.getTime() - entry.touchedAt < TOUCH_MS) return;
    entry.touchedAt = now.getTime();
    const tenantId = (entry.caller.tenant as TenantInfo).id;
    await database
      .forTenant(tenantId)
      .run('UPDATE api_key SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2', [
        tenantId,
        entry.key.id,
        now,
      ]);
  }

  return {
    async authenticate(authorization, tenantName, now) {
      const text = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
      if (!text) throw new UnauthenticatedError('Send a key: header "authorization: Bearer rk_…".');
      const prefix = keyPrefix(text);
      if (prefix === null) {
        if (sameSecret(text, adminToken)) return admin(tenantName);
        throw new UnauthenticatedError('This is neither a key of ours nor the admin token.');
      }
      let entry = known.get(prefix);
      if (!entry || now.getTime() - entry.checkedAt > CACHE_MS) {
        // Requests that arrive together share one look-up.
        let looking = lookups.get(prefix);
        if (!looking) {
          looking = look(prefix).finally(() => lookups.delete(prefix));
          lookups.set(prefix, looking);
        }
        const fresh = await looking;
        if (!fresh) throw new UnauthenticatedError('This key does not exist.');
        entry = { ...fresh, checkedAt: now.getTime(), touchedAt: entry?.touchedAt ?? 0 };
        if (known.size >= CACHE_SIZE) known.clear();
        known.set(prefix, entry);
      }
      const digest = hash('sha256', text);
      if (entry.verified !== digest) {
        if (!sameSecret(hashKey(keyPepper, text), entry.secretHash))
          throw new UnauthenticatedError('This key does not exist.');
        entry.verified = digest;
      }
      const status = keyStatus(entry.key, now);
      if (status !== 'ACTIVE') throw new UnauthenticatedError(`This key is ${status.toLowerCase()}.`);
      const own = entry.caller.tenant as TenantInfo;
      if (tenantName && tenantName !== own.slug && tenantName !== own.id) {
        throw new UnauthenticatedError('x-tenant names another tenant than this key belongs to.');
      }
      await touch(entry, now);
      return entry.caller;
    },
  };
}
