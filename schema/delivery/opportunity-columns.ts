import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import { liveOfferJoin } from '../../src/delivery/offers/index.ts';
import { type Join, narrow, orderJoin } from '../../src/delivery/opportunities/index.ts';
import { fieldsAt } from '../selects.ts';

/** GraphQL field → what its resolver reads. A field that is missing here makes the list read whole rows. */
type Reads = Readonly<Record<string, readonly string[]>>;

const same = (...names: string[]): Reads => Object.fromEntries(names.map((name) => [name, [name]]));

const OPPORTUNITY: Reads = {
  ...same('id', 'status', 'tier', 'isElite', 'isCrossBorder', 'destinationRegion', 'score', 'rawScore'),
  ...same('percentile', 'components', 'reasons', 'scorerVersion', 'calibration', 'corpusOrders', 'itemNames'),
  ...same('orderPlacedAt', 'detectedAt', 'version'),
  __typename: [],
  value: ['valueMinor', 'currency'],
  weightKg: ['weightGrams'],
  pickup: ['pickupCountry', 'pickupLat', 'pickupLon'],
  delivery: ['deliveryCountry', 'deliveryLat', 'deliveryLon'],
  order: ['orderId'],
  liveOffer: ['id'],
};

const OFFER: Reads = {
  ...same('id', 'status', 'actionType', 'bundleName', 'bundleItems', 'acceptProbability', 'rarityThreshold'),
  ...same(
    'routePath',
    'routeSuccess',
    'routeEtaMin',
    'isAutoExecutable',
    'reasons',
    'createdAt',
    'offeredAt',
  ),
  ...same('expiresAt', 'closedAt', 'closedReason', 'version', 'experimentId', 'arm', 'propensity'),
  ...same('answeredVia', 'acceptedAt', 'authorizedAt', 'dispatchedAt'),
  __typename: [],
  opportunity: ['opportunityId'],
  decision: ['decisionId'],
  bundlePrice: ['bundlePriceMinor', 'currency'],
  expectedRevenue: ['expectedRevenueMinor', 'currency'],
  deliveryCost: ['deliveryCostMinor', 'currency'],
};

export interface Asked {
  joins: Join<string, unknown>[];
  /** Undefined: everything. */
  only: ReadonlySet<string> | undefined;
}

/** Documents are kept and compiled once, so what a field of one asks for is found once too. */
const known = new WeakMap<FieldNode, Asked>();

/** What a field has to read for this operation; `path` leads from it to its opportunities. */
export function askedOf(info: GraphQLResolveInfo, path: readonly string[]): Asked {
  const [node] = info.fieldNodes;
  const found = node && known.get(node);
  if (found && info.fieldNodes.length === 1) return found;
  const names = fieldsAt(info, path);
  const joins: Join<string, unknown>[] = [];
  if (names.has('order')) joins.push(orderJoin as Join<string, unknown>);
  if (names.has('liveOffer')) {
    const only = columnsOf(OFFER, fieldsAt(info, [...path, 'liveOffer']));
    joins.push((only ? narrow(liveOfferJoin, only) : liveOfferJoin) as Join<string, unknown>);
  }
  const asked = { joins, only: columnsOf(OPPORTUNITY, names) };
  if (node) known.set(node, asked);
  return asked;
}

function columnsOf(reads: Reads, names: ReadonlySet<string>): Set<string> | undefined {
  const columns = new Set<string>();
  for (const name of names) {
    const read = reads[name];
    if (!read) return undefined;
    for (const column of read) columns.add(column);
  }
  return columns;
}
