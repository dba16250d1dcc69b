import {
  type EntryKind,
  findSteps,
  findTimeline,
  type Incident,
  type IncidentEntry,
  type IncidentSeverity,
  type IncidentSource,
  type IncidentStatus,
  incidentsById,
  listIncidents,
} from '../../src/reliability/incidents/index.ts';
import { builder } from '../builder.ts';
import { eventType, shared } from '../engine/event.ts';
import { RunbookRunType } from './runbook-types.ts';

type Words<T extends string> = Record<T, { description: string }>;

export const IncidentStatusEnum = builder.enumType('IncidentStatus', {
  description: 'How far an incident has come; forward only.',
  values: {
    OPEN: { description: 'Nobody is on it.' },
    ACKED: { description: 'Somebody is.' },
    MITIGATED: { description: 'The harm has stopped.' },
    RESOLVED: { description: 'It is over.' },
  } satisfies Words<IncidentStatus>,
});

export const IncidentSeverityEnum = builder.enumType('IncidentSeverity', {
  description: 'How bad it is.',
  values: {
    CRITICAL: { description: 'Customers or money are hit.' },
    HIGH: { description: 'They will be.' },
  } satisfies Words<IncidentSeverity>,
});

const SourceEnum = builder.enumType('IncidentSource', {
  description: 'Who opened it.',
  values: {
    ALERT: { description: 'A critical alert.' },
    MANUAL: { description: 'A person.' },
  } satisfies Words<IncidentSource>,
});

const EntryKindEnum = builder.enumType('IncidentEntryKind', {
  description: 'What a line of a timeline says.',
  values: {
    OPENED: { description: 'It began.' },
    SEEN_AGAIN: { description: 'Its cause was seen again.' },
    ACKED: { description: 'Somebody took it.' },
    MITIGATED: { description: 'The harm has stopped.' },
    RESOLVED: { description: 'It is over.' },
    NOTE: { description: 'Somebody wrote something down.' },
    STEP: { description: 'A runbook step was held, skipped, done, or has failed.' },
    ESCALATED: { description: 'People are needed.' },
  } satisfies Words<EntryKind>,
});

const EntryType = builder.objectRef<IncidentEntry>('IncidentEntry').implement({
  description: 'One line of an incident’s append-only timeline.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'When.', resolve: (e) => e.at }),
    kind: t.field({ type: EntryKindEnum, description: 'What it says.', resolve: (e) => e.kind }),
    actor: t.exposeString('actor', { description: 'Who.' }),
    message: t.exposeString('message', { description: 'In words.' }),
    details: t.field({
      type: 'JSON',
      nullable: true,
      description: 'For programs.',
      resolve: (e) => e.details,
    }),
  }),
});

export const IncidentType = builder.objectRef<Incident>('Incident');

builder.node(IncidentType, {
  description:
    'Something is wrong and somebody should be on it; a cause has one live incident at a time (spec j.4).',
  id: { description: 'Global id.', resolve: (i) => i.id },
  loadMany: (ids: string[], { scope }) => incidentsById(scope, ids),
  fields: (t) => ({
    title: t.exposeString('title', { description: 'In a few words.' }),
    severity: t.field({ type: IncidentSeverityEnum, description: 'How bad.', resolve: (i) => i.severity }),
    status: t.field({ type: IncidentStatusEnum, description: 'How far.', resolve: (i) => i.status }),
    source: t.field({ type: SourceEnum, description: 'Who opened it.', resolve: (i) => i.source }),
    sourceKey: t.exposeString('sourceKey', { description: 'Its cause, e.g. alert:SLO_BREACH:api.' }),
    component: t.exposeString('component', { description: 'The part it is about.' }),
    openedAt: t.field({ type: 'DateTime', description: 'When it began.', resolve: (i) => i.openedAt }),
    ackedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When somebody took it.',
      resolve: (i) => i.ackedAt,
    }),
    ackedBy: t.exposeString('ackedBy', { nullable: true, description: 'Who took it.' }),
    mitigatedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the harm stopped.',
      resolve: (i) => i.mitigatedAt,
    }),
    resolvedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was over.',
      resolve: (i) => i.resolvedAt,
    }),
    recoverAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the runbook may be tried next; null when it has nothing left to try.',
      resolve: (i) => i.recoverAt,
    }),
    timeline: t.field({
      type: [EntryType],
      description: 'Oldest line first; the latest 500.',
      resolve: async (i, _args, { scope }) => (await findTimeline(scope, i.id)) ?? [],
    }),
    runbook: t.field({
      type: [RunbookRunType],
      description: 'Runbook steps that were tried, held, skipped or shown, oldest first.',
      resolve: async (i, _args, { scope }) => (await findSteps(scope, i.id)) ?? [],
    }),
  }),
});

const FilterInput = builder.inputType('IncidentFilter', {
  description: 'Which incidents; every given condition must hold.',
  fields: (t) => ({
    status: t.field({ type: [IncidentStatusEnum], description: 'One of these.' }),
    component: t.string({ description: 'About this part.' }),
    openedFrom: t.field({ type: 'DateTime', description: 'Opened at or after this instant.' }),
    openedTo: t.field({ type: 'DateTime', description: 'Opened before this instant.' }),
  }),
});

builder.queryField('incidents', (t) =>
  t.connection(
    {
      type: IncidentType,
      description: 'Incidents, newest first.',
      args: { filter: t.arg({ type: FilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listIncidents(scope, page, filter ?? {}),
    },
    { name: 'IncidentConnection', description: 'A page of incidents.' },
    { name: 'IncidentEdge', description: 'One incident of a page.' },
  ),
);

eventType('INCIDENT_CHANGED').implement({
  ...shared('INCIDENT_CHANGED'),
  fields: (t) => ({
    incidentId: t.id({ description: 'Plain id of the incident.', resolve: (e) => e.payload.incidentId }),
    title: t.string({ description: 'In a few words.', resolve: (e) => e.payload.title }),
    severity: t.string({ description: 'CRITICAL or HIGH.', resolve: (e) => e.payload.severity }),
    status: t.string({
      description: 'OPEN, ACKED, MITIGATED or RESOLVED.',
      resolve: (e) => e.payload.status,
    }),
    previousStatus: t.string({
      nullable: true,
      description: 'What it was before; null when it was opened.',
      resolve: (e) => e.payload.previousStatus,
    }),
    component: t.string({ description: 'The part it is about.', resolve: (e) => e.payload.component }),
    by: t.string({ description: 'Who changed it.', resolve: (e) => e.payload.by }),
    message: t.string({ description: 'In words.', resolve: (e) => e.payload.message }),
  }),
});
