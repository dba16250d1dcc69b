import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LabelledSeries } from './corpus.ts';
import type { Answers } from './detectors.ts';

const TOOLS = join(import.meta.dirname, '../../../shared/tools');

interface Profile {
  normalized: number;
  threshold: number;
  windows_hit: number;
  windows: number;
  fp_rows: number;
}
type Profiles = Record<'standard' | 'reward_low_FP_rate' | 'reward_low_FN_rate', Profile>;

/** What the published rules say: at the threshold best for the corpus, and of the detector's own decisions. */
export interface Verdict {
  searched: Profiles;
  own: Profiles;
  categories: Record<string, Profile | null>;
}

/** Writes one detector's answers in the layout of NAB's results. */
export function write(folder: string, series: readonly LabelledSeries[], answers: readonly Answers[]): void {
  for (const [k, { file, stamps }] of series.entries()) {
    const { score, alert } = answers[k] as Answers;
    const rows = stamps.map((stamp, i) => `${stamp},${score[i]},${alert[i]}`);
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `timestamp,anomaly_score,alert\n${rows.join('\n')}\n`);
  }
}

/** Has nab_score.py judge result folders. Throws with its words, or when there is no Python. */
export function judge(folders: readonly string[]): Record<string, Verdict> {
  const script = join(import.meta.dirname, 'score.py');
  const { error, status, stdout, stderr } = spawnSync('python3', [script, TOOLS, ...folders], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (error) throw new Error(`The scorer is a Python program and python3 did not start: ${error.message}`);
  if (status !== 0) throw new Error(`nab_score.py failed:\n${stderr}`);
  return JSON.parse(stdout) as Record<string, Verdict>;
}
