import { routePreview } from '../../src/delivery/opportunities/index.ts';
import type { RouteAnswer, RouteLeg, RouteOption } from '../../src/delivery/routing/index.ts';
import { NotFoundError, ValidationError } from '../../src/kernel/errors.ts';
import { builder } from '../builder.ts';
import { ReasonType } from '../reasons.ts';
import { DroneClassEnum } from './drone-class.ts';
import { OpportunityType } from './refs.ts';

export const LegKindEnum = builder.enumType('RouteLegKind', {
  description: 'How a leg is travelled.',
  values: {
    LOCAL: { description: 'By courier from door to door, within one hub’s coverage.' },
    GROUND: { description: 'By courier between a door and a hub.' },
    LINEHAUL: { description: 'By air cargo between two hubs.' },
    DRONE: { description: 'By drone, which flies on from there to its site.' },
  } satisfies Record<RouteLeg['kind'], { description: string }>,
});

const RouteLegType = builder.objectRef<RouteLeg>('RouteLeg').implement({
  description: 'One stretch of a route.',
  fields: (t) => ({
    kind: t.field({ type: LegKindEnum, description: 'How it is travelled.', resolve: (leg) => leg.kind }),
    from: t.exposeString('from', { description: 'A node or launch site id, or "pickup".' }),
    to: t.exposeString('to', { description: 'A node or launch site id, or "delivery".' }),
    distanceKm: t.exposeFloat('distanceKm', { description: 'Great circle.' }),
    durationMin: t.exposeFloat('minutes', { description: 'Unrounded; the legs sum to the ETA.' }),
    launchSiteId: t.exposeString('siteId', {
      nullable: true,
      description: 'Of a DRONE leg: where the drone starts and lands.',
    }),
    droneClass: t.field({
      type: DroneClassEnum,
      nullable: true,
      description: 'Of a DRONE leg: the class it was reckoned with; the fleet may send another that can.',
      resolve: (leg) => leg.droneClass,
    }),
    tripKm: t.exposeFloat('tripKm', {
      nullable: true,
      description: 'Of a DRONE leg: from launch over pickup and drop back to the site.',
    }),
    energyNeedPct: t.exposeFloat('energyNeedPct', {
      nullable: true,
      description: 'Of a DRONE leg: percent of a pack for the trip; 20 more must be left.',
    }),
    flightMin: t.exposeFloat('flightMin', {
      nullable: true,
      description: 'Of a DRONE leg: minutes of the whole trip. The ETA counts the hub’s average instead.',
    }),
  }),
});

const RouteType = builder.objectRef<RouteOption>('Route').implement({
  description: 'A way from door to door.',
  fields: (t) => ({
    path: t.stringList({ description: 'Node ids in order of travel.', resolve: (route) => [...route.path] }),
    legs: t.field({
      type: [RouteLegType],
      description: 'In order of travel.',
      resolve: (route) => [...route.legs],
    }),
    successProbability: t.exposeFloat('successProbability', {
      description: '0–1: product over the hubs on the way, and the drone.',
    }),
    etaMin: t.exposeInt('etaMin', { description: 'Minutes from pickup to delivery.' }),
  }),
});

const RoutePreviewType = builder.objectRef<RouteAnswer>('RoutePreview').implement({
  description: 'How a package would travel if it were sent now. Nothing is reserved.',
  fields: (t) => ({
    isRoutable: t.boolean({ description: 'Whether there is a route.', resolve: (answer) => answer.ok }),
    refusal: t.string({
      nullable: true,
      description:
        'Why there is none: PICKUP_OUT_OF_COVERAGE, DELIVERY_OUT_OF_COVERAGE, CAPACITY_EXHAUSTED, NO_PATH, NOT_FLYABLE or UNKNOWN_REGION.',
      resolve: (answer) => (answer.ok ? null : answer.code),
    }),
    route: t.field({
      type: RouteType,
      nullable: true,
      description: 'The one with the best chance of success.',
      resolve: (answer) => (answer.ok ? answer : null),
    }),
    alternatives: t.field({
      type: [RouteType],
      description: 'The next best, two at most.',
      resolve: (answer) => (answer.ok ? [...answer.alternatives] : []),
    }),
    reasons: t.field({ type: [ReasonType], description: 'Why.', resolve: (answer) => [...answer.reasons] }),
  }),
});

builder.queryField('routePreview', (t) =>
  t.field({
    type: RoutePreviewType,
    description: 'The route of an opportunity’s package, or why there is none (hub graph, best success).',
    errors: { types: [NotFoundError, ValidationError] },
    args: {
      opportunityId: t.arg.globalID({
        for: OpportunityType,
        required: true,
        description: 'Opportunity.id.',
      }),
      groundFallback: t.arg.boolean({
        description:
          'Whether a courier may bring what no drone can. Default: as dispatches of the tenant do.',
      }),
    },
    resolve: (_root, { opportunityId, groundFallback }, { scope }) =>
      routePreview(scope, opportunityId.id, { groundFallback }),
  }),
);
