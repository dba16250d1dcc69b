import { listReports, previewSummary, type Report } from '../../src/finance/reports/index.ts';
import { builder } from '../builder.ts';
import { eventType, shared } from '../engine/event.ts';

const ReportType = builder.objectRef<Report>('Report').implement({
  description: 'A report that was made and sent to every channel that gets reports.',
  fields: (t) => ({
    key: t.exposeID('id', { description: 'Plain id.' }),
    kind: t.exposeString('kind', { description: 'OPS_SUMMARY.' }),
    reportKey: t.exposeString('reportKey', {
      description: 'One report per key: the day in London, YYYY-MM-DD.',
    }),
    at: t.field({ type: 'DateTime', description: 'When it was made.', resolve: (report) => report.at }),
    title: t.exposeString('title', { description: 'One line.' }),
    lines: t.stringList({
      description: 'What it says; one line on a quiet day.',
      resolve: (r) => [...r.lines],
    }),
  }),
});

const PreviewType = builder.objectRef<{ title: string; lines: string[] }>('OpsSummary').implement({
  description: 'What the ops summary would say now.',
  fields: (t) => ({
    title: t.exposeString('title', { description: 'One line.' }),
    lines: t.exposeStringList('lines', { description: 'What it says.' }),
  }),
});

builder.queryFields((t) => ({
  opsSummary: t.field({
    type: PreviewType,
    description:
      'What the daily ops summary (09:00 London) would say now: KPIs, issues, incidents, objectives, margin, keys, failures. Nothing is sent.',
    authScopes: { operator: true },
    resolve: (_root, _args, { scope }) => previewSummary(scope),
  }),
  reports: t.connection(
    {
      type: ReportType,
      description: 'Reports that were made, newest first.',
      authScopes: { operator: true },
      resolve: (_root, page, { scope }) => listReports(scope, page),
    },
    { name: 'ReportConnection', description: 'A page of reports.' },
    { name: 'ReportEdge', description: 'One report of a page.' },
  ),
}));

eventType('REPORT_MADE').implement({
  ...shared('REPORT_MADE'),
  fields: (t) => ({
    reportId: t.id({ description: 'Plain id of the report.', resolve: (e) => e.payload.reportId }),
    kind: t.string({ description: 'OPS_SUMMARY.', resolve: (e) => e.payload.kind }),
    reportKey: t.string({ description: 'The day in London.', resolve: (e) => e.payload.reportKey }),
    title: t.string({ description: 'One line.', resolve: (e) => e.payload.title }),
  }),
});
