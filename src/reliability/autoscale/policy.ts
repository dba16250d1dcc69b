import { writeAudit } from '../../control/audit/index.ts';
import type { Mode } from '../../control/policy/index.ts';
import { isCurrency } from '../../kernel/currencies.ts';
import { ValidationError, VersionConflictError } from '../../kernel/errors.ts';
import { isStorable } from '../../kernel/text.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Algorithm } from './rule.ts';

export const ADAPTERS = ['NONE', 'WEBHOOK'] as const;
export type Adapter = (typeof ADAPTERS)[number];

/** How a tenant's workers scale, without its secret (spec j.3). */
export interface ScalingPolicy {
  readonly algorithm: Algorithm;
  /** NONE: decisions are recorded, nobody is told. */
  readonly adapter: Adapter;
  readonly endpoint: string | null;
  readonly hasSecret: boolean;
  /** Workers as the adapter has confirmed them last. */
  readonly workers: number;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly dailySpendLimitMinor: bigint;
  readonly currency: string;
  readonly mode: Mode;
  readonly version: number;
  readonly updatedAt: Date | null;
}

/** A policy with its sealed secret: for this domain only. */
export type PolicyRow = ScalingPolicy & { readonly sealed: string | null };

/** The policy of a tenant that has none: the document's limits, nothing is applied. */
export const DEFAULT_POLICY: PolicyRow = {
  ...{ algorithm: 'STEP', adapter: 'NONE', endpoint: null, sealed: null, hasSecret: false },
  ...{ workers: 1, minWorkers: 1, maxWorkers: 4, dailySpendLimitMinor: 5_000n, currency: 'USD' },
  ...{ mode: 'AUTO', version: 0, updatedAt: null },
};

const SELECT = `SELECT algorithm, adapter, endpoint, sealed, sealed IS NOT NULL AS "hasSecret", workers,
  min_workers AS "minWorkers", max_workers AS "maxWorkers", daily_spend_limit_minor AS "dailySpendLimitMinor",
  currency, mode, version, updated_at AS "updatedAt" FROM scaling_policy WHERE tenant_id = $1`;

/** The tenant's policy row; null when it has none and is therefore left alone. */
export async function policyRow(sql: Sql, tenantId: string): Promise<PolicyRow | null> {
  return (await sql.row<PolicyRow>(SELECT, [tenantId], 'scaling_policy')) ?? null;
}

/** The same, locked: changes of one tenant's workers are decided one after the other. */
export async function lockPolicy(tx: Tx, tenantId: string): Promise<PolicyRow | null> {
  return (await tx.row<PolicyRow>(`${SELECT} FOR UPDATE`, [tenantId], 'lock_scaling_policy')) ?? null;
}

/** The tenant's policy, or the defaults. */
export const scalingPolicy = async (scope: Scope): Promise<ScalingPolicy> =>
  (await policyRow(scope.db, scope.tenantId)) ?? DEFAULT_POLICY;

export type ScalingPolicyPatch = {
  readonly [K in keyof Omit<ScalingPolicy, 'hasSecret' | 'version' | 'updatedAt'>]?:
    | ScalingPolicy[K]
    | null
    | undefined;
} & {
  /** Signs the calls of the webhook; never given back. */
  readonly secret?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
};

/** Makes or changes the policy; the rest stays. Audited without its secret. ValidationError, VersionConflictError. */
export function setScalingPolicy(scope: Scope, patch: ScalingPolicyPatch): Promise<ScalingPolicy> {
  return scope.db.tx(async (tx) => {
    await tx.run(
      'INSERT INTO scaling_policy (tenant_id, version, updated_at) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING',
      [scope.tenantId, scope.now],
    );
    const before = (await lockPolicy(tx, scope.tenantId)) as PolicyRow;
    const { expectedVersion, secret, ...changes } = patch;
    if (expectedVersion != null && expectedVersion !== before.version) {
      throw new VersionConflictError('scaling policy', expectedVersion, before.version);
    }
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value != null));
    const sealed = secret == null ? before.sealed : sealedSecret(scope, secret);
    const after: PolicyRow = {
      ...{ ...before, ...given, sealed, hasSecret: sealed !== null },
      ...{ version: before.version + 1, updatedAt: scope.now },
    };
    check(after);
    await save(scope, tx, after);
    await writeAudit(scope, tx, {
      ...{ action: 'scaling-policy.set', subject: scope.tenantId, before: plain(before) },
      after: { ...plain(after), secretChanged: secret != null },
    });
    return after;
  });
}

function sealedSecret(scope: Scope, secret: string): string {
  if (!/^[\x21-\x7e]{16,255}$/.test(secret)) {
    throw new ValidationError('secret', 'A secret has 16 to 255 visible ASCII characters.');
  }
  return scope.outbound.vault.seal(secret, scope.tenantId);
}

/** More than any installation runs; a typo must not ask for a million machines. */
const MOST_WORKERS = 1_000;

function check(policy: PolicyRow): void {
  const inRange = (field: 'minWorkers' | 'maxWorkers' | 'workers', min: number) => {
    const value = policy[field];
    if (!Number.isInteger(value) || value < min || value > MOST_WORKERS) {
      throw new ValidationError(field, `${field} is a whole number from ${min} to ${MOST_WORKERS}.`);
    }
  };
  inRange('minWorkers', 1);
  inRange('maxWorkers', policy.minWorkers);
  inRange('workers', 0);
  if (policy.dailySpendLimitMinor < 0n || policy.dailySpendLimitMinor > 10n ** 15n) {
    throw new ValidationError('dailySpendLimit', 'The daily limit is 0 to 10^15 minor units.');
  }
  if (!isCurrency(policy.currency)) {
    throw new ValidationError('dailySpendLimit.currency', `"${policy.currency}" is not an ISO 4217 code.`);
  }
  if (policy.endpoint !== null && !isAddress(policy.endpoint)) {
    throw new ValidationError('endpoint', 'endpoint is an http or https address without a password in it.');
  }
  if (policy.adapter !== 'WEBHOOK') return;
  if (policy.endpoint === null)
    throw new ValidationError('endpoint', 'The adapter WEBHOOK needs its endpoint.');
  if (policy.sealed === null)
    throw new ValidationError('secret', 'The adapter WEBHOOK needs a secret to sign with.');
}

function isAddress(text: string): boolean {
  if (text.length > 2_000 || !isStorable(text) || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

async function save(scope: Scope, tx: Tx, policy: PolicyRow): Promise<void> {
  await tx.run(
    `UPDATE scaling_policy SET algorithm = $2, adapter = $3, endpoint = $4, sealed = $5, workers = $6,
       min_workers = $7, max_workers = $8, daily_spend_limit_minor = $9, currency = $10, mode = $11, version = $12,
       updated_at = $13 WHERE tenant_id = $1`,
    [
      ...[scope.tenantId, policy.algorithm, policy.adapter, policy.endpoint, policy.sealed, policy.workers],
      ...[policy.minWorkers, policy.maxWorkers, policy.dailySpendLimitMinor, policy.currency, policy.mode],
      ...[policy.version, scope.now],
    ],
  );
}

const plain = ({ sealed: _sealed, ...policy }: PolicyRow): Record<string, unknown> => ({
  ...policy,
  dailySpendLimitMinor: policy.dailySpendLimitMinor.toString(),
});
