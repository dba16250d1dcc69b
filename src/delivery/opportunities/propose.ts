import { productsOf, type RarityScore } from '../rarity/index.ts';
import { destinationRegion, type HubRow } from '../routing/index.ts';
import type { Deliverable } from './gates.ts';
import { type Opportunity, opportunityId } from './opportunity.ts';

/** Names kept for people; an order may have a thousand lines. */
const MAX_NAMES = 50;

export interface Thresholds {
  readonly rarityThreshold: number;
}

/** Names of the products of an order, without repetition. */
export function productNames(order: Pick<Deliverable, 'items'>): string[] {
  const names = productsOf(order).map((item) => item.name);
  return [...new Set(names)].slice(0, MAX_NAMES);
}

/** The opportunity that a rare, deliverable order is. Pure. */
export function proposeOpportunity(
  tenantId: string,
  order: Deliverable,
  rarity: RarityScore,
  hubs: readonly HubRow[],
  { rarityThreshold }: Thresholds,
  detectedAt: Date,
): Opportunity {
  const point = { lat: order.deliveryLat, lon: order.deliveryLon };
  return {
    id: opportunityId(tenantId, order.id, order.version),
    orderId: order.id,
    orderVersion: order.version,
    customerId: order.customerId,
    status: 'DETECTED',
    tier: rarity.tier,
    isElite: rarity.score >= rarityThreshold,
    isCrossBorder: order.pickupCountry !== order.deliveryCountry,
    destinationRegion: destinationRegion(hubs, point, order.deliveryCountry),
    score: rarity.score,
    rawScore: rarity.raw,
    percentile: rarity.percentile,
    components: rarity.components,
    reasons: rarity.reasons,
    scorerVersion: rarity.scorerVersion,
    calibration: rarity.calibration,
    corpusOrders: rarity.corpusOrders,
    currency: order.currency,
    valueMinor: order.totalMinor,
    itemNames: productNames(order),
    weightGrams: order.weightGrams,
    pickupCountry: order.pickupCountry,
    pickupLat: order.pickupLat,
    pickupLon: order.pickupLon,
    deliveryCountry: order.deliveryCountry,
    deliveryLat: order.deliveryLat,
    deliveryLon: order.deliveryLon,
    orderPlacedAt: order.placedAt,
    detectedAt,
    version: 1,
  };
}
