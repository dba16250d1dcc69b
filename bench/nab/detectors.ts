import { blankDetection, createDetector } from '../../src/reliability/anomalies/index.ts';
import type { LabelledSeries } from './corpus.ts';

/** What a detector said of one series: a strangeness per row, and its own decision. */
export interface Answers {
  score: Float64Array;
  alert: Uint8Array;
  levelShifts: number;
}

/** Everything that is measured against the labels; each sees a series row by row, once. */
export const CONTENDERS: Record<string, (series: LabelledSeries) => Answers> = {
  'the default detector': (series) => product(series, 'DEFAULT', (score) => score),
  'the document’s rule (SEED)': (series) => product(series, 'SEED', (score) => -score),
  '|z| > 3 over 500 samples': zScore,
  'no detector': (series) => blank(series.values.length),
};

function blank(rows: number): Answers {
  return { score: new Float64Array(rows), alert: new Uint8Array(rows), levelShifts: 0 };
}

function product(
  { at, values }: LabelledSeries,
  kind: 'DEFAULT' | 'SEED',
  rising: (score: number) => number,
): Answers {
  const answers = blank(values.length);
  const detector = createDetector(kind);
  const found = blankDetection();
  for (let i = 0; i < values.length; i++) {
    detector.observeInto(found, at[i] as number, values[i] as number);
    answers.score[i] = rising(found.score);
    answers.alert[i] = found.isAnomaly ? 1 : 0;
    if (found.isLevelShift) answers.levelShifts++;
  }
  return answers;
}

/** Mean and deviation of the 500 samples before each row, from 100 on. */
function zScore({ values }: LabelledSeries): Answers {
  const answers = blank(values.length);
  for (let i = 100; i < values.length; i++) {
    const window = values.subarray(Math.max(0, i - 500), i);
    const mean = window.reduce((sum, x) => sum + x, 0) / window.length;
    const squares = window.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    const std = Math.sqrt(squares / (window.length - 1));
    answers.score[i] = Math.abs((values[i] as number) - mean) / Math.max(std, 1e-6);
    answers.alert[i] = (answers.score[i] as number) > 3 ? 1 : 0;
  }
  return answers;
}
