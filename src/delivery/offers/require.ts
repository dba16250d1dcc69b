import { DRONE_FLAG, type Steering } from '../../control/flags/index.ts';
import { type Cap, type GateAnswer, gate, type Mode } from '../../control/policy/index.ts';
import type { EngineSettings } from '../../control/tenancy/index.ts';
import { strategyOf } from '../../growth/learning/index.ts';
import { DomainError, type ErrorCode } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Opportunity } from '../opportunities/index.ts';
import type { RouteAnswer } from '../routing/index.ts';
import { loadReach, type Reach, routeNow } from './find-way.ts';
import { ACTION_TYPE } from './offer.ts';
import { consentOf, offeredToday } from './store.ts';

/**
 * Refuses (HELD) when the tenant wants no offers, or no more today: a person's own step skips the approval, not the
 * flag, not the cap and not a mode that keeps everything to itself.
 */
export async function requireOpenDesk(scope: Scope, tx: Tx, settings: Steering): Promise<void> {
  const { upsellMode } = settings;
  const { offersPerDay: limit } = await strategyOf(tx, scope.tenantId, ACTION_TYPE, settings);
  const wouldUse = (await offeredToday(tx, scope.tenantId, scope.now)) + 1;
  const mode = upsellMode === 'APPROVE' ? 'AUTO' : upsellMode;
  refuseHeld(askGate(settings, mode, [{ name: 'MESSAGES_PER_DAY', limit, wouldUse }]), upsellMode);
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
export function requireFlag(settings: Steering): GateAnswer {
  const answer = askGate(settings, 'AUTO');
  refuseHeld(answer, settings.upsellMode);
  return answer;
}

const askGate = (settings: Steering, mode: Mode, caps: readonly Cap[] = []): GateAnswer =>
  gate({
    caps,
    actionClass: 'OFFER',
    isStabilised: settings.flags.isStabilised,
    flag: { key: DRONE_FLAG, isOn: settings.flags.isOn(DRONE_FLAG) },
    mode,
  });

function refuseHeld({ verdict, reason }: GateAnswer, upsellMode: Mode): void {
  if (verdict !== 'HOLD') return;
  const text = reason?.startsWith('FLAG_OFF')
    ? `drone delivery is switched off; set the flag ${DRONE_FLAG} to true with setFlag first`
    : reason?.startsWith('CAP')
      ? 'as many offers as a day may have went out in the last 24 h; wait or raise offersPerDay'
      : `the upsell mode is ${upsellMode}; set it to APPROVE or AUTO first`;
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
  const route = routeNow(opportunity, reach);
  if (route.ok) return { route, reach };
  const { code, reasons } = route;
  const text = reasons.map((reason) => reason.text).join(' ');
  throw new DomainError(CODES[code] ?? 'NOT_ROUTABLE', text, { code, reasons });
}
