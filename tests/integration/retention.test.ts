import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditTrailDocument, RunJobNowDocument } from '../../operations/generated/graphql.ts';
import { uuidv7 } from '../../src/kernel/ids.ts';
import { addMs, DAY_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { startServer, type TestServer } from '../kit/server.ts';
import { chainOf, put, putCharge, putDelivery, putOffer, putOpportunity } from './invariants-kit.ts';

const NOW = new Date('2026-11-20T12:00:30Z');
/** Old enough by every clock there is. */
const LONG_AGO = new Date('2020-02-03T04:05:06Z');

let now = NOW;
let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    clock: () => now,
    retention: { decisionDays: 60, incidentDays: 90, reportDays: 120 },
  });
});
afterAll(() => server?.stop());

const shop = async (slug: string): Promise<Scope> => {
  await server.createTenant({ slug });
  return server.app.tenantScope(slug, LONG_AGO);
};
/** The job, as an operator runs it. */
async function retain(slug: string): Promise<void> {
  now = addMs(now, 1_000);
  const { runJobNow } = await server.client(undefined, slug).run(RunJobNowDocument, {
    input: { job: 'retention', waitSec: 60 },
  });
  expect(runJobNow).toMatchObject({ run: { status: 'COMPLETED', error: null } });
}

async function decision(scope: Scope, subject: string, more: Record<string, unknown> = {}): Promise<string> {
  const id = uuidv7(scope.now.getTime());
  await put(scope.db, 'decision', {
    ...{ tenant_id: scope.tenantId, id, kind: 'test.rule', formula_version: '1', subject, inputs: {} },
    ...{ output: {}, output_hash: 'x', reasons: [], created_at: scope.now, recorded_at: scope.now, ...more },
  });
  return id;
}
const column = async (scope: Scope, text: string) =>
  (await scope.db.rows<{ value: string }>(text)).map(({ value }) => value);
const subjects = (scope: Scope) => column(scope, 'SELECT subject AS value FROM decision ORDER BY subject');

test('old decisions go, except what something unfinished rests on', async () => {
  const scope = await shop('decisions');
  const { db, tenantId } = scope;
  for (let i = 0; i < 3; i++) await decision(scope, 'nobody needs it');
  await decision(scope, 'of a replay today', { recorded_at: NOW });
  const offers = {
    open: { offer: { status: 'OFFERED' } },
    unsettled: { offer: { status: 'EXPIRED', closed_at: LONG_AGO }, charge: 'AUTHORIZED' },
    'under way': { offer: { status: 'CANCELLED', closed_at: LONG_AGO }, delivery: 'IN_TRANSIT' },
    over: { offer: { status: 'DELIVERED', closed_at: LONG_AGO }, charge: 'CAPTURED' },
  };
  for (const [i, [name, made]] of Object.entries(offers).entries()) {
    const chain = chainOf(i + 1);
    const delivery = 'delivery' in made && made.delivery;
    await putOpportunity(scope, chain);
    await putOffer(scope, chain, { ...made.offer, decision_id: await decision(scope, `offer ${name}`) });
    await decision(scope, chain.offer, { kind: `route ${name}` });
    if ('charge' in made) await putCharge(scope, chain, made.charge);
    if (delivery) {
      const decision_id = await decision(scope, `delivery ${name}`);
      await putDelivery(scope, chain, { status: delivery, decision_id });
    }
  }
  for (const [revision, status] of ['PROPOSED', 'ACTIVE', 'SUPERSEDED', 'REJECTED'].entries()) {
    await put(db, 'price', {
      ...{ tenant_id: tenantId, id: uuidv7(0), subject: 'acme', amount_minor: 1900, currency: 'USD', status },
      ...{ decision_id: await decision(scope, `price ${status}`), revision: revision + 1 },
      ...{ proposed_at: LONG_AGO, proposed_by: 'test' },
    });
  }
  for (const closed_at of [null, LONG_AGO]) {
    await put(db, 'strategy_change', {
      ...{ tenant_id: tenantId, id: uuidv7(0), action_type: 'x', kind: 'PRICE', before: {}, after: {} },
      ...{ evidence: {}, reasons: [], status: closed_at ? 'REVERTED' : 'PROPOSED', closed_at },
      ...{ decision_id: await decision(scope, `strategy ${closed_at ? 'reverted' : 'proposed'}`) },
      created_at: LONG_AGO,
    });
  }
  await retain('decisions');
  const [open, unsettled] = [chainOf(1).offer, chainOf(2).offer];
  expect(await subjects(scope)).toEqual(
    [
      ...[open, unsettled, 'delivery under way', 'of a replay today', 'offer open'],
      ...['offer unsettled', 'price ACTIVE', 'price PROPOSED', 'strategy proposed'],
    ].sort(),
  );
  // What is over does not refer to anything any more.
  await db.run(`UPDATE offer SET status = 'EXPIRED', closed_at = $1 WHERE id = $2`, [LONG_AGO, open]);
  await db.run(`UPDATE charge SET status = 'VOIDED'`);
  await db.run(`UPDATE price SET status = 'SUPERSEDED'`);
  await retain('decisions');
  expect(await subjects(scope)).toEqual(['delivery under way', 'of a replay today', 'strategy proposed']);
});

test('reports and forecasts go with the decisions behind them; the newest forecast of a kind stays', async () => {
  const scope = await shop('reports');
  const { db, tenantId } = scope;
  const days = [0, 1, 2];
  for (const day of days) {
    const at = addMs(LONG_AGO, day * DAY_MS);
    await put(db, 'report', {
      ...{ tenant_id: tenantId, id: uuidv7(0), kind: 'OPS_SUMMARY', report_key: `day ${day}`, title: 'x' },
      ...{ at: day === 2 ? addMs(NOW, -119 * DAY_MS) : at, lines: [] },
    });
    await put(db, 'cost_forecast', {
      ...{ tenant_id: tenantId, id: uuidv7(0), as_of: at, category: day === 0 ? 'AI' : 'OTHER', points: 1 },
      ...{ currency: 'USD', total_minor: day, low_minor: 0, high_minor: 0, model: 'x', confidence: 'LOW' },
      decision_id: await decision(scope, `forecast ${day}`),
    });
  }
  await retain('reports');
  expect(await column(scope, 'SELECT report_key AS value FROM report')).toEqual(['day 2']);
  const totals = await column(scope, 'SELECT total_minor::text AS value FROM cost_forecast ORDER BY 1');
  expect(totals).toEqual(['0', '2']);
  expect(await subjects(scope)).toEqual(['forecast 0', 'forecast 2']);
});

test('resolved incidents go with their timelines and steps, and the audit trail stays', async () => {
  const scope = await shop('incidents');
  const { db, tenantId } = scope;
  const incidents = {
    over: { status: 'RESOLVED', resolved_at: LONG_AGO },
    'written to lately': { status: 'RESOLVED', resolved_at: LONG_AGO },
    'resolved lately': { status: 'RESOLVED', resolved_at: addMs(NOW, -89 * DAY_MS) },
    open: { status: 'OPEN' },
  };
  for (const [title, fields] of Object.entries(incidents)) {
    const id = uuidv7(0);
    const of = { tenant_id: tenantId, incident_id: id };
    await put(db, 'incident', {
      ...{ tenant_id: tenantId, id, title, severity: 'HIGH', source: 'MANUAL', source_key: title },
      ...{ component: 'x', opened_at: LONG_AGO, ...fields },
    });
    for (const at of [LONG_AGO, ...(title === 'written to lately' ? [new Date(Date.now())] : [])]) {
      await put(db, 'incident_entry', {
        ...{ ...of, id: uuidv7(0), at, kind: 'NOTE', actor: 'test', message: title },
      });
    }
    await put(db, 'runbook_step', {
      ...{ ...of, id: uuidv7(0), step: 'RECYCLE_WORKERS', status: 'DONE', is_dry_run: false },
      ...{ started_at: LONG_AGO, decision_id: await decision(scope, title) },
    });
  }
  await retain('incidents');
  const kept = ['open', 'resolved lately', 'written to lately'];
  expect(await column(scope, 'SELECT title AS value FROM incident ORDER BY 1')).toEqual(kept);
  expect(await column(scope, 'SELECT DISTINCT message AS value FROM incident_entry ORDER BY 1')).toEqual(
    kept,
  );
  expect(await subjects(scope)).toEqual(kept);
  expect(await column(scope, 'SELECT count(*)::text AS value FROM runbook_step')).toEqual(['3']);
  const { auditTrail } = await server.client(undefined, 'incidents').run(AuditTrailDocument, {});
  expect(auditTrail.edges.map(({ node }) => node.action)).toContain('schedule.run');
});

test('whatever is asked of the doors: only the own tenant’s, nothing below 30 days, and nothing else', async () => {
  const [mine, theirs] = [await shop('mine'), await shop('theirs')];
  const ago = (days: number) => ({ created_at: addMs(new Date(), -days * DAY_MS) });
  for (const scope of [mine, theirs]) {
    await decision(scope, 'old');
    await decision(scope, '29 days', { ...ago(29), recorded_at: ago(29).created_at });
    await decision(scope, '31 days', { ...ago(31), recorded_at: ago(31).created_at });
  }
  const ask = (scope: Scope, atMost: number) =>
    scope.db.row<{ n: number }>(`SELECT prune_decisions('infinity', $1) AS n`, [atMost]);
  expect(await ask(mine, 1)).toEqual({ n: 1 });
  expect(await subjects(mine)).toEqual(['29 days', '31 days']);
  expect(await ask(mine, 100)).toEqual({ n: 1 });
  expect(await subjects(mine)).toEqual(['29 days']);
  expect(await subjects(theirs)).toEqual(['29 days', '31 days', 'old']);
  const { directory } = server.app.database;
  expect(await directory.row(`SELECT prune_decisions('infinity', 9) AS n`)).toEqual({ n: 0 });
  expect(await directory.row(`SELECT prune_incidents('infinity', 9) AS n`)).toEqual({ n: 0 });
  // A table or operator of the caller's own must not be taken for ours.
  const doors = await directory.rows(
    `SELECT proname AS name, prosecdef AS "isDefiner", proconfig AS config, has_function_privilege('public', p.oid, 'execute')
       AS "isOpen" FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'prune_%' ORDER BY 1`,
  );
  const door = { isDefiner: true, config: ['search_path=pg_catalog, pg_temp'], isOpen: false };
  expect(doors).toEqual([
    { name: 'prune_decisions', ...door },
    { name: 'prune_incidents', ...door },
  ]);
  const refused = expect.objectContaining({ code: '42501' });
  await expect(mine.db.run('DELETE FROM decision')).rejects.toThrow(refused);
  await expect(mine.db.run('DELETE FROM incident_entry')).rejects.toThrow(refused);
  await expect(mine.db.run('DELETE FROM incident')).rejects.toThrow(refused);
});

test('what piled up while nobody looked goes in batches, all in one run', async () => {
  const scope = await shop('piled');
  await scope.db.run(
    `INSERT INTO decision (tenant_id, id, kind, formula_version, subject, inputs, output, output_hash, reasons, created_at,
       recorded_at)
     SELECT $1, gen_random_uuid(), 'test.rule', '1', g::text, '{}', '{}', 'x', '[]', $2, $2 FROM generate_series(1, 5000) g`,
    [scope.tenantId, LONG_AGO],
  );
  now = addMs(LONG_AGO, 59 * DAY_MS);
  await retain('piled');
  expect(await subjects(scope)).toHaveLength(5000);
  now = addMs(LONG_AGO, 61 * DAY_MS);
  await retain('piled');
  expect(await subjects(scope)).toEqual([]);
});
