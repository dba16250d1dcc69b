import { ValidationError } from '../../kernel/errors.ts';
import { type Money, money } from '../../kernel/money.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import {
  type BundleCount,
  lifetimeFacts,
  type NodeSlots,
  type ReportFacts,
  type StoredAmounts,
  windowFacts,
} from './facts.ts';
import { type DroneKpi, judgeKpis, perThousandOrders } from './kpi.ts';

const MAX_WINDOW_DAYS = 92;

/** How a bundle's offers were answered. */
export interface BundleConversion extends BundleCount {
  /** Accepted of offered, per cent, two decimals; null without an offer. */
  readonly conversionPct: number | null;
}

/** What the seed's status and report have in common. */
export interface DeliveryTotals {
  /** Offers that are waiting for an answer, a payment or their dispatch, now. */
  readonly droneActionsQueued: number;
  readonly droneActionsDispatched: number;
  /** Captured and not refunded, one amount per currency; never added across currencies. */
  readonly totalDroneRevenue: readonly Money[];
  /** Hubs with their slots, now. */
  readonly worldwideNodes: readonly NodeSlots[];
  readonly upsellConversionByBundle: readonly BundleConversion[];
}

/** The delivery wing over a window (spec c.9). */
export interface DroneReport extends DeliveryTotals {
  readonly from: Date;
  readonly to: Date;
  readonly kpis: readonly DroneKpi[];
  readonly deliveryOpportunitiesDetected: number;
  readonly eliteOpportunities: number;
  readonly crossBorderOrders: number;
  /** Orders of the window that could have become an opportunity. */
  readonly eligibleOrders: number;
  /** Of 1,000 of these, how many did; null below 20 (C12). */
  readonly detectedPerThousandOrders: number | null;
}

/**
 * The six KPIs and the seed's fields over `[from, to)`, by default the last 24 hours up to and with now. One
 * statement. ValidationError when the window is empty or longer than 92 days.
 */
export async function droneReport(
  scope: Scope,
  window: { from?: Date | null | undefined; to?: Date | null | undefined } = {},
): Promise<DroneReport> {
  const to = window.to ?? addMs(scope.now, 1);
  const from = window.from ?? addMs(to, -DAY_MS);
  if (from >= to) throw new ValidationError('to', 'The end of the window must be after its start.');
  if (to.getTime() - from.getTime() > MAX_WINDOW_DAYS * DAY_MS) {
    throw new ValidationError('from', `A window has at most ${MAX_WINDOW_DAYS} days.`);
  }
  const facts = await windowFacts(scope.db, scope.tenantId, { from, to });
  const windowMs = to.getTime() - from.getTime();
  // A hub that is out of service has no slots to be short of.
  const hubs = facts.nodes.filter(({ isEnabled }) => isEnabled);
  return {
    ...{ from, to, kpis: judgeKpis({ ...facts, windowMs, hubs }) },
    deliveryOpportunitiesDetected: facts.detected,
    eliteOpportunities: facts.elite,
    crossBorderOrders: facts.crossBorder,
    eligibleOrders: facts.eligibleOrders,
    detectedPerThousandOrders: perThousandOrders(facts.foundOrders, facts.eligibleOrders),
    ...totalsOf(facts),
  };
}

/** The seed's fields of all time, for the engine's status; one statement. */
export async function deliveryTotals(sql: Sql, tenantId: string): Promise<DeliveryTotals> {
  return totalsOf(await lifetimeFacts(sql, tenantId));
}

function totalsOf(
  facts: Pick<ReportFacts, 'queued' | 'dispatched' | 'revenue' | 'nodes' | 'bundles'>,
): DeliveryTotals {
  return {
    droneActionsQueued: facts.queued,
    droneActionsDispatched: facts.dispatched,
    totalDroneRevenue: amountsOf(facts.revenue),
    worldwideNodes: facts.nodes,
    upsellConversionByBundle: facts.bundles.map((bundle) => ({
      ...bundle,
      conversionPct:
        bundle.offered === 0 ? null : Math.round((bundle.accepted / bundle.offered) * 10_000) / 100,
    })),
  };
}

const amountsOf = (stored: StoredAmounts): Money[] =>
  Object.entries(stored)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, minor]) => money(BigInt(minor), currency));
