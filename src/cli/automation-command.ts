import { parseArgs } from 'node:util';
import type { App } from '../app.ts';
import type { OnceReport, OnceRun } from '../engine/index.ts';
import type { Io } from './io.ts';

const USAGE = `Usage: npm run automation:once
Runs everything that is due once, for every tenant: each job's missed instants as its policy wants, and the tenants'
cycles. Waits for it, prints what ran, and ends with exit code 1 when something failed. Jobs in JOBS_DISABLED are left out.
`;

/** `npm run automation:once`: everything that is due, once. */
export async function automationCommand(app: App, args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({ args, options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    io.print(USAGE);
    return 0;
  }
  const started = performance.now();
  const report = await app.automation.runDue(io.signal);
  io.print(summary(report, (performance.now() - started) / 1000));
  if (report.isInterrupted) return 130;
  return report.runs.some(({ status }) => status === 'FAILED') ? 1 : 0;
}

const HEAD = ['tenant', 'job', 'instant', 'status', 'tries', 'ms'];

function summary({ runs, visits, isInterrupted }: OnceReport, seconds: number): string {
  const count = (status: string) => runs.filter((run) => run.status === status).length;
  const open = runs.length - count('COMPLETED') - count('FAILED') - count('SKIPPED_OVERLAP');
  const lines = [
    `${runs.length} due: ${count('COMPLETED')} completed, ${count('FAILED')} failed, ${count('SKIPPED_OVERLAP')} skipped` +
      `${open > 0 ? `, ${open} left open` : ''} in ${seconds.toFixed(1)} s${isInterrupted ? '; interrupted' : ''}`,
    ...(visits > 0 ? [`${visits} visits to tenants with messages, deliveries or keys under way`] : []),
    ...table(runs),
  ];
  return `${lines.join('\n')}\n`;
}

/** One line a run, and why it failed under it. */
function table(runs: readonly OnceRun[]): string[] {
  if (runs.length === 0) return [];
  const cells = runs.map((run) => [
    ...[run.tenant, run.job, run.scheduledFor.toISOString().slice(0, 19), run.status, String(run.attempt)],
    run.durationMs === null ? '' : String(Math.round(run.durationMs)),
  ]);
  const widths = HEAD.map((head, n) =>
    Math.max(head.length, ...cells.map((row) => (row[n] as string).length)),
  );
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, n) => (n < 4 ? cell.padEnd(widths[n] as number) : cell.padStart(widths[n] as number))).join('  ')}`.trimEnd();
  return [
    line(HEAD),
    ...cells.flatMap((row, n) => [line(row), ...(runs[n]?.error ? [`    ${runs[n].error}`] : [])]),
  ];
}
