import { type FollowedChange, flagSet, followFlagChanges } from '../../src/control/flags/index.ts';
import { PLATFORM_TENANT } from '../../src/kernel/ids.ts';
import { builder } from '../builder.ts';
import { eventType, shared } from '../engine/event.ts';

const CHANGE =
  'CREATED, CHANGED, DELETED, OVERRIDDEN, OVERRIDE_REMOVED, KILLED, REVIVED, REQUESTED, REJECTED, SCHEDULED or CANCELLED.';

eventType('FLAG_CHANGED').implement({
  ...shared('FLAG_CHANGED'),
  fields: (t) => ({
    key: t.string({ description: 'Which flag.', resolve: (e) => e.payload.key }),
    change: t.string({ description: CHANGE, resolve: (e) => e.payload.change }),
    version: t.int({
      description: 'Of the flag, or of the tenant’s own value.',
      resolve: (e) => e.payload.version,
    }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the tenant as a whole gets since then.',
      resolve: (e) => e.payload.value,
    }),
    by: t.string({ description: 'Who changed it.', resolve: (e) => e.payload.by }),
    reason: t.string({ nullable: true, description: 'Why.', resolve: (e) => e.payload.reason }),
  }),
});

eventType('STABILISE_CHANGED').implement({
  ...shared('STABILISE_CHANGED'),
  fields: (t) => ({
    isOn: t.boolean({
      description: 'Whether automatic changes are frozen now.',
      resolve: (e) => e.payload.isOn,
    }),
    by: t.string({ description: 'Who switched it.', resolve: (e) => e.payload.by }),
    reason: t.string({ nullable: true, description: 'Why.', resolve: (e) => e.payload.reason }),
  }),
});

const FlagChangeType = builder.objectRef<FollowedChange>('FlagChangeNotice').implement({
  description: 'A change of a flag of the tenant’s own, or of the installation’s.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Resume behind it: flagChanges(after: cursor).' }),
    at: t.field({ type: 'DateTime', description: 'When it was committed.', resolve: (c) => c.at }),
    key: t.string({ description: 'Which flag.', resolve: (c) => c.payload.key }),
    change: t.string({ description: CHANGE, resolve: (c) => c.payload.change }),
    isInstallations: t.boolean({
      description: 'Whether it is about the installation’s flag, not the tenant’s own value.',
      resolve: (c) => c.payload.isInstallations,
    }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the tenant as a whole gets now.',
      resolve: async (c, _args, { scope }) =>
        c.payload.isInstallations
          ? (await flagSet(scope, scope.db)).evaluate(c.payload.key, null).value
          : (c.payload.value as never),
    }),
    by: t.string({
      nullable: true,
      description: 'Who changed it; of the installation’s flags only the platform tenant is told.',
      resolve: (c, _args, { scope }) => (isForeign(c, scope.tenantId) ? null : c.payload.by),
    }),
    reason: t.string({
      nullable: true,
      description: 'Why; likewise.',
      resolve: (c, _args, { scope }) => (isForeign(c, scope.tenantId) ? null : c.payload.reason),
    }),
  }),
});

const isForeign = (change: FollowedChange, tenantId: string): boolean =>
  change.payload.isInstallations && tenantId !== PLATFORM_TENANT;

builder.subscriptionField('flagChanges', (t) =>
  t.field({
    type: FlagChangeType,
    description:
      'Changes of every flag the tenant can be served: first what was committed behind `after`, then live. EVENTS_EXPIRED when `after` is older than retention.',
    authScopes: { viewer: true },
    args: {
      after: t.arg.string({
        description: 'Cursor of the last change you have seen; "0": all that are kept; omit for from now on.',
      }),
    },
    subscribe: (_root, { after }, { scope, feeds }) =>
      followFlagChanges(feeds, scope.tenantId, after ?? null) as never,
    resolve: (change) => change as FollowedChange,
  }),
);
