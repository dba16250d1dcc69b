import { isCurrency } from '../../kernel/currencies.ts';
import { ValidationError, VersionConflictError } from '../../kernel/errors.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { writeAudit } from '../audit/index.ts';

export const UPSELL_MODES = ['OFF', 'OBSERVE', 'APPROVE', 'AUTO'] as const;
export type UpsellMode = (typeof UPSELL_MODES)[number];

/** What the engine may do for a tenant. */
export interface EngineSettings {
  opportunityThreshold: number;
  rarityThreshold: number;
  upsellMode: UpsellMode;
  bundlePriceMinor: bigint;
  bundleCurrency: string;
  offerTtlHours: number;
  offersPerDay: number;
  version: number;
}

export type EngineSettingsPatch = {
  [K in keyof Omit<EngineSettings, 'version'>]?: EngineSettings[K] | null | undefined;
} & {
  expectedVersion?: number | null | undefined;
};

const COLUMNS = `opportunity_threshold AS "opportunityThreshold", rarity_threshold AS "rarityThreshold",
  upsell_mode AS "upsellMode", bundle_price_minor AS "bundlePriceMinor", bundle_currency AS "bundleCurrency",
  offer_ttl_hours AS "offerTtlHours", offers_per_day AS "offersPerDay", version`;

/** Gives a new tenant the defaults of the specification (the column defaults). */
export async function seedSettings(scope: Scope, tx: Tx): Promise<void> {
  await tx.run('INSERT INTO engine_settings (tenant_id, updated_at) VALUES ($1, $2)', [
    scope.tenantId,
    scope.now,
  ]);
}

/** The tenant's engine settings. */
export async function getSettings(sql: Sql, tenantId: string): Promise<EngineSettings> {
  const row = await sql.row<EngineSettings>(
    `SELECT ${COLUMNS} FROM engine_settings WHERE tenant_id = $1`,
    [tenantId],
    'engine_settings',
  );
  if (!row) throw new Error(`Tenant ${tenantId} has no engine settings.`);
  return row;
}

/** Changes some settings; the rest stays. VersionConflictError when `expectedVersion` is not the current one. */
export async function updateSettings(scope: Scope, patch: EngineSettingsPatch): Promise<EngineSettings> {
  return scope.db.tx(async (tx) => {
    const before = await tx.row<EngineSettings>(
      `SELECT ${COLUMNS} FROM engine_settings WHERE tenant_id = $1 FOR UPDATE`,
      [scope.tenantId],
    );
    if (!before) throw new Error(`Tenant ${scope.tenantId} has no engine settings.`);
    const { expectedVersion, ...changes } = patch;
    if (expectedVersion != null && expectedVersion !== before.version) {
      throw new VersionConflictError('engine setting', expectedVersion, before.version);
    }
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value != null));
    const after: EngineSettings = { ...before, ...given, version: before.version + 1 };
    checkSettings(after);
    await tx.run(
      `UPDATE engine_settings SET opportunity_threshold = $2, rarity_threshold = $3, upsell_mode = $4,
         bundle_price_minor = $5, bundle_currency = $6, offer_ttl_hours = $7, offers_per_day = $8,
         version = $9, updated_at = $10 WHERE tenant_id = $1`,
      [
        scope.tenantId,
        after.opportunityThreshold,
        after.rarityThreshold,
        after.upsellMode,
        after.bundlePriceMinor,
        after.bundleCurrency,
        after.offerTtlHours,
        after.offersPerDay,
        after.version,
        scope.now,
      ],
    );
    await writeAudit(scope, tx, {
      action: 'engine-settings.update',
      subject: scope.tenantId,
      before: plain(before),
      after: plain(after),
    });
    return after;
  });
}

const plain = (settings: EngineSettings) => ({
  ...settings,
  bundlePriceMinor: settings.bundlePriceMinor.toString(),
});

function checkSettings(settings: EngineSettings): void {
  const inRange = (field: keyof EngineSettings, min: number, max: number) => {
    const value = Number(settings[field]);
    if (!(value >= min && value <= max))
      throw new ValidationError(field, `${field} must be between ${min} and ${max}.`);
  };
  inRange('opportunityThreshold', 0, 100);
  inRange('rarityThreshold', 90, 99.5);
  inRange('offerTtlHours', 1, 168);
  inRange('offersPerDay', 0, 10_000);
  inRange('bundlePriceMinor', 1, 1e15);
  if (settings.opportunityThreshold > settings.rarityThreshold) {
    throw new ValidationError(
      'opportunityThreshold',
      'The opportunity threshold cannot exceed the rarity threshold.',
    );
  }
  if (!isCurrency(settings.bundleCurrency)) {
    throw new ValidationError('bundleCurrency', `"${settings.bundleCurrency}" is not an ISO 4217 code.`);
  }
}
