import { basename } from 'node:path';
import {
  type FileCounters,
  type FileKind,
  type FileOptions,
  type FileReport,
  ONLINE_RETAIL_RULES,
} from '../commerce/imports/index.ts';
import { OUTCOMES } from '../commerce/ingest/index.ts';
import { formatMoney } from '../kernel/money.ts';

/** In the order in which they must be imported. */
const KINDS = ['customers', 'carts', 'orders', 'payments'] as const satisfies readonly FileKind[];

const number = (n: number): string => n.toLocaleString('en');

/** What became of a file, for people: how it ended, facts by kind and outcome, and what the rules did. */
export function importSummary(report: FileReport, options: FileOptions, ms: number): string {
  const { counters } = report;
  const lines = [...headline(report, options, ms), '', ...outcomeTable(counters), ...ruleTable(counters)];
  if (counters.rejects > 0 && options.rejectsPath) {
    lines.push(
      '',
      `${number(counters.rejects)} refused, with line and reason: ${basename(options.rejectsPath)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function headline(report: FileReport, { path, isDryRun }: FileOptions, ms: number): string[] {
  const { counters, resumedAt, wasComplete, error } = report;
  const file = basename(path);
  if (wasComplete) {
    return [
      `${file} was imported before with these options; nothing was done. --again imports it once more.`,
    ];
  }
  const seconds = (ms / 1000).toFixed(1);
  const rate = number(Math.round((counters.lines - resumedAt) / Math.max(ms / 1000, 0.001)));
  const read = `${number(counters.lines)} lines in ${seconds} s (${rate} lines/s)`;
  const resumed =
    resumedAt > 0 ? [`Went on after line ${number(resumedAt)}, where it had been stopped.`] : [];
  if (report.status === 'COMPLETED') {
    return [`${file}: ${read}${isDryRun ? '. Dry run: nothing was written.' : ''}`, ...resumed];
  }
  if (isDryRun) return [`${file}: stopped after line ${number(counters.lines)}. ${error}`];
  return [
    `${file}: stopped after line ${number(counters.lines)}. ${error}`,
    ...resumed,
    'Up to there everything is stored. The same command goes on from there; a mended file is read from its',
    'first line, and nothing is stored twice.',
  ];
}

/** One row a kind; columns that nothing fell into are left out. */
function outcomeTable({ outcomes }: FileCounters): string[] {
  const kinds = KINDS.flatMap((kind) => (outcomes[kind] ? [[kind, outcomes[kind]] as const] : []));
  const used = OUTCOMES.filter((outcome) => kinds.some(([, counts]) => (counts[outcome] ?? 0) > 0));
  const row = (name: string, cells: string[]) =>
    `  ${name.padEnd(12)}${cells.map((cell) => cell.padStart(15)).join('')}`;
  const title = (text: string) => text.toLowerCase().replace('_', ' ');
  return [
    row('', ['total', ...used.map(title)]),
    ...kinds.map(([kind, counts]) => {
      const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
      return row(kind, [total, ...used.map((outcome) => counts[outcome] ?? 0)].map(number));
    }),
  ];
}

/** In the order of the rules; what never applied is left out. */
function ruleTable({ rules }: FileCounters): string[] {
  const rows = Object.entries(ONLINE_RETAIL_RULES).flatMap(([rule, words]): [string, string][] => {
    const count = rules[rule] ?? 0;
    if (count === 0) return [];
    if (rule !== 'netMinor') return [[number(count), words]];
    return [
      [formatMoney({ amountMinor: BigInt(count), currency: 'GBP' }, 'en'), 'net value of all invoices'],
    ];
  });
  return rows.length === 0 ? [] : ['', ...rows.map(([n, words]) => `  ${n.padStart(14)}  ${words}`)];
}
