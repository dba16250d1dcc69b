import { parseArgs } from 'node:util';
import type { App } from '../app.ts';
import { EXPORT_STREAMS, exportJsonl } from '../engine/index.ts';
import { type Io, UsageError } from './io.ts';

const USAGE = `Usage: npm run --silent export -- --tenant SLUG --stream NAME [--after CURSOR] > NAME.jsonl
Prints one JSON object per line, oldest first. NAME is one of ${EXPORT_STREAMS.join(', ')}.`;

/** `npm run export`: one stream to its end, a page at a time. */
export async function exportCommand(app: App, args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { tenant: { type: 'string' }, stream: { type: 'string' }, after: { type: 'string' } },
  });
  const stream = EXPORT_STREAMS.find((name) => name === values.stream);
  if (!values.tenant) throw new UsageError(`--tenant is missing.\n${USAGE}`);
  if (!stream) throw new UsageError(`--stream must be one of ${EXPORT_STREAMS.join(', ')}.\n${USAGE}`);
  const scope = await app.tenantScope(values.tenant, app.clock());
  let after = values.after ?? null;
  for (let isComplete = false; !isComplete && !io.signal.aborted; ) {
    const page = await exportJsonl(scope, { stream, after });
    if (page.lines.length > 0) io.print(`${page.lines.join('\n')}\n`);
    ({ nextAfter: after, isComplete } = page);
  }
  return io.signal.aborted ? 130 : 0;
}
