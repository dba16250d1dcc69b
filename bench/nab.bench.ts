import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { blankDetection, createDetector, restoreDetector } from '../src/reliability/anomalies/index.ts';
import { corpus, type LabelledSeries } from './nab/corpus.ts';
import { type Answers, CONTENDERS } from './nab/detectors.ts';
import { judge, type Verdict, write } from './nab/judge.ts';
import { weekly } from './nab/weeks.ts';

const WEEK_MS = 7 * 86_400_000;
const BATCH = 500;

type Figures = Record<string, number | string>;

/** The product's default detector, as it is, on labelled series of others, against rules in the same run. */
export async function run(): Promise<{ name: string; figures: Figures; goal: string }> {
  const series = corpus();
  const folder = mkdtempSync(join(tmpdir(), 'nab-'));
  try {
    const answers = Object.values(CONTENDERS).map((contender) => series.map(contender));
    const folders = answers.map((_, i) => join(folder, String(i)));
    for (const [i, place] of folders.entries()) write(place, series, answers[i] as Answers[]);
    const verdicts = judge(folders);
    const [ours, ...others] = folders.map((place) => verdicts[place] as Verdict);
    return {
      name: `nab: ${series.length} labelled series, ${rowsOf(series).toLocaleString('en')} samples`,
      figures: {
        ...profiles(ours as Verdict),
        ...baselines(others),
        ...alarms(series, answers[0] as Answers[]),
        ...costs(series),
        ...weeks(1),
        ...weeks(5),
      },
      goal: 'standard profile 60 (HTM 70.5, ARTime 74.9 on all 58 series), at most 50 µs a sample',
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const rowsOf = (series: readonly LabelledSeries[]): number =>
  series.reduce((sum, { values }) => sum + values.length, 0);
const round = (x: number, digits = 1): number => Number(x.toFixed(digits));

function profiles({ searched, own, categories }: Verdict): Figures {
  const figures: Figures = {};
  for (const profile of ['standard', 'reward_low_FP_rate', 'reward_low_FN_rate'] as const) {
    const { normalized, threshold } = searched[profile];
    const { normalized: byItself, windows_hit, windows, fp_rows } = own[profile];
    figures[profile] = `${round(normalized)} at the best threshold ${round(threshold, 3)}`;
    figures[`${profile}, own alerts`] =
      `${round(byItself)}: ${windows_hit} of ${windows} windows, ${fp_rows} false alerts`;
  }
  for (const [category, found] of Object.entries(categories)) {
    figures[`own alerts in ${category}`] = found
      ? `${round(found.normalized)}: ${found.windows_hit} of ${found.windows} windows, ${found.fp_rows} false alerts`
      : 'no windows';
  }
  return figures;
}

function baselines(verdicts: readonly Verdict[]): Figures {
  const names = Object.keys(CONTENDERS).slice(1);
  const figures: Figures = {};
  for (const [i, { searched, own }] of verdicts.entries()) {
    figures[`baseline: ${names[i]}`] =
      `own alerts ${round(own.standard.normalized)}, best threshold ${round(searched.standard.normalized)}`;
  }
  return figures;
}

/** Of all rows, those included which NAB does not count because a detector may still be learning. */
function alarms(series: readonly LabelledSeries[], answers: readonly Answers[]): Figures {
  let [outside, weeks, shifts] = [0, 0, 0];
  for (const [k, { at, windows }] of series.entries()) {
    const { alert, levelShifts } = answers[k] as Answers;
    shifts += levelShifts;
    weeks += ((at.at(-1) as number) - (at[0] as number)) / WEEK_MS;
    alert.forEach((flag, i) => {
      if (flag === 1 && !windows.some(([from, to]) => from <= i && i <= to)) outside++;
    });
  }
  return { falseAlarmsPerSeriesAndWeek: round(outside / weeks, 2), levelShifts: shifts };
}

/** What is wrong for its hour of the week only, in made-up series of eight weeks. */
function weeks(stepMin: number): Figures {
  const figures: Figures = {};
  for (const [how, { events, found, falseAlarms, weeks }] of Object.entries(weekly(stepMin))) {
    figures[`weekly rhythm, a sample per ${stepMin} min, ${how} hours of the week`] =
      `${found} of ${events} found, ${round(falseAlarms / weeks, 2)} false alarms per series and week`;
  }
  return figures;
}

function costs(series: readonly LabelledSeries[]): Figures {
  const found = blankDetection();
  const start = performance.now();
  for (const { at, values } of series) {
    const detector = createDetector('DEFAULT');
    for (let i = 0; i < values.length; i++) {
      detector.observeInto(found, at[i] as number, values[i] as number);
    }
  }
  const perSample = ((performance.now() - start) * 1000) / rowsOf(series);
  const { at, values } = series[0] as LabelledSeries;
  let bytes = createDetector('DEFAULT').serialise();
  const batches = Math.floor(values.length / BATCH);
  const begun = performance.now();
  for (let batch = 0; batch < batches; batch++) {
    const detector = restoreDetector(bytes);
    for (let i = batch * BATCH; i < (batch + 1) * BATCH; i++) {
      detector.observeInto(found, at[i] as number, values[i] as number);
    }
    bytes = detector.serialise();
  }
  return {
    microsecondsPerSample: round(perSample, 2),
    microsecondsPerBatchOf500: round(((performance.now() - begun) * 1000) / batches),
    bytesPerSeries: bytes.byteLength,
  };
}

if (import.meta.main) {
  console.log(`${hostname()}: ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}`);
  try {
    const { name, figures, goal } = await run();
    const width = Math.max(...Object.keys(figures).map((key) => key.length));
    console.log(name);
    for (const [key, value] of Object.entries(figures)) console.log(`  ${key.padEnd(width)}  ${value}`);
    console.log(`  ${'goal'.padEnd(width)}  ${goal}`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
