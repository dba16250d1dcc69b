import { type PendingOrder, takePendingOrders } from '../../commerce/orders/index.ts';
import { getSettings } from '../../control/tenancy/index.ts';
import { strategyOf } from '../../growth/learning/index.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { displayScore, openCorpus, packageOf, type RarityScore } from '../rarity/index.ts';
import { loadHubs } from '../routing/index.ts';
import { continueFrom, countSkip, type DetectionResult } from './counters.ts';
import { type Deliverable, gateOf, isPackage } from './gates.ts';
import { ACTION_TYPE, type Opportunity, type OpportunityStatus, opportunityId } from './opportunity.ts';
import { proposeOpportunity } from './propose.ts';
import {
  countDetected,
  type Earlier,
  insertOpportunities,
  lockOfOrders,
  moveOpportunities,
} from './store.ts';

export interface DetectionStep {
  result: DetectionResult;
  /** False while orders are waiting: run another step, in a transaction of its own. */
  isDone: boolean;
}

/**
 * One step of detection (spec c.2): takes the oldest orders nobody has looked at, scores them and keeps the rare
 * ones. Reads nothing else than these orders and the corpus rows they touch, in at most 20 statements.
 */
export async function detectOpportunities(
  scope: Scope,
  tx: Tx,
  previous: Record<string, unknown> | null,
): Promise<DetectionStep> {
  const result = continueFrom(previous);
  const corpus = await openCorpus(scope, tx);
  const taken = await takePendingOrders(tx, scope.tenantId, scope.now, corpus.batchSize);
  const isDone = taken.length < corpus.batchSize;
  if (taken.length === 0) return { result, isDone };

  const orders = [...new Map(taken.map((order) => [order.id, order])).values()];
  const sales = orders.filter(isPackage);
  for (const order of orders) if (!isPackage(order)) countSkip(result, 'CANCELLED');
  const scores = await corpus.score(sales.map(packageOf));
  result.scored += sales.length;

  const orderIds = orders.map((order) => order.id);
  const earlier = await lockOfOrders(tx, scope.tenantId, orderIds);
  const found = await findRare(scope, tx, sales, scores, earlier, result);
  result.superseded += await closeSuperseded(scope, tx, orders, earlier);
  await create(scope, tx, found, result);
  return { result, isDone };
}

/** A customer who has been asked about an older version of the order is not asked again. */
const ASKED: ReadonlySet<OpportunityStatus> = new Set<OpportunityStatus>([
  'OFFERED',
  'ACCEPTED',
  'DISPATCHED',
  'DELIVERED',
  'DECLINED',
]);
/** Nobody has been asked yet: a new version takes their place. */
const WAITING: ReadonlySet<OpportunityStatus> = new Set<OpportunityStatus>(['DETECTED', 'NOT_FLYABLE']);

async function findRare(
  scope: Scope,
  tx: Tx,
  sales: readonly PendingOrder[],
  scores: readonly RarityScore[],
  earlier: readonly Earlier[],
  result: DetectionResult,
): Promise<Opportunity[]> {
  const settings = await getSettings(tx, scope.tenantId);
  const { rarityThreshold } = await strategyOf(tx, scope.tenantId, ACTION_TYPE, settings);
  const hubs = await loadHubs(tx, scope.tenantId);
  const known = new Set(earlier.map(({ id }) => id));
  const offered = new Set(earlier.filter(({ status }) => ASKED.has(status)).map((e) => e.orderId));
  return sales.flatMap((order, i) => {
    const rarity = scores[i] as RarityScore;
    const isDuplicate =
      offered.has(order.id) || known.has(opportunityId(scope.tenantId, order.id, order.version));
    const skip = gateOf(order, isDuplicate, rarity.score >= settings.opportunityThreshold);
    if (skip === null) {
      return proposeOpportunity(
        scope.tenantId,
        order as Deliverable,
        rarity,
        hubs,
        { rarityThreshold },
        scope.now,
      );
    }
    countSkip(result, skip);
    return [];
  });
}

/** A new version takes the place of what only waits; a cancelled order takes back even what is OFFERED. */
async function closeSuperseded(
  scope: Scope,
  tx: Tx,
  orders: readonly PendingOrder[],
  earlier: readonly Earlier[],
): Promise<number> {
  const now = new Map(orders.map((order) => [order.id, order]));
  const over = earlier.filter(({ orderId, orderVersion, status }) => {
    const order = now.get(orderId) as PendingOrder;
    return isPackage(order)
      ? WAITING.has(status) && orderVersion < order.version
      : WAITING.has(status) || status === 'OFFERED';
  });
  if (over.length === 0) return 0;
  return moveOpportunities(
    tx,
    scope.tenantId,
    over.map(({ id }) => id),
    'CANCELLED',
  );
}

async function create(
  scope: Scope,
  tx: Tx,
  found: readonly Opportunity[],
  result: DetectionResult,
): Promise<void> {
  if (found.length === 0) return;
  const ids = await insertOpportunities(tx, scope.tenantId, found);
  const created = found.filter(({ id }) => ids.has(id));
  result.detected += created.length;
  result.elite += created.filter(({ isElite }) => isElite).length;
  result.crossBorder += created.filter(({ isCrossBorder }) => isCrossBorder).length;
  await countDetected(tx, scope.tenantId, created);
  await scope.events.append(tx, scope.tenantId, created.map(detectedEvent));
}

function detectedEvent(opportunity: Opportunity): NewEvent {
  const { id, orderId, score, tier, isElite, isCrossBorder, destinationRegion, valueMinor, currency } =
    opportunity;
  return {
    type: 'OPPORTUNITY_DETECTED',
    payload: {
      opportunityId: id,
      orderId,
      score: displayScore(score),
      tier,
      isElite,
      isCrossBorder,
      destinationRegion,
      value: { amountMinor: valueMinor.toString(), currency },
      itemNames: [...opportunity.itemNames],
    },
  };
}
