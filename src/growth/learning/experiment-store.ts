import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Draw } from './assign.ts';
import type { PriceArm, PriceExperiment } from './experiment.ts';

/** Experiments, arms and assignments are written here and nowhere else. `e` is the experiment. */
export const EXPERIMENT_COLUMNS = `e.id, e.action_type AS "actionType", e.status, e.currency,
  e.weights_version AS "weightsVersion", e.seed, e.holdout, e.budget_offers AS "budgetOffers", e.ends_at AS "endsAt",
  e.message, e.winner, e.p_best AS "pBest", e.started_at AS "startedAt", e.reweighted_at AS "reweightedAt",
  e.ended_at AS "endedAt", e.version,
  (SELECT jsonb_agg(jsonb_build_object('key', a.key, 'priceMinor', a.price_minor::text, 'isControl', a.is_control,
     'weight', a.weight, 'status', a.status, 'pausedReason', a.paused_reason) ORDER BY a.key)
   FROM price_arm a WHERE a.tenant_id = e.tenant_id AND a.experiment_id = e.id) AS arms`;

/** An experiment as SQL gives it. */
export type ExperimentRow = Omit<PriceExperiment, 'arms'> & {
  arms: (Omit<PriceArm, 'priceMinor'> & { priceMinor: string })[];
};

/** JSON has no bigint: prices travel as text. */
export const experimentOf = (row: ExperimentRow): PriceExperiment => ({
  ...row,
  arms: row.arms.map((arm) => ({ ...arm, priceMinor: BigInt(arm.priceMinor) })),
});

/** The running experiment of an action type, if any. */
export async function runningExperiment(
  sql: Sql,
  tenantId: string,
  actionType: string,
): Promise<PriceExperiment | null> {
  const row = await sql.row<ExperimentRow>(
    `SELECT ${EXPERIMENT_COLUMNS} FROM price_experiment e
     WHERE e.tenant_id = $1 AND e.action_type = $2 AND e.status = 'RUNNING'`,
    [tenantId, actionType],
    'running_experiment',
  );
  return row ? experimentOf(row) : null;
}

/** One experiment, locked; or undefined. */
export async function lockExperiment(
  tx: Tx,
  tenantId: string,
  id: string,
): Promise<PriceExperiment | undefined> {
  const row = await tx.row<ExperimentRow>(
    `SELECT ${EXPERIMENT_COLUMNS} FROM price_experiment e WHERE e.tenant_id = $1 AND e.id = $2 FOR UPDATE OF e`,
    [tenantId, id],
  );
  return row && experimentOf(row);
}

/** Prices of the arms of the newest experiment in a currency; empty when there was none. */
export async function lastLadder(
  sql: Sql,
  tenantId: string,
  actionType: string,
  currency: string,
): Promise<bigint[]> {
  const rows = await sql.rows<{ priceMinor: bigint }>(
    `SELECT price_minor AS "priceMinor" FROM price_arm WHERE tenant_id = $1 AND experiment_id = (
       SELECT id FROM price_experiment WHERE tenant_id = $1 AND action_type = $2 AND currency = $3
       ORDER BY started_at DESC, id DESC LIMIT 1)`,
    [tenantId, actionType, currency],
    'last_ladder',
  );
  return rows.map(({ priceMinor }) => priceMinor);
}

/** Writes a new experiment; false when one already runs for its action type. */
export async function insertExperiment(
  tx: Tx,
  tenantId: string,
  experiment: PriceExperiment,
): Promise<boolean> {
  const { id, actionType, currency, seed, holdout, budgetOffers, endsAt, message, startedAt } = experiment;
  const written = await tx.run(
    `INSERT INTO price_experiment (tenant_id, id, action_type, status, currency, seed, holdout, budget_offers, ends_at,
       message, started_at) VALUES ($1, $2, $3, 'RUNNING', $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (tenant_id, action_type) WHERE status = 'RUNNING' DO NOTHING`,
    [tenantId, id, actionType, currency, seed, holdout, budgetOffers, endsAt, message, startedAt],
  );
  if (written === 0) return false;
  await tx.run(
    `INSERT INTO price_arm (tenant_id, experiment_id, key, price_minor, is_control, weight, status)
     SELECT $1, $2, a.key, a."priceMinor", a."isControl", a.weight, a.status
     FROM jsonb_to_recordset($3::jsonb) AS a (key text, "priceMinor" bigint, "isControl" boolean, weight float8, status text)`,
    [tenantId, id, armsJson(experiment.arms)],
  );
  return true;
}

const armsJson = (arms: readonly PriceArm[]): string =>
  JSON.stringify(arms.map((arm) => ({ ...arm, priceMinor: arm.priceMinor.toString() })));

/** Writes what changes while an experiment runs, and its end. Two statements. */
export async function saveExperiment(tx: Tx, tenantId: string, experiment: PriceExperiment): Promise<void> {
  const { id, status, weightsVersion, message, winner, pBest, reweightedAt, endedAt, version, arms } =
    experiment;
  await tx.run(
    `UPDATE price_experiment SET status = $3, weights_version = $4, message = $5, winner = $6, p_best = $7,
       reweighted_at = $8, ended_at = $9, version = $10 WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id, status, weightsVersion, message, winner, pBest, reweightedAt, endedAt, version],
    'save_experiment',
  );
  await tx.run(
    `UPDATE price_arm p SET weight = a.weight, status = a.status, paused_reason = a."pausedReason"
     FROM jsonb_to_recordset($3::jsonb) AS a (key text, weight float8, status text, "pausedReason" text)
     WHERE p.tenant_id = $1 AND p.experiment_id = $2 AND p.key = a.key`,
    [tenantId, id, armsJson(arms)],
    'save_arms',
  );
}

/** What a customer was given and keeps. */
export interface Assignment {
  readonly customerId: string;
  readonly arm: string;
  readonly propensity: number;
  readonly weightsVersion: number;
}

/** Gives customers their arms; who has one keeps it. Answers the arms of all of them. Two statements. */
export async function assignArms(
  tx: Tx,
  tenantId: string,
  experiment: PriceExperiment,
  draws: ReadonlyMap<string, Draw>,
  now: Date,
): Promise<Assignment[]> {
  const rows = [...draws].map(([customerId, draw]) => ({ customerId, ...draw }));
  if (rows.length > 0) {
    await tx.run(
      `INSERT INTO arm_assignment (tenant_id, experiment_id, customer_id, arm, propensity, weights_version, is_holdout,
         assigned_at)
       SELECT $1, $2, d."customerId", d.arm, d.propensity, $4, d."isHoldout", $5
       FROM jsonb_to_recordset($3::jsonb) AS d ("customerId" uuid, arm text, propensity float8, "isHoldout" boolean)
       ON CONFLICT (tenant_id, experiment_id, customer_id) DO NOTHING`,
      [tenantId, experiment.id, JSON.stringify(rows), experiment.weightsVersion, now],
      'assign_arms',
    );
  }
  return tx.rows<Assignment>(
    `SELECT customer_id AS "customerId", arm, propensity, weights_version AS "weightsVersion"
     FROM arm_assignment WHERE tenant_id = $1 AND experiment_id = $2 AND customer_id = ANY($3::uuid[])`,
    [tenantId, experiment.id, [...draws.keys()]],
    'arms_of',
  );
}
