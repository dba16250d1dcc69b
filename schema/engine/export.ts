import { EXPORT_STREAMS, type ExportPage, type ExportStream, exportJsonl } from '../../src/engine/index.ts';
import { builder } from '../builder.ts';

const DESCRIPTIONS: Record<ExportStream, string> = {
  kpi_history: 'KPI snapshots, one a cycle.',
  detected_issues: 'Issues, in the order in which they were found.',
  income_actions: 'Offers, in the order in which they were made.',
  decision_outcomes: 'How actions ended, in the order in which it became known.',
  learned_strategies: 'Patterns with their weights, and steps that learning took or proposed.',
  audit: 'The trail of administrative changes, in their order. Needs the scope ADMIN.',
};

const ExportStreamEnum = builder.enumType('ExportStream', {
  description: 'The seed’s five JSONL files, and the audit trail.',
  values: Object.fromEntries(
    EXPORT_STREAMS.map((name) => [name.toUpperCase(), { value: name, description: DESCRIPTIONS[name] }]),
  ) as Record<Uppercase<ExportStream>, { value: ExportStream; description: string }>,
});

const JsonlPageType = builder.objectRef<ExportPage>('JsonlPage').implement({
  description: 'A stretch of a stream.',
  fields: (t) => ({
    lines: t.stringList({
      description: 'Each a whole JSON object; join them with line breaks.',
      resolve: ({ lines }) => [...lines],
    }),
    nextAfter: t.exposeString('nextAfter', {
      nullable: true,
      description: 'Pass it as `after` to go on; null only while the stream is empty.',
    }),
    isComplete: t.exposeBoolean('isComplete', {
      description: 'True when there is nothing more now; `nextAfter` finds what is new later.',
    }),
  }),
});

builder.queryField('exportJsonl', (t) =>
  t.field({
    type: JsonlPageType,
    description:
      'What the seed kept in files, as JSON lines, oldest first. Field names are stable; timestamps are Unix seconds, amounts minor units of the line’s currency.',
    // The trail is the administrators' own.
    authScopes: (_root, { stream }) => (stream === 'audit' ? { admin: true } : { viewer: true }),
    args: {
      stream: t.arg({ type: ExportStreamEnum, required: true, description: 'Which one.' }),
      after: t.arg.string({ description: '`nextAfter` of the page before.' }),
      first: t.arg.int({ description: 'Lines, 1–1000. Default 1000.' }),
    },
    resolve: (_root, args, { scope }) => exportJsonl(scope, args),
  }),
);
