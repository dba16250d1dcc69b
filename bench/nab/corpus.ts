import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the labelled series lie, beside the project. */
export const NAB = join(import.meta.dirname, '../../../shared/data/nab');

/** One labelled series of the Numenta Anomaly Benchmark; `windows` are index ranges, both ends included. */
export interface LabelledSeries {
  file: string;
  category: string;
  stamps: string[];
  at: Float64Array;
  values: Float64Array;
  windows: [number, number][];
}

/** All labelled series there are. Throws with the place when the data is absent. */
export function corpus(): LabelledSeries[] {
  const labels = join(NAB, 'combined_windows.json');
  if (!existsSync(labels)) {
    throw new Error(`The labelled series are not there: ${labels} is missing, nothing was measured.`);
  }
  const windows = JSON.parse(readFileSync(labels, 'utf8')) as Record<string, [string, string][]>;
  return Object.entries(windows).map(([file, ranges]) => series(file, ranges));
}

function series(file: string, ranges: [string, string][]): LabelledSeries {
  const rows = readFileSync(join(NAB, 'data', file), 'utf8')
    .trim()
    .split(/\r?\n/)
    .slice(1);
  const stamps = rows.map((row) => row.slice(0, row.indexOf(',')));
  const instants = stamps.map(instant);
  return {
    file,
    category: file.slice(0, file.indexOf('/')),
    stamps,
    at: Float64Array.from(instants),
    values: Float64Array.from(rows, (row) => Number(row.slice(row.indexOf(',') + 1))),
    windows: ranges.map(([from, to]) => [
      instants.lastIndexOf(instant(from)),
      instants.lastIndexOf(instant(to)),
    ]),
  };
}

const instant = (stamp: string): number => Date.parse(`${stamp.replace(' ', 'T').split('.')[0]}Z`);
