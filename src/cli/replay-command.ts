import { parseArgs } from 'node:util';
import type { App } from '../app.ts';
import { type Io, progressLine, UsageError } from './io.ts';

const USAGE = `Usage: npm run replay -- --tenant SLUG --from 2011-01-01 --to 2011-01-31 [--every 1h|1d]
Runs the tenant's cycles of past instants in order, as if the engine had been there.`;

const STEPS: Record<string, number> = { '1h': 3_600_000, '1d': 86_400_000 };

interface Replay {
  tenant: string;
  from: Date;
  to: Date;
  stepMs: number;
}

function parse(args: string[]): Replay {
  const { values } = parseArgs({
    args,
    options: {
      tenant: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      every: { type: 'string' },
    },
  });
  const instant = (name: 'from' | 'to') => {
    const at = new Date(values[name] ?? '');
    if (Number.isNaN(at.getTime()))
      throw new UsageError(`--${name} must be an ISO date such as 2011-01-31.\n${USAGE}`);
    return at;
  };
  const stepMs = STEPS[values.every ?? '1h'];
  if (!values.tenant) throw new UsageError(`--tenant is missing.\n${USAGE}`);
  if (stepMs === undefined) throw new UsageError(`--every is 1h or 1d.\n${USAGE}`);
  const replay = { tenant: values.tenant, from: instant('from'), to: instant('to'), stepMs };
  if (replay.from >= replay.to) throw new UsageError('--from must be before --to.');
  return replay;
}

/** `npm run replay`: one cycle per step, a progress line, and a table of what was found. */
export async function replayCommand(app: App, args: string[], io: Io): Promise<number> {
  const { tenant, from, to, stepMs } = parse(args);
  const steps = Math.floor((to.getTime() - from.getTime()) / stepMs) + 1;
  const line = progressLine(io);
  const found = {
    cycles: 0,
    failedPhases: 0,
    opened: 0,
    resolved: 0,
    scored: 0,
    detected: 0,
    elite: 0,
    actionsCreated: 0,
  };
  const started = performance.now();
  for (let n = 0; n < steps && !io.signal.aborted; n++) {
    const asOf = new Date(from.getTime() + n * stepMs);
    const scope = await app.tenantScope(tenant, app.clock());
    const { cycle, alreadyRunning } = await app.engine.execute(scope, { asOf, trigger: 'REPLAY' });
    if (alreadyRunning)
      throw new UsageError('A cycle of this tenant is running; stop the engine (stopEngine) and try again.');
    const report = cycle.report ?? {};
    found.cycles++;
    found.failedPhases += cycle.status === 'COMPLETED' ? 0 : 1;
    found.opened += Number(report.issuesOpened ?? 0);
    found.resolved += Number(report.issuesResolved ?? 0);
    for (const key of ['scored', 'detected', 'elite', 'actionsCreated'] as const)
      found[key] += Number(report[key] ?? 0);
    line.show(
      (n + 1) / steps,
      `${asOf.toISOString().slice(0, 16)}  ${found.opened} issues  ${found.detected} opportunities`,
    );
  }
  line.done();
  io.print(summary(tenant, from, to, found, performance.now() - started));
  return io.signal.aborted ? 130 : 0;
}

function summary(tenant: string, from: Date, to: Date, found: Record<string, number>, ms: number): string {
  const rows: [string, number | undefined][] = [
    ['cycles', found.cycles],
    ['cycles with a failed phase', found.failedPhases],
    ['issues opened', found.opened],
    ['issues resolved', found.resolved],
    ['packages scored', found.scored],
    ['opportunities', found.detected],
    ['of these elite', found.elite],
    ['offers created', found.actionsCreated],
  ];
  const lines = rows.map(([name, n]) => `  ${name.padEnd(28)}${String(n ?? 0).padStart(10)}`);
  const head = `${tenant}: ${from.toISOString().slice(0, 16)} to ${to.toISOString().slice(0, 16)} in ${(ms / 1000).toFixed(1)} s`;
  return `${head}\n${lines.join('\n')}\n`;
}
