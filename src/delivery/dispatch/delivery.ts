import { InvalidTransitionError } from '../../kernel/errors.ts';
import type { DeliveryPayload } from '../../platform/events/payloads.ts';
import type { DeliveryLeg } from './legs.ts';

export const DELIVERY_STATUSES = [
  'PENDING',
  'ASSIGNED',
  'PICKED_UP',
  'IN_TRANSIT',
  'DELIVERED',
  'FAILED',
  'CANCELLED',
] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Under way: at most one such delivery exists per offer. */
export const LIVE_DELIVERIES = [
  'PENDING',
  'ASSIGNED',
  'PICKED_UP',
  'IN_TRANSIT',
] as const satisfies readonly DeliveryStatus[];

/** Urgency, from 1 (STANDARD) to 4 (VIP_RARE) (spec c.8). */
export const DELIVERY_PRIORITIES = ['STANDARD', 'EXPRESS', 'PREMIUM', 'VIP_RARE'] as const;
export type DeliveryPriority = (typeof DELIVERY_PRIORITIES)[number];

/** Times a dispatch may fail (spec c.8). */
export const MAX_ATTEMPTS = 3;

/** That the package arrived: where and when it was put down, and by whom. */
export interface DeliveryProof {
  /** ISO instant. */
  readonly at: string;
  readonly lat: number;
  readonly lon: number;
  readonly droneId: string | null;
  readonly note: string | null;
}

/** A package under way from door to door (spec c.8). Amounts are minor units of `currency`. */
export interface Delivery {
  readonly id: string;
  readonly offerId: string;
  readonly opportunityId: string;
  readonly status: DeliveryStatus;
  readonly priority: DeliveryPriority;
  /** Region of the last hub. */
  readonly destinationRegion: string;
  readonly isRegionOverridden: boolean;
  /** Node ids. */
  readonly routePath: readonly string[];
  /** In order of travel; empty while no route exists. */
  readonly legs: readonly DeliveryLeg[];
  /** The leg under way. */
  readonly legIndex: number;
  readonly legStartedAt: Date | null;
  /** 0..1. */
  readonly successProbability: number;
  readonly etaMin: number;
  /** Estimated cost of carrying it: what is at risk. */
  readonly costMinor: bigint;
  readonly currency: string;
  readonly weightGrams: number;
  readonly droneId: string | null;
  /** Tries that failed. */
  readonly attempts: number;
  readonly isRerouted: boolean;
  /** Its drone has been silent for more than 60 s. */
  readonly isSuspect: boolean;
  /** Why it waits or how it ended. */
  readonly reason: string | null;
  readonly proof: DeliveryProof | null;
  readonly decisionId: string | null;
  readonly createdAt: Date;
  readonly assignedAt: Date | null;
  readonly pickedUpAt: Date | null;
  readonly finishedAt: Date | null;
  readonly version: number;
}

/** Spec c.8: an assigned drone that is lost before the pickup gives the package back; nothing else goes backwards. */
const NEXT: Record<DeliveryStatus, readonly DeliveryStatus[]> = {
  PENDING: ['ASSIGNED', 'FAILED', 'CANCELLED'],
  ASSIGNED: ['PICKED_UP', 'PENDING', 'FAILED', 'CANCELLED'],
  PICKED_UP: ['IN_TRANSIT', 'FAILED', 'CANCELLED'],
  IN_TRANSIT: ['DELIVERED', 'FAILED', 'CANCELLED'],
  DELIVERED: [],
  FAILED: [],
  CANCELLED: [],
};

/** Refuses a step the state machine does not have (spec c.8). */
export function checkDeliveryStep(from: DeliveryStatus, to: DeliveryStatus): void {
  if (!NEXT[from].includes(to)) throw new InvalidTransitionError('delivery', from, to);
}

/** Whether nothing will happen to it any more. */
export const isEnded = ({ status }: Pick<Delivery, 'status'>): boolean => NEXT[status].length === 0;

const BY_TIER: Readonly<Record<string, DeliveryPriority>> = {
  ELITE: 'VIP_RARE',
  ENTERPRISE: 'PREMIUM',
  PRO: 'EXPRESS',
};

/** How urgent a package of this rarity tier is: the rarest first (spec c.8: ELITE → VIP_RARE). */
export const priorityOf = (tier: string): DeliveryPriority => BY_TIER[tier] ?? 'STANDARD';

/** 1..4, as the assignment weighs it. */
export const urgency = (priority: DeliveryPriority): 1 | 2 | 3 | 4 =>
  (DELIVERY_PRIORITIES.indexOf(priority) + 1) as 1 | 2 | 3 | 4;

/** The whole fact for the event log. */
export function deliveryPayload(delivery: Delivery, previousStatus: DeliveryStatus | null): DeliveryPayload {
  return {
    deliveryId: delivery.id,
    offerId: delivery.offerId,
    opportunityId: delivery.opportunityId,
    status: delivery.status,
    previousStatus,
    priority: delivery.priority,
    destinationRegion: delivery.destinationRegion,
    routePath: [...delivery.routePath],
    legIndex: delivery.legIndex,
    legKind: delivery.legs[delivery.legIndex]?.kind ?? null,
    droneId: delivery.droneId,
    attempts: delivery.attempts,
    isSuspect: delivery.isSuspect,
    etaMin: delivery.etaMin,
    reason: delivery.reason,
  };
}
