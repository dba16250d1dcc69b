import { hash } from 'node:crypto';
import type { Reason } from '../../kernel/reason.ts';
import type { EliteTier, RarityComponents } from '../rarity/index.ts';

/** What the customer of an elite opportunity is offered; learning knows it by this name. */
export const ACTION_TYPE = 'rare_drone_drop_bundle';

export const OPPORTUNITY_STATUSES = [
  'DETECTED',
  'OFFERED',
  'ACCEPTED',
  'DISPATCHED',
  'DELIVERED',
  'NOT_FLYABLE',
  'EXPIRED',
  'DECLINED',
  'CANCELLED',
  'FAILED',
] as const;
export type OpportunityStatus = (typeof OPPORTUNITY_STATUSES)[number];

/** A rare order that may be worth an offer (spec c.2), with everything its score was made of. */
export interface Opportunity {
  readonly id: string;
  readonly orderId: string;
  readonly orderVersion: bigint;
  readonly customerId: string | null;
  readonly status: OpportunityStatus;
  readonly tier: EliteTier;
  readonly isElite: boolean;
  readonly isCrossBorder: boolean;
  /** Region that would serve the delivery; null when no hub does. */
  readonly destinationRegion: string | null;
  /** 0..100, unrounded. */
  readonly score: number;
  readonly rawScore: number;
  readonly percentile: number | null;
  readonly components: RarityComponents;
  readonly reasons: readonly Reason[];
  readonly scorerVersion: string;
  readonly calibration: string | null;
  readonly corpusOrders: number;
  readonly currency: string;
  readonly valueMinor: bigint;
  readonly itemNames: readonly string[];
  readonly weightGrams: number;
  readonly pickupCountry: string;
  readonly pickupLat: number;
  readonly pickupLon: number;
  readonly deliveryCountry: string;
  readonly deliveryLat: number;
  readonly deliveryLon: number;
  readonly orderPlacedAt: Date;
  readonly detectedAt: Date;
  readonly version: number;
}

/** Spec c.2. NOT_FLYABLE is reopened when a hub, a site or a drone is added; the other ends are final. */
const NEXT: Record<OpportunityStatus, readonly OpportunityStatus[]> = {
  DETECTED: ['OFFERED', 'NOT_FLYABLE', 'EXPIRED', 'CANCELLED'],
  OFFERED: ['ACCEPTED', 'NOT_FLYABLE', 'EXPIRED', 'DECLINED', 'CANCELLED'],
  ACCEPTED: ['DISPATCHED', 'NOT_FLYABLE', 'EXPIRED', 'CANCELLED', 'FAILED'],
  DISPATCHED: ['DELIVERED', 'CANCELLED', 'FAILED'],
  NOT_FLYABLE: ['DETECTED', 'EXPIRED', 'CANCELLED'],
  DELIVERED: [],
  EXPIRED: [],
  DECLINED: [],
  CANCELLED: [],
  FAILED: [],
};

/** The states from which `to` can be reached; a guarded UPDATE names them. */
export function statesBefore(to: OpportunityStatus): OpportunityStatus[] {
  return OPPORTUNITY_STATUSES.filter((from) => NEXT[from].includes(to));
}

/** The same id for the same version of an order, so that detection is idempotent (spec c.2). */
export function opportunityId(tenantId: string, orderId: string, orderVersion: bigint): string {
  return `opp_${hash('sha256', `${tenantId}|${orderId}|${orderVersion}`).slice(0, 20)}`;
}
