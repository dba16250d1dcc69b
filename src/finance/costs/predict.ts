import { compute, recordDecisions } from '../../control/decisions/index.ts';
import { putKv } from '../../control/kv/index.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { dailyCosts } from '../ledger/index.ts';
import { costForecastFormula, costSeries, type ExpectedCost } from './cost-forecast.ts';

/** Days of the past that a forecast looks at: a quarter, in whole weeks. */
const LOOK_BACK_DAYS = 91;

/** A recorded forecast of the 30 days after `asOf`. */
export interface CostForecast {
  readonly id: string;
  readonly asOf: Date;
  readonly category: string;
  readonly currency: string;
  readonly totalMinor: bigint;
  readonly lowMinor: bigint;
  readonly highMinor: bigint;
  readonly model: string;
  readonly confidence: string;
  readonly smape: number | null;
  /** Days it rests on. */
  readonly points: number;
  readonly decisionId: string;
}

/**
 * Forecasts the next 30 days of every category and currency (spec m.3): job cost-prediction. Doing it again for the same
 * instant changes nothing. O(costs of 91 days).
 */
export async function predictCosts(scope: Scope): Promise<{ forecasts: number }> {
  const { now } = scope;
  return scope.db.tx(async (tx) => {
    const done = await tx.row('SELECT 1 FROM cost_forecast WHERE tenant_id = $1 AND as_of = $2 LIMIT 1', [
      scope.tenantId,
      now,
    ]);
    if (done) return { forecasts: 0 };
    const costs = await dailyCosts(tx, scope, addMs(now, -LOOK_BACK_DAYS * DAY_MS), now);
    const made = costSeries(costs, now).map((series) => {
      const computed = compute(costForecastFormula, series);
      return {
        id: uuidv7(now.getTime()),
        series,
        computed,
        subject: `${series.category} ${series.currency}`,
      };
    });
    if (made.length === 0) return { forecasts: 0 };
    await recordDecisions(
      scope,
      tx,
      made.map(({ id, subject, computed }) => ({ id, formula: costForecastFormula, subject, computed })),
    );
    await save(
      scope,
      tx,
      made.map(({ id, series: { category, currency, days }, computed }) => ({
        ...{ id, category, currency, points: days.length, ...computed.output },
      })),
    );
    await tell(scope, tx, made);
    return { forecasts: made.length };
  });
}

/** A forecast and its decision have one id: one is the other's reason. */
async function save(scope: Scope, tx: Tx, rows: readonly object[]): Promise<void> {
  await tx.run(
    `INSERT INTO cost_forecast (tenant_id, as_of, id, decision_id, category, currency, total_minor, low_minor, high_minor,
       model, confidence, smape, points)
     SELECT $1, $3, n.id, n.id, n.category, n.currency, n."totalMinor", n."lowMinor", n."highMinor", n.model,
       n.confidence, n.smape, n.points
     FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, category text, currency text, "totalMinor" bigint,
       "lowMinor" bigint, "highMinor" bigint, model text, confidence text, smape float8, points int)`,
    [scope.tenantId, JSON.stringify(rows), scope.now],
  );
}

/** The sum in the reporting currency stands beside the actual costs, under a key of its own (C21). */
async function tell(
  scope: Scope,
  tx: Tx,
  made: readonly { series: { currency: string }; computed: { output: ExpectedCost } }[],
): Promise<void> {
  const currency = scope.tenant.reportingCurrency;
  const own = made.filter(({ series }) => series.currency === currency);
  if (own.length === 0) return;
  const total = own.reduce((sum, { computed }) => sum + BigInt(computed.output.totalMinor), 0n);
  const value = { amountMinor: total.toString(), currency, asOf: scope.now.toISOString() };
  await putKv(scope, tx, { namespace: 'cost', key: 'forecast_30d', value });
}

/** Forecasts, newest first. */
export async function listForecasts(scope: Scope, args: PageArgs): Promise<Connection<CostForecast>> {
  const page = newestFirst(args);
  const rows = await scope.db.rows<CostForecast>(
    `SELECT id, as_of AS "asOf", category, currency, total_minor AS "totalMinor", low_minor AS "lowMinor",
       high_minor AS "highMinor", model, confidence, smape, points, decision_id AS "decisionId"
     FROM cost_forecast WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (as_of, id) ${page.edge} ($2, $3::uuid))
     ORDER BY as_of ${page.way}, id ${page.way} LIMIT $4`,
    [scope.tenantId, page.at, page.id, page.size + 1],
  );
  return toConnection(rows, page, (row) => [row.asOf, row.id]);
}
