import {
  type Objective,
  objectivesById,
  type PairVerdict,
  type SloReport,
  sloReport,
  type WindowReport,
} from '../../src/reliability/slo/index.ts';
import { builder } from '../builder.ts';
import { eventType, shared } from '../engine/event.ts';
import {
  BurnAlertEnum,
  GoodWhenEnum,
  SliIndicatorEnum,
  SliSourceEnum,
  SloStatusEnum,
  SloVerdictEnum,
} from './slo-enums.ts';

export const SloType = builder.objectRef<Objective>('Slo');

builder.node(SloType, {
  description: 'A service level objective: which share of events must be good (spec j.2).',
  id: { description: 'Global id.', resolve: (o) => o.id },
  loadMany: (ids: string[], { scope }) => objectivesById(scope, ids),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'For people.' }),
    indicator: t.field({
      type: SliIndicatorEnum,
      description: 'What is measured.',
      resolve: (o) => o.indicator,
    }),
    source: t.field({
      type: SliSourceEnum,
      description: 'Where events come from.',
      resolve: (o) => o.source,
    }),
    metric: t.exposeString('metric', { nullable: true, description: 'METRIC: its name.' }),
    labels: t.field({
      type: 'JSON',
      nullable: true,
      description: 'METRIC: a sample counts when it has all of these; null: every sample.',
      resolve: (o) => o.labels,
    }),
    threshold: t.exposeFloat('threshold', {
      nullable: true,
      description: 'What parts good events from bad ones; milliseconds for LATENCY.',
    }),
    goodWhen: t.field({ type: GoodWhenEnum, description: 'Which side is good.', resolve: (o) => o.goodWhen }),
    target: t.exposeFloat('target', { description: 'Share of events that must be good, 0.5–0.99999.' }),
    isEnabled: t.exposeBoolean('isEnabled', { description: 'Whether the watchdog looks at it.' }),
    isBuiltIn: t.exposeBoolean('isBuiltIn', { description: 'Every tenant has it; it cannot be deleted.' }),
    status: t.field({ type: SloStatusEnum, description: 'As of the last check.', resolve: (o) => o.status }),
    failingChecks: t.exposeInt('failingChecks', { description: 'Checks in a row that failed.' }),
    burnAlert: t.field({
      type: BurnAlertEnum,
      description: 'As of the last check.',
      resolve: (o) => o.burnAlert,
    }),
    lastCheckedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The last check that had anything to look at.',
      resolve: (o) => o.lastCheckedAt,
    }),
    breachedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Breached since then.',
      resolve: (o) => o.breachedAt,
    }),
    version: t.exposeInt('version', { description: 'Counts changes by people; for expectedVersion.' }),
  }),
});

const WindowType = builder.objectRef<WindowReport>('SloWindow').implement({
  description: 'How an objective stands over the last minutes.',
  fields: (t) => ({
    minutes: t.exposeInt('minutes', { description: 'Length of the window.' }),
    good: t.field({ type: 'BigInt', description: 'Good events.', resolve: (w) => BigInt(w.good) }),
    bad: t.field({ type: 'BigInt', description: 'Bad events.', resolve: (w) => BigInt(w.bad) }),
    goodShare: t.exposeFloat('goodShare', { nullable: true, description: '0–1; null without events.' }),
    burnRate: t.exposeFloat('burnRate', {
      description: 'How many times faster than sustainable the budget is spent.',
    }),
  }),
});

const PairType = builder.objectRef<PairVerdict>('BurnRatePair').implement({
  description: 'Two windows that alert when both burn faster than the rate.',
  fields: (t) => ({
    longMinutes: t.int({ description: 'The long window.', resolve: (p) => p.long }),
    shortMinutes: t.int({ description: 'The short one: it ends the alert soon.', resolve: (p) => p.short }),
    rate: t.exposeFloat('rate', { description: 'The limit.' }),
    alert: t.field({ type: BurnAlertEnum, description: 'What it would raise.', resolve: (p) => p.alert }),
    longBurn: t.exposeFloat('longBurn', { description: 'Burn rate of the long window.' }),
    shortBurn: t.exposeFloat('shortBurn', { description: 'Burn rate of the short one.' }),
    isFiring: t.exposeBoolean('isFiring', { description: 'Both burn, on enough events.' }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'LOW_TRAFFIC: both burn, but the long window has under 100 events or under 10 bad ones.',
    }),
  }),
});

const ReportType = builder.objectRef<SloReport>('SloReport').implement({
  description: 'An objective’s error budget over 30 days, and its windows as they are now.',
  fields: (t) => ({
    slo: t.field({ type: SloType, description: 'The objective.', resolve: (r) => r.objective }),
    events: t.field({ type: 'BigInt', description: 'Events of 30 days.', resolve: (r) => BigInt(r.total) }),
    bad: t.field({ type: 'BigInt', description: 'Bad ones among them.', resolve: (r) => BigInt(r.bad) }),
    goodShare: t.exposeFloat('goodShare', { nullable: true, description: '0–1; null without events.' }),
    budget: t.exposeFloat('budget', { description: 'Bad events that so much traffic may have.' }),
    budgetLeft: t.exposeFloat('budgetLeft', {
      nullable: true,
      description: 'Share of it that is left: 1 untouched, below 0 overspent; null without events.',
    }),
    verdict: t.field({
      type: SloVerdictEnum,
      description: 'What a check would say now.',
      resolve: (r) => r.verdict,
    }),
    windows: t.field({
      type: [WindowType],
      description: '5 min, 30 min, 1 h, 2 h, 6 h, 1 d and 3 d.',
      resolve: (r) => [...r.windows],
    }),
    burnRates: t.field({
      type: [PairType],
      description: 'The four pairs of windows.',
      resolve: (r) => [...r.pairs],
    }),
  }),
});

builder.queryField('sloReport', (t) =>
  t.field({
    type: [ReportType],
    description: 'All objectives of the tenant with their error budgets, the built-in ones first.',
    complexity: { field: 1, multiplier: 5 },
    resolve: (_root, _args, { scope }) => sloReport(scope),
  }),
);

eventType('SLO_CHANGED').implement({
  ...shared('SLO_CHANGED'),
  fields: (t) => ({
    objectiveId: t.id({ description: 'Plain id of the objective.', resolve: (e) => e.payload.objectiveId }),
    name: t.string({ description: 'Its name.', resolve: (e) => e.payload.name }),
    status: t.string({ description: 'OK, FAILING or BREACHED.', resolve: (e) => e.payload.status }),
    burnAlert: t.string({ description: 'NONE, TICKET or PAGE.', resolve: (e) => e.payload.burnAlert }),
    message: t.string({ description: 'For people.', resolve: (e) => e.payload.message }),
  }),
});
