import { type GateAnswer, gate } from '../../control/policy/index.ts';
import type { EngineSettings } from '../../control/tenancy/index.ts';
import { DomainError, type ErrorCode } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Opportunity } from '../opportunities/index.ts';
import type { RouteAnswer } from '../routing/index.ts';
import { findWayOver, loadReach, type Reach, routeOf } from './find-way.ts';
import { FLAG } from './offer-rule.ts';
import { consentOf } from './store.ts';

/**
 * Refuses (HELD) when the tenant wants no offers at all: a person's own step skips the approval, not the flag and not
 * a mode that keeps everything to itself.
 */
export function requireOpenDesk(settings: EngineSettings): void {
  const { upsellMode } = settings;
  const mode = upsellMode === 'APPROVE' ? 'AUTO' : upsellMode;
  const right = `the upsell mode is ${upsellMode}; set it to APPROVE or AUTO first`;
  refuseHeld(askGate(settings, mode), right);
}

/** Refuses (HELD) when the customer has not agreed to offers, or not any more (spec a.7). */
export async function requireConsent(
  tx: Tx,
  tenantId: string,
  customerId: string | null,
  { offersNeedConsent }: EngineSettings,
): Promise<void> {
  const accepts = customerId === null ? false : await consentOf(tx, tenantId, customerId);
  if (accepts ?? !offersNeedConsent) return;
  throw new DomainError('HELD', 'The customer does not accept offers.', { reason: 'NO_CONSENT' });
}

/** Refuses (HELD) when drone deliveries are switched off; what a customer answers passes every mode. */
export function requireFlag(settings: EngineSettings): GateAnswer {
  const answer = askGate(settings, 'AUTO');
  refuseHeld(answer, 'offers are closed');
  return answer;
}

const askGate = (settings: EngineSettings, mode: EngineSettings['upsellMode']): GateAnswer =>
  gate({
    actionClass: 'OFFER',
    isStabilised: settings.stabiliseMode,
    flag: { key: FLAG, isOn: settings.droneDeliveryEnabled },
    mode,
  });

function refuseHeld({ verdict, reason }: GateAnswer, why: string): void {
  if (verdict !== 'HOLD') return;
  const text = reason?.startsWith('FLAG_OFF')
    ? 'drone delivery is switched off; set droneDeliveryEnabled first'
    : why;
  throw new DomainError('HELD', `Nothing was done: ${text}.`, { reason });
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  CAPACITY_EXHAUSTED: 'CAPACITY_EXHAUSTED',
  NOT_FLYABLE: 'NOT_FLYABLE',
  FLEET_UNAVAILABLE: 'FLEET_UNAVAILABLE',
};

export interface RouteNow {
  readonly route: Extract<RouteAnswer, { ok: true }>;
  readonly reach: Reach;
}

/**
 * The route that exists now (spec c.3). Throws CAPACITY_EXHAUSTED, NOT_FLYABLE, FLEET_UNAVAILABLE or NOT_ROUTABLE,
 * with the reasons.
 */
export async function requireRoute(
  scope: Scope,
  tx: Tx,
  opportunity: Opportunity,
  settings: EngineSettings,
): Promise<RouteNow> {
  const reach = await loadReach(tx, scope.tenantId, scope.now, settings.offerGroundFallback);
  const { way } = findWayOver(reach)(opportunity);
  const route = routeOf(opportunity, reach.network, reach.groundFallback);
  if (way.ok && route.ok) return { route, reach };
  const { code, reasons } = way.ok ? (route as Extract<RouteAnswer, { ok: false }>) : way;
  const text = reasons.map((reason) => reason.text).join(' ');
  throw new DomainError(CODES[code] ?? 'NOT_ROUTABLE', text, { code, reasons });
}
