import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IngestMetricsDocument } from '../../operations/generated/graphql.ts';
import { createScope } from '../../src/platform/scope.ts';
import { scoreMetric } from '../../src/reliability/anomalies/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { eventually, type Program, serviceUrl, startProgram } from '../kit/process.ts';
import { type TestScope, testScope, testSource } from '../kit/scope.ts';
import { ADMIN_TOKEN, createApiClient } from '../kit/server.ts';
import { SECOND, stored, window } from './anomaly-kit.ts';

/** Lets the transaction wait in its middle: the series are written, the minutes are not. */
const HOLD = `
  CREATE FUNCTION test_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock_shared(4719);
    RETURN NEW;
  END $$;
  CREATE TRIGGER hold_minute BEFORE INSERT ON metric_rollup FOR EACH STATEMENT EXECUTE FUNCTION test_hold();`;

describe.skipIf(serviceUrl('DATABASE_URL') === undefined)(
  'an instance that is killed (needs DATABASE_URL)',
  () => {
    let db: OpenTestDatabase;
    let owner: pg.Client;
    let tenant: TestScope;
    const programs: Program[] = [];

    beforeAll(async () => {
      db = await testDatabase();
      owner = new pg.Client(db.connection);
      await owner.connect();
      tenant = await testScope(db.database, { now: new Date() });
    });
    afterAll(async () => {
      for (const program of programs) await program.kill('SIGKILL');
      await owner?.end();
      await db?.close();
    });

    const start = async () => {
      const program = startProgram({
        DATABASE_URL: String(db.connection.connectionString),
        ADMIN_TOKEN,
        ROLE: 'web',
      });
      programs.push(program);
      return { program, client: createApiClient(await program.url(), ADMIN_TOKEN, tenant.tenant.slug) };
    };

    test('in the middle of a batch has written nothing of it, and the same call again counts once', async () => {
      const { scope } = tenant;
      const from = scope.now.getTime() - 3_600_000;
      const call = (i: number) => ({
        input: {
          series: [
            { metric: 'latency_ms', startAt: from + i * 60 * SECOND, stepMs: SECOND, values: window(60) },
          ],
          idempotencyKey: `call ${i}`,
        },
      });
      const first = await start();
      for (const i of [0, 1, 2]) await first.client.run(IngestMetricsDocument, call(i));
      const before = await stored(scope);
      await owner.query(HOLD);
      await owner.query('SELECT pg_advisory_lock(4719)');
      const lost = first.client.ask(IngestMetricsDocument, call(3)).catch(() => 'lost');
      await eventually('the batch waits', async () => {
        const { rows } = await owner.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`,
        );
        return rows.length > 0;
      });
      await first.program.kill('SIGKILL');
      expect(await lost).toBe('lost');
      await owner.query('SELECT pg_advisory_unlock(4719)');
      await owner.query('DROP FUNCTION test_hold CASCADE');
      expect(await stored(scope)).toEqual(before);
      const second = await start();
      for (let again = 0; again < 3; again++) {
        const { ingestMetrics } = await second.client.run(IngestMetricsDocument, call(3));
        expect(ingestMetrics).toMatchObject({ accepted: 60, outOfOrder: 0 });
      }
      const fresh = createScope(testSource(db.database), tenant.tenant, scope.actor, scope.now);
      const { series } = await scoreMetric(fresh, { metric: 'latency_ms', value: 1 });
      expect(series.samples).toBe(240);
    });
  },
);
