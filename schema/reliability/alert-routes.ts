import {
  deleteRoute,
  type EscalationStep,
  listRoutes,
  type Route,
  reorderRoutes,
  upsertRoute,
} from '../../src/reliability/alerts/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { MatcherInput, MatcherType } from './alert-matchers.ts';
import { AlertLevelEnum } from './alert-parts.ts';

export const EscalationStepType = builder.objectRef<EscalationStep>('AlertEscalationStep').implement({
  description: 'One step that a critical alert goes up while nobody acknowledges it.',
  fields: (t) => ({
    afterMin: t.exposeInt('afterMin', {
      description: 'Minutes after the step before, or after it was first told.',
    }),
    channelIds: t.stringList({
      description: 'AlertChannel.key of channels; empty: every configured one.',
      resolve: (s) => [...s.channelIds],
    }),
  }),
});

export const RouteType = builder.objectRef<Route>('AlertRoute').implement({
  description: 'Which alerts go to which channels; the first match wins unless it says to go on.',
  fields: (t) => ({
    routeId: t.field({ type: 'UUID', description: 'Plain id.', resolve: (r) => r.id }),
    position: t.exposeInt('position', { description: 'Its place; lower ones are asked first.' }),
    name: t.exposeString('name', { description: 'For people.' }),
    levels: t.field({
      type: [AlertLevelEnum],
      description: 'Of these levels; empty: of any.',
      resolve: (r) => [...r.levels],
    }),
    matchers: t.field({
      type: [MatcherType],
      description: 'All must hold; empty: always.',
      resolve: (r) => [...r.matchers],
    }),
    channelIds: t.stringList({
      description: 'AlertChannel.key of channels; empty: nobody is told.',
      resolve: (r) => [...r.channelIds],
    }),
    escalation: t.field({
      type: [EscalationStepType],
      description: 'Its own steps; empty: every configured channel again after 15 minutes.',
      resolve: (r) => [...r.escalation],
    }),
    isContinued: t.exposeBoolean('isContinued', { description: 'Routes behind it are asked too.' }),
    groupWaitSec: t.exposeInt('groupWaitSec', {
      description: 'Seconds that a new group waits for company; critical alerts do not.',
    }),
    groupIntervalSec: t.exposeInt('groupIntervalSec', {
      description: 'Seconds between messages of a group that changed.',
    }),
    repeatSec: t.exposeInt('repeatSec', { description: 'Seconds until an unchanged alert is told again.' }),
    version: t.exposeInt('version', { description: 'For expectedVersion.' }),
  }),
});

builder.queryField('alertRoutes', (t) =>
  t.field({
    type: [RouteType],
    description:
      'The tenant’s routes in their order. What none matches goes by the default tree: warning → Slack, error → Slack and e-mail, critical → all configured.',
    resolve: (_root, _args, { scope }) => listRoutes(scope),
  }),
);

const EscalationStepInput = builder.inputType('AlertEscalationStepInput', {
  description: 'One step of an escalation.',
  fields: (t) => ({
    afterMin: t.int({ required: true, description: '1 to 1,440 minutes.' }),
    channelIds: t.stringList({
      required: true,
      description: 'AlertChannel.key of each; empty: every configured channel.',
    }),
  }),
});

const UpsertAlertRouteInput = builder.inputType('UpsertAlertRouteInput', {
  description: 'A new route (behind the others), or what changes of one.',
  fields: (t) => ({
    routeId: t.field({ type: 'UUID', description: 'AlertRoute.routeId; absent: a new one.' }),
    name: t.string({ description: '1 to 100 characters; required for a new one.' }),
    levels: t.field({ type: [AlertLevelEnum], description: 'Empty: any level.' }),
    matchers: t.field({ type: [MatcherInput], description: 'At most 20; all must hold.' }),
    channelIds: t.stringList({ description: 'AlertChannel.key of channels; empty: nobody is told.' }),
    escalation: t.field({ type: [EscalationStepInput], description: 'At most 10 steps.' }),
    isContinued: t.boolean({ description: 'Whether routes behind it are asked too. Default false.' }),
    groupWaitSec: t.int({ description: '0 to 3,600. Default 30.' }),
    groupIntervalSec: t.int({ description: '10 to 86,400. Default 300.' }),
    repeatSec: t.int({ description: '60 to 2,592,000. Default 14,400.' }),
    expectedVersion: t.int({ description: 'The version that you have seen.' }),
  }),
});

const DeleteAlertRouteInput = builder.inputType('DeleteAlertRouteInput', {
  description: 'Which route is not needed any more.',
  fields: (t) => ({
    routeId: t.field({ type: 'UUID', required: true, description: 'AlertRoute.routeId.' }),
    expectedVersion: t.int({ description: 'The version that you have seen.' }),
  }),
});

const ReorderAlertRoutesInput = builder.inputType('ReorderAlertRoutesInput', {
  description: 'The order in which routes are asked.',
  fields: (t) => ({
    routeIds: t.field({ type: ['UUID'], required: true, description: 'Every AlertRoute.routeId, once.' }),
  }),
});

const routePayload = (name: string, description: string) =>
  builder.objectRef<{ route: Route }>(name).implement({
    description,
    fields: (t) => ({
      route: t.field({ type: RouteType, description: 'The route.', resolve: (p) => p.route }),
    }),
  });
const UpsertAlertRoutePayload = routePayload('UpsertAlertRoutePayload', 'The route as it stands now.');
const DeleteAlertRoutePayload = routePayload('DeleteAlertRoutePayload', 'The route as it was.');
const ReorderAlertRoutesPayload = builder
  .objectRef<{ routes: Route[] }>('ReorderAlertRoutesPayload')
  .implement({
    description: 'The routes in their new order.',
    fields: (t) => ({
      routes: t.field({ type: [RouteType], description: 'All of them.', resolve: (p) => p.routes }),
    }),
  });

builder.mutationFields((t) => ({
  upsertAlertRoute: t.field({
    type: UpsertAlertRoutePayload,
    description: 'Makes a route or changes one; audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: UpsertAlertRouteInput, required: true, description: 'The route.' }) },
    resolve: async (_root, { input: { routeId, ...change } }, { scope }) => ({
      route: await upsertRoute(scope, { ...change, id: routeId }),
    }),
  }),
  deleteAlertRoute: t.field({
    type: DeleteAlertRoutePayload,
    description: 'Removes a route; audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: DeleteAlertRouteInput, required: true, description: 'Which route.' }) },
    resolve: async (_root, { input: { routeId, expectedVersion } }, { scope }) => ({
      route: await deleteRoute(scope, { id: routeId, expectedVersion }),
    }),
  }),
  reorderAlertRoutes: t.field({
    type: ReorderAlertRoutesPayload,
    description: 'Puts the routes in this order; every route must be named once. Audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: ReorderAlertRoutesInput, required: true, description: 'The order.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      routes: await reorderRoutes(scope, { ids: input.routeIds }),
    }),
  }),
}));
