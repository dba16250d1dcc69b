import {
  type Evaluation,
  type FlagContext,
  flagSet,
  flagsByKey,
  listFlags,
  staleFlags,
} from '../../src/control/flags/index.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import { ValidationError } from '../../src/kernel/errors.ts';
import { sha256Hex } from '../../src/kernel/ids.ts';
import { checkJson } from '../../src/kernel/json-check.ts';
import { builder } from '../builder.ts';
import { FlagObject } from './flag.ts';
import { FlagReasonEnum } from './flag-enums.ts';

const EvaluationType = builder.objectRef<Evaluation>('FlagEvaluation').implement({
  description: 'A value and why it is that.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Which flag.' }),
    value: t.field({ type: 'JSON', nullable: true, description: 'What is served.', resolve: (e) => e.value }),
    reason: t.field({ type: FlagReasonEnum, description: 'Why.', resolve: (e) => e.reason }),
    variant: t.exposeString('variant', {
      nullable: true,
      description: 'What decided: default, disabled, kill-switch, override or the id of a rule.',
    }),
    version: t.exposeInt('version', { nullable: true, description: 'Of the flag; null when there is none.' }),
    errorCode: t.exposeString('errorCode', {
      nullable: true,
      description: 'FLAG_NOT_FOUND or PROVIDER_NOT_READY.',
    }),
    note: t.exposeString('note', {
      nullable: true,
      description: 'More in words, where there is more to say.',
    }),
  }),
});

const SnapshotType = builder
  .objectRef<{ unit: FlagContext; flags: readonly unknown[] }>('FlagSnapshot')
  .implement({
    description: 'Everything that the tenant’s answers depend on, for evaluators in other processes.',
    fields: (t) => ({
      etag: t.string({
        description: 'Changes with any of it.',
        resolve: (s) => sha256Hex(JSON.stringify(s)).slice(0, 16),
      }),
      unit: t.field({
        type: 'JSON',
        description: 'What is known of the tenant in every context.',
        resolve: (s) => s.unit,
      }),
      flags: t.field({
        type: ['JSON'],
        description: 'Types, values and rules.',
        resolve: (s) => [...s.flags],
      }),
    }),
  });

function readContext(given: unknown): FlagContext | null {
  if (given === null || given === undefined) return null;
  if (typeof given === 'object' && !Array.isArray(given)) return given as FlagContext;
  throw new ValidationError(
    'context',
    'A context is an object of attributes, e.g. {"targetingKey": "customer-7"}.',
  );
}

const contextArg = {
  type: 'JSON',
  description: 'Attributes of who asks, targetingKey among them for roll-outs. None: the tenant as a whole.',
} as const;
/** Flags that one question may name. */
const MAX_KEYS = 200;

builder.queryFields((t) => ({
  flags: t.connection(
    {
      type: FlagObject,
      description: 'Every flag the tenant can be served, by key.',
      resolve: (_root, args, { scope }) => listFlags(scope, args),
    },
    { name: 'FlagConnection', description: 'A page of flags.' },
    { name: 'FlagEdge', description: 'One flag of a page.' },
  ),
  flag: t.field({
    type: FlagObject,
    nullable: true,
    description: 'One flag; null when there is none.',
    args: { key: t.arg.string({ required: true, description: 'Its key.' }) },
    resolve: async (_root, { key }, { scope }) => (await flagsByKey(scope, [key]))[0] ?? null,
  }),
  staleFlags: t.field({
    type: [FlagObject],
    description: 'Flags that somebody should take out of the code: see Flag.isStale.',
    resolve: (_root, _args, { scope }) => staleFlags(scope),
  }),
  evaluateFlag: t.field({
    type: EvaluationType,
    description: 'The value for a context, and why. An unknown flag answers with your default and ERROR.',
    args: {
      key: t.arg.string({ required: true, description: 'Which flag.' }),
      context: t.arg(contextArg),
      default: t.arg({ type: 'JSON', description: 'Served when there is no such flag.' }),
    },
    resolve: async (_root, args, { scope }) => {
      const fallback = (args.default ?? null) as Json;
      checkJson(fallback, 'default');
      return (await flagSet(scope, scope.db)).evaluate(args.key, fallback, readContext(args.context));
    },
  }),
  evaluateFlags: t.field({
    type: [EvaluationType],
    description: 'The same for several flags, or all, by key.',
    args: {
      keys: t.arg.stringList({ description: `At most ${MAX_KEYS}; none given: all.` }),
      context: t.arg(contextArg),
    },
    resolve: async (_root, args, { scope }) => {
      const set = await flagSet(scope, scope.db);
      const keys = args.keys ?? set.facts.map(({ key }) => key);
      if (args.keys && keys.length > MAX_KEYS)
        throw new ValidationError('keys', `Name at most ${MAX_KEYS} flags.`);
      const context = readContext(args.context);
      return keys.map((key) => set.evaluate(key, null, context));
    },
  }),
  flagSnapshot: t.field({
    type: SnapshotType,
    description: 'For evaluators in other processes, such as the OpenFeature provider of this package.',
    resolve: async (_root, _args, { scope }) => {
      const { unit, facts } = await flagSet(scope, scope.db);
      return { unit, flags: facts };
    },
  }),
}));
