import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EngineStatusDocument,
  ExecuteCycleDocument,
  StopEngineDocument,
} from '../../operations/generated/graphql.ts';
import { JOBS, PHASES } from '../../src/engine/index.ts';
import { HOUR_MS } from '../../src/kernel/time.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { eventually, type Program, serviceUrl, startProgram } from '../kit/process.ts';
import { type TestScope, testScope } from '../kit/scope.ts';
import { ADMIN_TOKEN, createApiClient } from '../kit/server.ts';
import { importShop, shopFacts } from '../scenarios/shop.ts';
import { chainOf, putOffer, putOpportunity } from './invariants-kit.ts';

/*
 * The real program is killed while it runs the cycles of many tenants, each held in another phase at one of the two
 * worst moments: when the phase is about to be announced, and when all of its work is done but not committed. A trigger
 * in the test's database waits there for a lock that the test holds. A tenant that nobody disturbed tells how it must
 * have ended.
 */
const NOW = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS);
const EARLIER = new Date(NOW.getTime() - HOUR_MS);
const LOCK = 4712;
/** What the router makes of alerts in its own time, where jobs and loops are written down, and how requests went. */
const ROUTED = /^(alert|incident|runbook_step|schedule_|sli_bucket|tenant_watch)/;
/** Jobs of the table would write beside the cycles. */
const JOBS_DISABLED = JOBS.map(({ name }) => name).join(',');

const HOLD = `
  CREATE FUNCTION test_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock_shared(${LOCK}, hashtext(concat_ws(' ', NEW.tenant_id, TG_ARGV[0],
      to_jsonb(NEW) ->> 'name')));
    RETURN NEW;
  END $$;
  CREATE TRIGGER hold_begun BEFORE INSERT ON cycle_phase FOR EACH ROW EXECUTE FUNCTION test_hold('begun');
  CREATE TRIGGER hold_done BEFORE UPDATE ON cycle_phase FOR EACH ROW
    WHEN (NEW.status <> 'RUNNING') EXECUTE FUNCTION test_hold('done');
  CREATE TRIGGER hold_closing BEFORE UPDATE ON cycle FOR EACH ROW
    WHEN (NEW.status <> 'RUNNING') EXECUTE FUNCTION test_hold('closing');`;

const MOMENTS = [...PHASES.flatMap(({ name }) => [`begun ${name}`, `done ${name}`]), 'closing'];

/** The tenant whose lease is left to run out by itself. */
const PATIENT = 'patient';

interface Killed {
  tenant: TestScope;
  cycleId: string;
  leaseUntil: Date;
}

interface Story {
  rows: Record<string, number>;
  events: Record<string, number>;
  counters: unknown;
  opportunities: unknown[];
  issues: unknown[];
}

const url = serviceUrl('DATABASE_URL');

describe.skipIf(!url)('kill -9 in every phase of a cycle (needs DATABASE_URL)', () => {
  let db: OpenTestDatabase;
  let owner: pg.Client;
  let program: Program;
  let control: Story;
  const killed = new Map<string, Killed>();

  const start = () =>
    startProgram({
      DATABASE_URL: String(db.connection.connectionString),
      ADMIN_TOKEN,
      // The clock must not start cycles of its own here; abandoned ones are resumed all the same.
      CHECK_INTERVAL_MINUTES: '1440',
      JOBS_DISABLED,
      DATABASE_POOL_SIZE: '30',
    });

  beforeAll(async () => {
    db = await testDatabase();
    owner = new pg.Client(String(db.connection.connectionString));
    await owner.connect();
    await owner.query(HOLD);
    program = start();
    const tenant = await shop();
    await run(tenant, NOW);
    control = await story(tenant);
    await killAll();
  }, 300_000);
  afterAll(async () => {
    await program?.kill('SIGKILL');
    await owner?.end();
    await db?.close();
  });

  const client = async ({ tenant }: TestScope) =>
    createApiClient(await program.url(), ADMIN_TOKEN, tenant.slug);

  /** A tenant with the shop's facts and one quiet cycle behind it. */
  async function shop(): Promise<TestScope> {
    const tenant = await testScope(db.database, { now: new Date(), reportingCurrency: 'EUR' });
    await (await client(tenant)).run(StopEngineDocument);
    await importShop(await client(tenant), shopFacts({ now: NOW }));
    await run(tenant, EARLIER);
    for (const n of [1, 2, 3]) await putExpired(tenant, n);
    return tenant;
  }

  /** An offer that ended since, for the second cycle to learn from. */
  async function putExpired({ scope }: TestScope, n: number): Promise<void> {
    const ended = new Date(NOW.getTime() - HOUR_MS / 2);
    await putOpportunity(scope, chainOf(n), { status: 'EXPIRED', order_placed_at: ended });
    const shown = { created_at: ended, offered_at: ended, closed_at: ended };
    await putOffer(scope, chainOf(n), { status: 'EXPIRED', ...shown });
  }

  async function run(tenant: TestScope, asOf: Date) {
    const { executeCycle } = await (await client(tenant)).run(ExecuteCycleDocument, {
      input: { asOf: asOf.toISOString() },
    });
    if (executeCycle.__typename !== 'ExecuteCyclePayload') throw new Error(JSON.stringify(executeCycle));
    expect(executeCycle.cycle.status).toBe('COMPLETED');
  }

  /** Everything a cycle leaves behind that does not depend on ids and clocks. */
  async function story({ scope }: TestScope): Promise<Story> {
    const { db: sql, tenantId } = scope;
    const tables = await owner.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND column_name = 'tenant_id' AND table_name <> 'engine_event' ORDER BY 1`,
    );
    const rows: Record<string, number> = {};
    for (const { name } of tables.rows) {
      if (ROUTED.test(name)) continue;
      const { rows: found } = await owner.query(
        `SELECT count(*)::int AS n FROM ${name} WHERE tenant_id = $1`,
        [tenantId],
      );
      rows[name] = found[0].n;
    }
    const log = await scope.events.read(sql, 0n, 10_000);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_event, i) => BigInt(i + 1)));
    const events: Record<string, number> = {};
    for (const { type } of log) {
      // A resumed cycle says that it goes on; everything else happens once.
      if (!/^(CYCLE_STARTED|PHASE_STARTED|ALERT_|INCIDENT_|NOTIFICATION_)/.test(type))
        events[type] = (events[type] ?? 0) + 1;
    }
    const [counters, opportunities, issues] = await Promise.all([
      sql.row(
        `SELECT cycles, failed_phases, opportunities, elite, cross_border, offers, issues_opened, last_cycle_at
         FROM engine_counters WHERE tenant_id = $1`,
        [tenantId],
      ),
      sql.rows(
        'SELECT status, tier, score, value_minor FROM opportunity WHERE tenant_id = $1 ORDER BY score, value_minor',
        [tenantId],
      ),
      sql.rows('SELECT type, status, occurrences, value FROM issue WHERE tenant_id = $1 ORDER BY type', [
        tenantId,
      ]),
    ]);
    return { rows, events, counters, opportunities, issues };
  }

  async function hold(moment: string, tenantId: string): Promise<() => Promise<unknown>> {
    const [point, name = null] = moment.split(' ');
    const key = `hashtext(concat_ws(' ', $1::text, $2::text, $3::text))`;
    await owner.query(`SELECT pg_advisory_lock(${LOCK}, ${key})`, [tenantId, point, name]);
    return () => owner.query(`SELECT pg_advisory_unlock(${LOCK}, ${key})`, [tenantId, point, name]);
  }

  const held = async () => {
    const { rows } = await owner.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`,
    );
    return rows[0].n;
  };

  /** Runs one tenant's cycle up to each moment, kills the program and starts it again. */
  async function killAll() {
    const releases: (() => Promise<unknown>)[] = [];
    const asked: Promise<unknown>[] = [];
    for (const moment of [...MOMENTS, PATIENT]) {
      const tenant = await shop();
      releases.push(await hold(moment.replace(PATIENT, 'done DETECT'), tenant.scope.tenantId));
      asked.push((await client(tenant)).ask(ExecuteCycleDocument, { input: { asOf: NOW.toISOString() } }));
      killed.set(moment, { tenant, cycleId: '', leaseUntil: new Date(0) });
    }
    const answers = Promise.allSettled(asked);
    await eventually('every cycle waits at its moment', async () => (await held()) === killed.size);
    expect(await program.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    expect(new Set((await answers).map(({ status }) => status))).toEqual(new Set(['rejected']));
    for (const release of releases) await release();
    for (const [moment, victim] of killed) {
      const { rows } = await owner.query(
        'SELECT cycle_id, lease_until FROM cycle_claim WHERE tenant_id = $1',
        [victim.tenant.scope.tenantId],
      );
      Object.assign(victim, { cycleId: rows[0].cycle_id, leaseUntil: rows[0].lease_until });
      if (moment !== PATIENT) await expire(victim.tenant);
    }
    program = start();
  }

  const expire = ({ scope }: TestScope) =>
    owner.query('UPDATE cycle_claim SET lease_until = clock_timestamp() WHERE tenant_id = $1', [
      scope.tenantId,
    ]);

  async function expectSameStory({ tenant, cycleId }: Killed) {
    const { tenantId } = tenant.scope;
    const ended = await eventually('the cycle is resumed', async () => {
      const { rows } = await owner.query(
        'SELECT id, status, attempt FROM cycle WHERE tenant_id = $1 AND as_of = $2',
        [tenantId, NOW],
      );
      expect(rows).toHaveLength(1);
      return rows[0].status !== 'RUNNING' && rows[0];
    });
    expect(ended).toEqual({ id: cycleId, status: 'COMPLETED', attempt: 2 });
    const phases = await owner.query(
      `SELECT name, status FROM cycle_phase WHERE tenant_id = $1 AND cycle_id = $2 ORDER BY position`,
      [tenantId, cycleId],
    );
    expect(phases.rows).toEqual(PHASES.map(({ name }) => ({ name, status: 'COMPLETED' })));
    expect(await story(tenant)).toEqual(control);
    const { engineStatus } = await (await client(tenant)).run(EngineStatusDocument);
    expect(engineStatus.runningCycle).toBeNull();
    expect(engineStatus.counters.cycles).toBe('2');
  }

  test('the undisturbed tenant has a story worth comparing', () => {
    expect(control.counters).toMatchObject({ cycles: 2n, failed_phases: 0n, opportunities: 5n, elite: 5n });
    expect(control.events).toMatchObject({
      OPPORTUNITY_DETECTED: 5,
      CYCLE_COMPLETED: 2,
      PHASE_COMPLETED: 2 * PHASES.length,
    });
    expect(control.rows).toMatchObject({ offer: 8, opportunity: 8, kpi_snapshot: 2, cycle_claim: 0 });
    expect(control.rows).toMatchObject({ outcome: 3, pattern_weight: 1 });
    expect(control.issues.length).toBeGreaterThan(0);
  });

  test.for(MOMENTS)('killed at: %s', (moment) => expectSameStory(killed.get(moment) as Killed));

  test('nobody takes a cycle over before its lease has run out', async () => {
    const victim = killed.get(PATIENT) as Killed;
    await expectSameStory(victim);
    const { rows } = await owner.query(
      `SELECT min(at) AS at FROM engine_event
       WHERE tenant_id = $1 AND type = 'CYCLE_STARTED' AND payload ->> 'attempt' = '2'`,
      [victim.tenant.scope.tenantId],
    );
    expect(rows[0].at.getTime()).toBeGreaterThan(victim.leaseUntil.getTime());
  });
});
