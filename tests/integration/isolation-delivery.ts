import {
  AddFlightRestrictionDocument,
  ConfigurePaymentsDocument,
  ReportWeatherDocument,
  UpdateEngineSettingsDocument,
  UpsertDroneDocument,
  UpsertLaunchSiteDocument,
} from '../../operations/generated/graphql.ts';
import { acceptOffer } from '../../src/delivery/acceptance/index.ts';
import { tickDeliveries } from '../../src/delivery/dispatch/index.ts';
import { actionOf, learningFacts } from '../../src/delivery/feedback/index.ts';
import { ACTION_TYPE, listOffers } from '../../src/delivery/offers/index.ts';
import { learn, recordOutcome, startPriceExperiment } from '../../src/growth/learning/index.ts';
import { uuidFrom } from '../../src/kernel/ids.ts';
import type { Scope } from '../../src/platform/scope.ts';
import type { Client } from '../kit/server.ts';
import { put } from './invariants-kit.ts';

/** Throws unless every answer is a payload. */
export function expectPayloads(answers: readonly object[]): void {
  for (const answer of answers) {
    const [result] = Object.values(answer) as { __typename?: string }[];
    if (!result?.__typename?.endsWith('Payload')) throw new Error(JSON.stringify(answer));
  }
}

/** What deliveries rest on, named by the tenant's marker; before the cycle that makes offers. */
export async function prepareDeliveries(scope: Scope, client: Client, marker: string): Promise<void> {
  const name = marker.toUpperCase();
  const site = { siteId: `${name}_SITE`, nodeId: `${name}_HUB`, name: `${marker} site`, lat: 50, lon: 8 };
  const drone = { droneId: `${name}_DRONE`, name: `${marker} drone`, siteId: `${name}_SITE`, soc: 90 };
  expectPayloads([
    await client.run(UpsertLaunchSiteDocument, { input: site }),
    await client.run(UpsertDroneDocument, { input: { ...drone, class: 'ELITE', adapter: 'EXTERNAL' } }),
    await client.run(ReportWeatherDocument, {
      input: { region: `${marker}_region`, severity: 1, windKmh: 5, source: `${marker} mast` },
    }),
    await client.run(AddFlightRestrictionDocument, {
      input: { kind: 'GEOFENCE', name: `${marker} stadium`, lat: 10, lon: 10, radiusKm: 1 },
    }),
    await client.run(ConfigurePaymentsDocument, { input: { provider: 'TEST' } }),
    await client.run(UpdateEngineSettingsDocument, { input: { offerGroundFallback: true } }),
  ]);
  await startPriceExperiment(scope, { actionType: ACTION_TYPE });
}

/** One offer goes all the way to a delivery in flight, another is disliked, and learning draws its lesson. */
export async function deliverAndLearn(scope: Scope, marker: string): Promise<void> {
  const { edges } = await listOffers(scope, { first: 10 }, { status: ['OFFERED'] });
  // The shortest way is flown by a drone at once; which offer it is must not depend on their ids.
  const [flown, disliked] = edges
    .map(({ node }) => node)
    .sort(
      (x, y) =>
        x.routePath.length - y.routePath.length || `${x.bundleItems}`.localeCompare(`${y.bundleItems}`),
    );
  if (!flown || !disliked) throw new Error('The cycle has made fewer than two offers.');
  await acceptOffer(scope, { id: flown.id, via: 'API' });
  await tickDeliveries(scope);
  const action = await actionOf(scope.db, scope.tenantId, disliked.id);
  const words = { sentiment: 'NEGATIVE', complaint: true } as const;
  await recordOutcome(scope, { actionId: disliked.id, converted: false, ...words }, action);
  const facts = await learningFacts(scope.db, scope.tenantId, ACTION_TYPE, scope.now);
  await scope.db.tx((tx) => learn(scope, tx, facts));
  await putRest(scope, marker, flown.id);
}

/** What would take days or a payment provider to come about. */
async function putRest({ db, tenantId, now }: Scope, marker: string, offerId: string): Promise<void> {
  const idOf = (what: string): string => uuidFrom('isolation', tenantId, what);
  const delivery = await db.row<{ id: string }>(
    'SELECT id FROM delivery WHERE tenant_id = $1 AND offer_id = $2',
    [tenantId, offerId],
  );
  if (!delivery) throw new Error('The accepted offer was not dispatched.');
  await put(db, 'payment_webhook', {
    ...{
      tenant_id: tenantId,
      provider: 'STRIPE',
      event_id: `${marker} event`,
      type: 'x',
      outcome: 'IGNORED',
    },
    received_at: now,
  });
  await put(db, 'flight', {
    ...{ tenant_id: tenantId, id: idOf('flight'), delivery_id: delivery.id, status: 'ABORTED', plan: {} },
    ...{
      drone_id: `${marker.toUpperCase()}_DRONE`,
      started_at: now,
      ended_at: now,
      reason: `${marker} reason`,
    },
  });
  await put(db, 'strategy_state', {
    tenant_id: tenantId,
    action_type: `${marker} action`,
    aggressiveness: 1,
  });
  await put(db, 'strategy_change', {
    ...{ tenant_id: tenantId, id: idOf('change'), action_type: `${marker} action`, kind: 'AGGRESSIVENESS' },
    ...{ before: { aggressiveness: 0 }, after: { aggressiveness: 1 }, evidence: {}, reasons: [] },
    ...{ status: 'PROPOSED', decision_id: idOf('decision'), created_at: now },
  });
}
