import { queryFromInfo } from '@pothos/plugin-prisma';
import { listAudit } from '../../src/control/audit/index.ts';
import { builder } from '../builder.ts';

const AuditEntryType = builder.prismaObject('AuditEntry', {
  description: 'One administrative change: who changed what, from what to what. Append-only.',
  select: { id: true, at: true },
  fields: (t) => ({
    id: t.expose('id', { type: 'UUID', description: 'Plain id.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    actor: t.exposeString('actor', { description: 'Who, e.g. "key:Dashboard" or "platform-admin".' }),
    action: t.exposeString('action', { description: 'What was done, e.g. "hub.disable".' }),
    subject: t.exposeString('subject', { description: 'To what: an id or a key’s prefix.' }),
    before: t.expose('before', {
      type: 'JSON',
      nullable: true,
      description: 'The values before, where there were any.',
    }),
    after: t.expose('after', { type: 'JSON', nullable: true, description: 'The values after.' }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why, in the words of who did it; null when nobody said.',
    }),
    requestId: t.exposeString('requestId', {
      description: 'Request that did it; the same id is in the logs.',
    }),
  }),
});

const AuditFilterInput = builder.inputType('AuditFilter', {
  description: 'All given conditions must hold.',
  fields: (t) => ({
    actor: t.string({ description: 'Exactly this actor.' }),
    action: t.string({ description: 'Exactly this action.' }),
    actionPrefix: t.string({ description: 'Actions that begin so, e.g. "key.".' }),
    subject: t.string({ description: 'Exactly this subject.' }),
    requestId: t.string({ description: 'Of exactly this request.' }),
    from: t.field({ type: 'DateTime', description: 'At or after this instant.' }),
    to: t.field({ type: 'DateTime', description: 'Before this instant.' }),
  }),
});

builder.queryField('auditTrail', (t) =>
  t.connection({
    type: AuditEntryType,
    description: 'Administrative changes of this tenant, newest first.',
    authScopes: { admin: true },
    args: { filter: t.arg({ type: AuditFilterInput, description: 'Which changes. Default all.' }) },
    resolve: (_root, { filter, ...page }, context, info) =>
      listAudit(context.scope, filter ?? {}, page, queryFromInfo({ context, info, path: ['edges', 'node'] })),
  }),
);
