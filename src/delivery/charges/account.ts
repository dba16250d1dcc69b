import { writeAudit } from '../../control/audit/index.ts';
import { ValidationError, VersionConflictError } from '../../kernel/errors.ts';
import type { Sql } from '../../platform/db/sql.ts';
import { OutboundDelayed, OutboundRefused } from '../../platform/outbound/errors.ts';
import { openPaymentProvider, openStripePrices } from '../../platform/outbound/payments/open-provider.ts';
import type {
  PaymentCredentials,
  PaymentProvider,
  PaymentProviderName,
  PriceList,
} from '../../platform/outbound/payments/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { createTestProvider } from './test-provider.ts';

/** How a tenant's customers pay; secrets are sealed and never leave this file. */
interface AccountRow {
  provider: PaymentProviderName;
  keyId: string | null;
  secret: string | null;
  webhookSecret: string | null;
  version: number;
}

/** What may be known about it. */
export interface PaymentAccount {
  readonly provider: PaymentProviderName;
  /** Razorpay's key id, or the last four characters of Stripe's key. */
  readonly keyId: string | null;
  readonly hasSecret: boolean;
  readonly hasWebhookSecret: boolean;
  /** Where the provider sends its webhooks; null for the test provider. */
  readonly webhookUrl: string | null;
  /** 0 while nothing has been configured. */
  readonly version: number;
}

/** Only the given parts change; a secret that is left out stays. */
export interface PaymentAccountPatch {
  readonly provider: PaymentProviderName;
  readonly keyId?: string | null | undefined;
  readonly secret?: string | null | undefined;
  readonly webhookSecret?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
}

const DEFAULT: AccountRow = { provider: 'TEST', keyId: null, secret: null, webhookSecret: null, version: 0 };
export const WEBHOOK_PREFIX = '/webhooks/payments/';

async function load(sql: Sql, tenantId: string): Promise<AccountRow> {
  const row = await sql.row<AccountRow>(
    `SELECT provider, key_id AS "keyId", secret, webhook_secret AS "webhookSecret", version
     FROM payment_account WHERE tenant_id = $1`,
    [tenantId],
    'payment_account',
  );
  return row ?? DEFAULT;
}

/** The tenant's payment account without its secrets. */
export async function paymentAccount(scope: Scope): Promise<PaymentAccount> {
  return describe(scope, await load(scope.db, scope.tenantId));
}

function describe(
  scope: Scope,
  { provider, keyId, secret, webhookSecret, version }: AccountRow,
): PaymentAccount {
  const path = `${WEBHOOK_PREFIX}${provider.toLowerCase()}/${scope.tenant.slug}`;
  return {
    ...{ provider, keyId, version, hasSecret: secret !== null, hasWebhookSecret: webhookSecret !== null },
    webhookUrl: provider === 'TEST' ? null : `${scope.outbound.publicUrl()}${path}`,
  };
}

/**
 * The provider that a charge was opened at. OutboundRefused when the account has moved elsewhere, OutboundDelayed when
 * its secret cannot be read (the installation's pepper has changed).
 */
export async function openProvider(scope: Scope, name: PaymentProviderName): Promise<PaymentProvider> {
  if (name === 'TEST') return createTestProvider(scope);
  const account = await load(scope.db, scope.tenantId);
  if (account.provider !== name || account.secret === null) throw new OutboundRefused('PROVIDER_CHANGED');
  return openPaymentProvider(name, unseal(scope, account, account.secret), scope.outbound.payments);
}

/** Where the tenant's prices are billed from; null when its provider has no price list. Fails as `openProvider` does. */
export async function openPriceList(scope: Scope): Promise<PriceList | null> {
  const account = await load(scope.db, scope.tenantId);
  if (account.provider !== 'STRIPE') return null;
  if (account.secret === null) throw new OutboundDelayed('SECRET_MISSING');
  return openStripePrices(unseal(scope, account, account.secret), scope.outbound.payments);
}

function unseal(scope: Scope, account: AccountRow, secret: string): PaymentCredentials {
  const { vault } = scope.outbound;
  try {
    return {
      keyId: account.keyId,
      secret: vault.open(secret, scope.tenantId),
      webhookSecret: account.webhookSecret && vault.open(account.webhookSecret, scope.tenantId),
    };
  } catch {
    throw new OutboundDelayed('SECRET_UNREADABLE');
  }
}

/**
 * Chooses the provider and its keys; audited without secrets. A provider with charges under way cannot be left:
 * nobody could capture, void or look them up any more.
 */
export async function configurePayments(scope: Scope, patch: PaymentAccountPatch): Promise<PaymentAccount> {
  return scope.db.tx(async (tx) => {
    await tx.run('SELECT 1 FROM engine_settings WHERE tenant_id = $1 FOR NO KEY UPDATE', [scope.tenantId]);
    const before = await load(tx, scope.tenantId);
    if (patch.expectedVersion != null && patch.expectedVersion !== before.version) {
      throw new VersionConflictError('payment account', patch.expectedVersion, before.version);
    }
    if (patch.provider !== before.provider) await checkLeft(scope, tx, before.provider);
    const after = changed(scope, before, patch);
    await tx.run(
      `INSERT INTO payment_account (tenant_id, provider, key_id, secret, webhook_secret, version, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id) DO UPDATE SET provider = excluded.provider,
         key_id = excluded.key_id, secret = excluded.secret, webhook_secret = excluded.webhook_secret,
         version = excluded.version, updated_at = excluded.updated_at`,
      [
        ...[scope.tenantId, after.provider, after.keyId, after.secret, after.webhookSecret],
        ...[after.version, scope.now],
      ],
    );
    const known = (row: AccountRow) => ({
      ...{ provider: row.provider, keyId: row.keyId },
      ...{ hasSecret: row.secret !== null, hasWebhookSecret: row.webhookSecret !== null },
    });
    await writeAudit(scope, tx, {
      action: 'payments.configure',
      subject: after.provider,
      before: known(before),
      after: {
        ...known(after),
        secretChanged: patch.secret != null,
        webhookSecretChanged: patch.webhookSecret != null,
      },
    });
    return describe(scope, after);
  });
}

async function checkLeft(scope: Scope, sql: Sql, provider: PaymentProviderName): Promise<void> {
  const row = await sql.row<{ open: number }>(
    `SELECT count(*)::int AS open FROM charge WHERE tenant_id = $1 AND provider = $2
       AND status IN ('PENDING', 'REQUIRES_ACTION', 'AUTHORIZED')`,
    [scope.tenantId, provider],
  );
  if (row && row.open > 0) {
    throw new ValidationError(
      'provider',
      `${row.open} charge(s) at ${provider} are under way; wait until they are captured or given back.`,
    );
  }
}

const SECRET = /^[\x21-\x7e]{8,255}$/;
const FORMS = {
  STRIPE: { secret: /^(sk|rk)_(test|live)_/, says: 'A Stripe secret begins with sk_test_, sk_live_ or rk_.' },
  RAZORPAY: { secret: SECRET, says: 'A Razorpay key secret has 8 to 255 visible characters.' },
} as const;

function changed(scope: Scope, before: AccountRow, patch: PaymentAccountPatch): AccountRow {
  const version = before.version + 1;
  const { provider } = patch;
  if (provider === 'TEST') return { ...DEFAULT, version };
  const kept = provider === before.provider ? before : DEFAULT;
  const seal = (field: 'secret' | 'webhookSecret', form: RegExp, says: string): string | null => {
    const text = patch[field]?.trim();
    if (!text) return kept[field];
    if (!SECRET.test(text) || !form.test(text)) throw new ValidationError(field, says);
    return scope.outbound.vault.seal(text, scope.tenantId);
  };
  const secret = seal('secret', FORMS[provider].secret, FORMS[provider].says);
  if (secret === null) throw new ValidationError('secret', `${provider} needs its secret key.`);
  const says = 'A webhook secret has 8 to 255 visible characters; Stripe’s begins with whsec_.';
  const webhookSecret = seal('webhookSecret', provider === 'STRIPE' ? /^whsec_/ : SECRET, says);
  const given = patch.secret?.trim();
  if (provider === 'STRIPE') {
    return { provider, secret, webhookSecret, version, keyId: given ? given.slice(-4) : kept.keyId };
  }
  const keyId = patch.keyId?.trim() || kept.keyId;
  if (!keyId || !/^rzp_(test|live)_\w{4,60}$/.test(keyId)) {
    throw new ValidationError('keyId', 'A Razorpay key id looks like rzp_live_… or rzp_test_….');
  }
  return { provider, keyId, secret, webhookSecret, version };
}
