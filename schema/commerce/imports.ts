import {
  type FileKind,
  getImportRun,
  type ImportRunRow,
  listImportRuns,
  ONLINE_RETAIL_RULES,
  type RunStatus,
} from '../../src/commerce/imports/index.ts';
import { OUTCOMES, type Outcome } from '../../src/commerce/ingest/index.ts';
import { builder } from '../builder.ts';
import { ImportOutcomeEnum } from './import-items.ts';
import { find } from './refs.ts';

const findRun = find<ImportRunRow>(getImportRun);

const ImportRunStatusEnum = builder.enumType('ImportRunStatus', {
  description: 'How a file import stands.',
  values: {
    RUNNING: { description: 'Being imported, or its process died: run the same command again.' },
    COMPLETED: { description: 'Read to its end.' },
    FAILED: { description: 'Stopped; what was committed is kept and the same command goes on from there.' },
  } satisfies Record<RunStatus, { description: string }>,
});

const ImportKindEnum = builder.enumType('ImportKind', {
  description: 'Kind of the facts of a file.',
  values: {
    ORDERS: { value: 'orders', description: 'Orders.' },
    CUSTOMERS: { value: 'customers', description: 'Customers.' },
    CARTS: { value: 'carts', description: 'Carts.' },
    PAYMENTS: { value: 'payments', description: 'Payments.' },
  } satisfies Record<string, { value: FileKind; description: string }>,
});

interface OutcomeCount {
  kind: FileKind;
  outcome: Outcome;
  count: number;
}

const OutcomeCountType = builder.objectRef<OutcomeCount>('ImportOutcomeCount').implement({
  description: 'How many facts of a kind had an outcome.',
  fields: (t) => ({
    kind: t.field({ type: ImportKindEnum, description: 'Of this kind.', resolve: (c) => c.kind }),
    outcome: t.field({
      type: ImportOutcomeEnum,
      description: 'With this outcome.',
      resolve: (c) => c.outcome,
    }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
});

const RuleCountType = builder.objectRef<{ rule: string; count: number }>('ImportRuleCount').implement({
  description: 'How often a rule of the file’s format applied.',
  fields: (t) => ({
    rule: t.exposeString('rule', { description: 'Stable name.' }),
    description: t.string({
      description: 'What the rule does, in English.',
      resolve: ({ rule }) => (ONLINE_RETAIL_RULES as Record<string, string>)[rule] ?? rule,
    }),
    count: t.field({ type: 'BigInt', description: 'How often.', resolve: (c) => BigInt(c.count) }),
  }),
});

function outcomeCounts({ counters }: ImportRunRow): OutcomeCount[] {
  const byKind = Object.entries(counters.outcomes) as [FileKind, Partial<Record<Outcome, number>>][];
  return byKind.flatMap(([kind, counts]) =>
    OUTCOMES.flatMap((outcome) => {
      const count = counts[outcome] ?? 0;
      return count > 0 ? [{ kind, outcome, count }] : [];
    }),
  );
}

export const ImportRunType = builder.objectRef<ImportRunRow>('ImportRun');

builder.node(ImportRunType, {
  description:
    'One file with one set of options, imported by `npm run import`; there is never a second run of it.',
  id: { description: 'Global id.', resolve: (run) => run.id },
  loadOne: (id: string, { scope }) => findRun(id, scope),
  fields: (t) => ({
    format: t.exposeString('format', { description: 'csv, ndjson or online-retail.' }),
    fileName: t.exposeString('fileName', { description: 'Without its folder.' }),
    options: t.field({ type: 'JSON', description: 'What shaped the rows.', resolve: (run) => run.options }),
    status: t.field({ type: ImportRunStatusEnum, description: 'How it stands.', resolve: (r) => r.status }),
    position: t.field({
      type: 'BigInt',
      description: 'Lines committed; where the same command would go on.',
      resolve: (run) => run.position,
    }),
    rejects: t.int({
      description: 'Lines and facts that were refused; the command line wrote them to a file.',
      resolve: ({ counters }) => counters.rejects,
    }),
    outcomes: t.field({
      type: [OutcomeCountType],
      description: 'Facts by kind and outcome; what never happened is left out.',
      resolve: outcomeCounts,
    }),
    rules: t.field({
      type: [RuleCountType],
      description: 'What the format’s rules did; empty for csv and ndjson.',
      resolve: ({ counters }) => Object.entries(counters.rules).map(([rule, count]) => ({ rule, count })),
    }),
    error: t.exposeString('error', { nullable: true, description: 'Why it stopped.' }),
    startedAt: t.field({ type: 'DateTime', description: 'First begun.', resolve: (r) => r.startedAt }),
    updatedAt: t.field({ type: 'DateTime', description: 'Last commit.', resolve: (r) => r.updatedAt }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it completed or stopped; null while it is running.',
      resolve: (run) => run.finishedAt,
    }),
  }),
});

const ImportRunFilterInput = builder.inputType('ImportRunFilter', {
  description: 'Which file imports.',
  fields: (t) => ({
    status: t.field({ type: [ImportRunStatusEnum], description: 'One of these.' }),
  }),
});

builder.queryField('importRuns', (t) =>
  t.connection(
    {
      type: ImportRunType,
      description: 'The tenant’s file imports, begun last first.',
      args: { filter: t.arg({ type: ImportRunFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listImportRuns(scope, filter ?? {}, page),
    },
    { name: 'ImportRunConnection', description: 'A page of file imports.' },
    { name: 'ImportRunEdge', description: 'One file import of a page.' },
  ),
);
