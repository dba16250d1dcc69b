import type { App } from '../app.ts';
import { type FileProgress, importFile } from '../commerce/imports/index.ts';
import { IMPORT_USAGE, parseImport } from './import-args.ts';
import { importSummary } from './import-summary.ts';
import { type Io, progressLine } from './io.ts';

/** `npm run import`: one file into one tenant, resumable, with a progress line and a table of what was done. */
export async function importCommand(app: App, args: string[], io: Io): Promise<number> {
  if (args.includes('--help')) {
    io.print(IMPORT_USAGE);
    return 0;
  }
  const { tenant, options } = parseImport(args, io.cwd);
  const scope = await app.tenantScope(tenant, app.clock());
  const line = progressLine(io);
  const rate = rateOf();
  const started = performance.now();
  const show = (progress: FileProgress): void => {
    const share = progress.bytesRead / Math.max(progress.bytesTotal, 1);
    // A small file is read before its first commit: that would say "100 %, 0 rows".
    if (share < 1 || progress.lines > 0) line.show(share, detailOf(progress, rate));
  };
  const report = await importFile(scope, options, show, io.signal);
  line.done();
  io.print(importSummary(report, options, performance.now() - started));
  if (report.status === 'COMPLETED') return 0;
  return io.signal.aborted ? 130 : 1;
}

function detailOf({ lines, rejects }: FileProgress, rate: (lines: number) => number): string {
  const perSecond = rate(lines);
  const speed = perSecond > 0 ? `  ${Math.round(perSecond).toLocaleString('en')} rows/s` : '';
  const refused = rejects > 0 ? `  ${rejects.toLocaleString('en')} refused` : '';
  return `${lines.toLocaleString('en')} rows${speed}${refused}`;
}

/** Rows per second since the first commit, so that what an earlier run did does not count. */
function rateOf(clock: () => number = () => performance.now()): (lines: number) => number {
  let first: { lines: number; at: number } | null = null;
  return (lines) => {
    if (lines === 0) return 0;
    first ??= { lines, at: clock() };
    return (lines - first.lines) / Math.max((clock() - first.at) / 1000, 0.001);
  };
}
