import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Objective } from './objective.ts';
import { burnRate, type CheckVerdict, judgeBurn, judgeCheck, type PairVerdict, WINDOWS } from './rules.ts';
import { allObjectives, tallyWindows } from './store.ts';

/** How an objective stands over one window. */
export interface WindowReport {
  readonly minutes: number;
  readonly good: number;
  readonly bad: number;
  /** Share of good events, 0–1; null without events. */
  readonly goodShare: number | null;
  /** How many times faster than sustainable the budget is spent. */
  readonly burnRate: number;
}

/** An objective's budget over 30 days, with its windows as they are now (spec j.2). */
export interface SloReport {
  readonly objective: Objective;
  /** Events of the period. */
  readonly total: number;
  readonly bad: number;
  readonly goodShare: number | null;
  /** Bad events that the period may have, given its traffic. */
  readonly budget: number;
  /** Share of the budget that is left: 1 untouched, below 0 overspent; null without events. */
  readonly budgetLeft: number | null;
  readonly windows: readonly WindowReport[];
  readonly pairs: readonly PairVerdict[];
  /** What the last five minutes would say if they were checked now. */
  readonly verdict: CheckVerdict;
}

/** All objectives of the tenant with budgets and burn rates. Two statements. */
export async function sloReport(scope: Scope, sql: Sql = scope.db): Promise<SloReport[]> {
  const objectives = await allObjectives(scope, sql);
  const tallyOf = await tallyWindows(
    scope,
    sql,
    objectives.map(({ id }) => id),
    true,
  );
  return objectives.map((objective) => reportOf(objective, tallyOf(objective.id)));
}

type Told = ReturnType<Awaited<ReturnType<typeof tallyWindows>>>;

/** One objective's report. Pure. */
export function reportOf(objective: Objective, { windows, month }: Told): SloReport {
  const { target } = objective;
  const total = month.good + month.bad;
  const budget = Math.round(total * (1 - target) * 1e6) / 1e6;
  return {
    ...{ objective, total, bad: month.bad, budget },
    goodShare: share(month),
    budgetLeft: total === 0 ? null : Math.round((1 - burnRate(month, target)) * 1e6) / 1e6,
    windows: WINDOWS.map((minutes) => ({
      ...{ minutes, ...windows[minutes], goodShare: share(windows[minutes]) },
      burnRate: burnRate(windows[minutes], target),
    })),
    pairs: judgeBurn(windows, target).pairs,
    verdict: judgeCheck(windows[5], target),
  };
}

const share = ({ good, bad }: { good: number; bad: number }): number | null =>
  good + bad === 0 ? null : good / (good + bad);

/** What the daily summary says about objectives. */
export interface SloSummary {
  readonly objectives: number;
  readonly breached: readonly string[];
  readonly burning: readonly string[];
  /** The objective with the least budget left, and how much; null without events. */
  readonly leastBudget: { readonly name: string; readonly left: number } | null;
}

/** The tenant's objectives in a few words, over the last 30 days. Two statements. */
export async function sloSummary(sql: Sql, scope: Scope): Promise<SloSummary> {
  const reports = (await sloReport(scope, sql)).filter(({ objective }) => objective.isEnabled);
  const names = (of: (objective: Objective) => boolean) =>
    reports.filter(({ objective }) => of(objective)).map(({ objective }) => objective.name);
  const spent = reports
    .flatMap(({ objective, budgetLeft }) =>
      budgetLeft === null ? [] : [{ name: objective.name, left: budgetLeft }],
    )
    .sort((a, b) => a.left - b.left);
  return {
    objectives: reports.length,
    breached: names(({ status }) => status === 'BREACHED'),
    burning: names(({ burnAlert }) => burnAlert !== 'NONE'),
    leastBudget: spent[0] ?? null,
  };
}
