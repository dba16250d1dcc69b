import { effectiveOf, type Flag, flagsByKey, isStale } from '../../src/control/flags/index.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import { PLATFORM_TENANT } from '../../src/kernel/ids.ts';
import { builder } from '../builder.ts';
import { FlagReasonEnum, FlagTypeEnum } from './flag-enums.ts';
import { FlagOverrideType, FlagRuleType } from './flag-parts.ts';

/** "true" and "false" as the seed documents print them; other types as text or JSON. */
const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
/** Whose change counts for the tenant. */
const latest = (flag: Flag) => flag.override ?? flag;

export const FlagObject = builder.objectRef<Flag>('Flag');

builder.node(FlagObject, {
  description:
    'A typed switch (spec k.1): kill switch, disabled, the tenant’s own value, rules, default; in this order.',
  // What a tenant sees of a shared flag is its own: another tenant's id opens nothing.
  id: { description: 'Global id.', resolve: (flag, _args, { scope }) => `${scope.tenantId}/${flag.key}` },
  loadMany: (ids: string[], { scope }) => {
    const prefix = `${scope.tenantId}/`;
    return flagsByKey(
      scope,
      ids.map((id) => (id.startsWith(prefix) ? id.slice(prefix.length) : '')),
    );
  },
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Its name, e.g. PRICING_AUTO_APPLY.' }),
    type: t.field({ type: FlagTypeEnum, description: 'What values it has.', resolve: (flag) => flag.type }),
    description: t.exposeString('description', { description: 'What it is for.' }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the tenant as a whole gets now.',
      resolve: (flag, _args, { scope }) => effectiveOf(scope, flag).value,
    }),
    valueText: t.string({
      description: 'The same as text: "true" or "false" for a BOOLEAN, as the seed documents print it.',
      resolve: (flag, _args, { scope }) => textOf(effectiveOf(scope, flag).value),
    }),
    reason: t.field({
      type: FlagReasonEnum,
      description: 'Why the tenant as a whole gets it.',
      resolve: (flag, _args, { scope }) => effectiveOf(scope, flag).reason,
    }),
    defaultValue: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Served where nothing else decides.',
      resolve: (flag) => flag.defaultValue,
    }),
    override: t.field({
      type: FlagOverrideType,
      nullable: true,
      description: 'The tenant’s own value; null when it has none.',
      resolve: (flag) => flag.override ?? null,
    }),
    rules: t.field({ type: [FlagRuleType], description: 'In order.', resolve: (flag) => [...flag.rules] }),
    isEnabled: t.exposeBoolean('isEnabled', { description: 'False: the default is served to everybody.' }),
    isKilled: t.exposeBoolean('killSwitch', {
      description: 'True: false is served to everybody, of other types the default.',
    }),
    isInstallations: t.boolean({
      description: 'Whether it is a flag of the installation, which all tenants share.',
      resolve: (flag) => flag.tenantId === PLATFORM_TENANT,
    }),
    isSystem: t.exposeBoolean('isSystem', { description: 'Made by the product; cannot be deleted.' }),
    needReason: t.field({
      type: ['JSON'],
      description: 'Values that nobody may begin to serve without a reason.',
      resolve: (flag) => [...(flag.protection?.needReason ?? [])],
    }),
    needsApproval: t.exposeBoolean('needsApproval', {
      description: 'Whether changes wait for a second person.',
    }),
    owner: t.exposeString('owner', { nullable: true, description: 'Whom to ask about it.' }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it should be gone; it is stale from then on, and goes on working.',
      resolve: (flag) => flag.expiresAt,
    }),
    version: t.exposeInt('version', { description: 'Counts changes of the flag itself.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was made.',
      resolve: (flag) => flag.createdAt,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'Last change of the tenant’s own value, or where it has none of the flag.',
      resolve: (flag) => latest(flag).updatedAt,
    }),
    updatedBy: t.string({ description: 'Whose change that was.', resolve: (flag) => latest(flag).updatedBy }),
    lastEvaluatedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'Last use, precise to an hour; of a flag of the installation only the platform tenant knows it.',
      resolve: (flag) => flag.lastEvaluatedAt,
    }),
    isStale: t.boolean({
      description: 'Past expiresAt, or one’s own and not asked for in 30 days.',
      resolve: (flag, _args, { scope }) => isStale(flag, scope.now, scope.tenantId),
    }),
  }),
});
