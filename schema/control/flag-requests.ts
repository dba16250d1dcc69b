import {
  type FlagRequest,
  flagRequestsById,
  listFlagRequests,
  type RequestStatus,
} from '../../src/control/flags/index.ts';
import { builder } from '../builder.ts';

const RequestStatusEnum = builder.enumType('FlagRequestStatus', {
  description: 'How a change that waits stands.',
  values: {
    PENDING: { description: 'It waits.' },
    DONE: { description: 'It was carried out.' },
    REJECTED: { description: 'Somebody said no.' },
    CANCELLED: { description: 'It was taken back.' },
    FAILED: { description: 'At its instant it was not possible any more; see note.' },
    EXPIRED: { description: 'The flag had changed before anybody agreed; see note.' },
  } satisfies Record<RequestStatus, { description: string }>,
});

const RequestKindEnum = builder.enumType('FlagRequestKind', {
  description: 'What a change waits for.',
  values: {
    SCHEDULED: { description: 'For its instant.' },
    APPROVAL: { description: 'For a second person.' },
  } satisfies Record<FlagRequest['kind'], { description: string }>,
});

export const FlagRequestType = builder.objectRef<FlagRequest>('FlagChangeRequest');

builder.node(FlagRequestType, {
  description: 'A change of a flag that waits for its instant or for a second person, or has.',
  id: { description: 'Global id.', resolve: (request) => request.id },
  loadMany: (ids: string[], { scope }) => flagRequestsById(scope.db, scope.tenantId, ids),
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Which flag.' }),
    kind: t.field({ type: RequestKindEnum, description: 'What it waits for.', resolve: (r) => r.kind }),
    status: t.field({ type: RequestStatusEnum, description: 'How it stands.', resolve: (r) => r.status }),
    change: t.field({
      type: 'JSON',
      description: 'What shall change: {kind, value or patch}.',
      resolve: (r) => r.change,
    }),
    reason: t.exposeString('reason', { nullable: true, description: 'In its author’s words.' }),
    dueAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Its instant.',
      resolve: (r) => r.dueAt,
    }),
    requestedAt: t.field({
      type: 'DateTime',
      description: 'When it was asked for.',
      resolve: (r) => r.requestedAt,
    }),
    requestedBy: t.exposeString('requestedBy', { description: 'Its author, who cannot approve it.' }),
    decidedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (r) => r.decidedAt,
    }),
    decidedBy: t.exposeString('decidedBy', { nullable: true, description: 'Who ended it.' }),
    note: t.exposeString('note', { nullable: true, description: 'Why it was rejected, failed or expired.' }),
  }),
});

const RequestFilterInput = builder.inputType('FlagChangeRequestFilter', {
  description: 'Which requests; every given condition must hold.',
  fields: (t) => ({
    key: t.string({ description: 'Of this flag.' }),
    status: t.field({ type: [RequestStatusEnum], description: 'In one of these.' }),
  }),
});

builder.queryField('flagChangeRequests', (t) =>
  t.connection(
    {
      type: FlagRequestType,
      description: 'Changes that wait or have waited, newest first.',
      args: { filter: t.arg({ type: RequestFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listFlagRequests(scope, page, filter ?? {}),
    },
    { name: 'FlagChangeRequestConnection', description: 'A page of changes that wait.' },
    { name: 'FlagChangeRequestEdge', description: 'One of them.' },
  ),
);
