import { isCurrency } from '../../kernel/currencies.ts';
import { ValidationError, VersionConflictError } from '../../kernel/errors.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { writeAudit } from '../audit/index.ts';
import type { Mode } from '../policy/index.ts';

/** What the engine may do for a tenant. */
export interface EngineSettings {
  opportunityThreshold: number;
  rarityThreshold: number;
  upsellMode: Mode;
  bundlePriceMinor: bigint;
  bundleCurrency: string;
  offerTtlHours: number;
  offersPerDay: number;
  pricingMode: Mode;
  /** How far runbooks go by themselves. */
  recoveryMode: Mode;
  keyRotationMode: Mode;
  dispatchMode: Mode;
  learningMode: Mode;
  /** Most delivery cost that dispatches of 24 h may risk, minor units of the bundle's currency. */
  moneyAtRiskMinor: bigint;
  offerGroundFallback: boolean;
  dispatchGroundFallback: boolean;
  /** Whether a customer must have said yes to marketing; an explicit no always wins. */
  offersNeedConsent: boolean;
  /** Whether a threshold step must clear its Wilson 95 % bound (spec d.3). */
  requireConfidence: boolean;
  /** Times real time at which the built-in fleet flies. */
  simulationSpeed: number;
  version: number;
}

export type EngineSettingsPatch = {
  [K in keyof Omit<EngineSettings, 'version'>]?: EngineSettings[K] | null | undefined;
} & {
  expectedVersion?: number | null | undefined;
};

/** Setting → column. */
const COLUMNS: Record<keyof Omit<EngineSettings, 'version'>, string> = {
  opportunityThreshold: 'opportunity_threshold',
  rarityThreshold: 'rarity_threshold',
  upsellMode: 'upsell_mode',
  bundlePriceMinor: 'bundle_price_minor',
  bundleCurrency: 'bundle_currency',
  offerTtlHours: 'offer_ttl_hours',
  offersPerDay: 'offers_per_day',
  pricingMode: 'pricing_mode',
  recoveryMode: 'recovery_mode',
  keyRotationMode: 'key_rotation_mode',
  dispatchMode: 'dispatch_mode',
  learningMode: 'learning_mode',
  moneyAtRiskMinor: 'money_at_risk_minor',
  offerGroundFallback: 'offer_ground_fallback',
  dispatchGroundFallback: 'dispatch_ground_fallback',
  offersNeedConsent: 'offers_need_consent',
  requireConfidence: 'require_confidence',
  simulationSpeed: 'simulation_speed',
};
const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
const SELECT = `SELECT ${NAMES.map((name) => `${COLUMNS[name]} AS "${name}"`).join(', ')}, version
  FROM engine_settings WHERE tenant_id = $1`;
const UPDATE = `UPDATE engine_settings SET ${NAMES.map((name, i) => `${COLUMNS[name]} = $${i + 4}`).join(', ')},
  version = $2, updated_at = $3 WHERE tenant_id = $1`;

/** Gives a new tenant the defaults of the specification (the column defaults). */
export async function seedSettings(scope: Scope, tx: Tx): Promise<void> {
  await tx.run('INSERT INTO engine_settings (tenant_id, updated_at) VALUES ($1, $2)', [
    scope.tenantId,
    scope.now,
  ]);
}

/** The tenant's engine settings. */
export async function getSettings(sql: Sql, tenantId: string): Promise<EngineSettings> {
  const row = await sql.row<EngineSettings>(SELECT, [tenantId], 'engine_settings');
  if (!row) throw new Error(`Tenant ${tenantId} has no engine settings.`);
  return row;
}

/** Changes some settings; the rest stays. VersionConflictError when `expectedVersion` is not the current one. */
export async function updateSettings(scope: Scope, patch: EngineSettingsPatch): Promise<EngineSettings> {
  return scope.db.tx(async (tx) => {
    const before = await tx.row<EngineSettings>(`${SELECT} FOR UPDATE`, [scope.tenantId]);
    if (!before) throw new Error(`Tenant ${scope.tenantId} has no engine settings.`);
    const { expectedVersion, ...changes } = patch;
    if (expectedVersion != null && expectedVersion !== before.version) {
      throw new VersionConflictError('engine setting', expectedVersion, before.version);
    }
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value != null));
    const after: EngineSettings = { ...before, ...given, version: before.version + 1 };
    checkSettings(after);
    const values = NAMES.map((name) => after[name]);
    await tx.run(UPDATE, [scope.tenantId, after.version, scope.now, ...values]);
    const changed = NAMES.filter((name) => after[name] !== before[name]);
    await scope.events.append(tx, scope.tenantId, [
      {
        type: 'SETTINGS_CHANGED',
        payload: { by: scope.actor.name, changed },
      },
    ]);
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
  moneyAtRiskMinor: settings.moneyAtRiskMinor.toString(),
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
  inRange('moneyAtRiskMinor', 0, 1e15);
  inRange('simulationSpeed', 1, 3600);
  if (settings.opportunityThreshold > settings.rarityThreshold) {
    throw new ValidationError(
      'opportunityThreshold',
      'The opportunity threshold cannot exceed the rarity threshold.',
    );
  }
  if (!Number.isInteger(settings.simulationSpeed)) {
    throw new ValidationError('simulationSpeed', 'simulationSpeed must be a whole number.');
  }
  if (!isCurrency(settings.bundleCurrency)) {
    throw new ValidationError('bundleCurrency', `"${settings.bundleCurrency}" is not an ISO 4217 code.`);
  }
}
