import { type KeyReport, keyReport, listDueKeys, listKeys } from '../../src/control/keys/index.ts';
import { ValidationError } from '../../src/kernel/errors.ts';
import { builder } from '../builder.ts';
import { KeyKindEnum, KeyLevelEnum, KeyRegistrationType, RotationStatusEnum } from './key-types.ts';
import './key-mutations.ts';
import './key-changes.ts';
import './key-events.ts';

const KeyFilterInput = builder.inputType('KeyRegistrationFilter', {
  description: 'All given conditions must hold.',
  fields: (t) => ({
    status: t.field({ type: RotationStatusEnum, description: 'Standing so now.' }),
    kind: t.field({ type: KeyKindEnum, description: 'Of this kind.' }),
    securityLevel: t.field({ type: KeyLevelEnum, description: 'Of this level.' }),
  }),
});

const ReportType = builder.objectRef<KeyReport>('KeyRotationReport').implement({
  description: 'How the tenant’s keys stand: total = overdue + dueSoon + healthy.',
  fields: (t) => ({
    asOf: t.field({
      type: 'DateTime',
      description: 'When it was counted.',
      resolve: (report) => report.asOf,
    }),
    total: t.exposeInt('total', { description: 'Keys that are rotated.' }),
    overdue: t.exposeInt('overdue', { description: 'Past their rotation.' }),
    dueSoon: t.exposeInt('dueSoon', { description: 'At most 7 days before it.' }),
    healthy: t.exposeInt('healthy', { description: 'Further away.' }),
    retired: t.exposeInt('retired', { description: 'Not rotated any more, not in total.' }),
    pending: t.exposeInt('pending', { description: 'Values that wait to be delivered or claimed.' }),
  }),
});

const named = (name: string, what: string) =>
  [
    { name: `${name}Connection`, description: `A page of ${what}.` },
    { name: `${name}Edge`, description: 'One key of a page.' },
  ] as const;

builder.queryFields((t) => ({
  keyRegistrations: t.connection(
    {
      type: KeyRegistrationType,
      description: 'Keys that are or were rotated, newest first.',
      authScopes: { admin: true },
      args: { filter: t.arg({ type: KeyFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listKeys(scope, page, filter ?? {}),
    },
    ...named('KeyRegistration', 'registered keys'),
  ),
  keysDueRotation: t.connection(
    {
      type: KeyRegistrationType,
      description: 'Keys whose rotation is due, the longest overdue first.',
      authScopes: { admin: true },
      args: {
        withinDays: t.arg.int({
          defaultValue: 7,
          description: 'Those that will be due within so many days too, 0–365; 0: due now.',
        }),
      },
      resolve: (_root, { withinDays, ...page }, { scope }) => {
        const days = withinDays ?? 7;
        if (days < 0 || days > 365) throw new ValidationError('withinDays', 'Give 0 to 365 days.');
        return listDueKeys(scope, page, days);
      },
    },
    ...named('KeysDue', 'due keys'),
  ),
  keyRotationReport: t.field({
    type: ReportType,
    description: 'How the tenant’s keys stand, counted.',
    authScopes: { admin: true },
    resolve: (_root, _args, { scope }) => keyReport(scope.db, scope),
  }),
}));
