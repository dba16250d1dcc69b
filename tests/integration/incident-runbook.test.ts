import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  AcknowledgeIncidentDocument,
  IncidentDocument,
  IncidentsDocument,
  IssueRulesDocument,
  NoteOnIncidentDocument,
  OpenIncidentDocument,
  PreviewRunbookDocument,
  ResolveIncidentDocument,
  RunRunbookStepDocument,
  SetFlagDocument,
  SetSloDocument,
  SetStabiliseModeDocument,
  SloReportDocument,
} from '../../operations/generated/graphql.ts';
import { tickAlerts } from '../../src/reliability/alerts/index.ts';
import { incidentSummary, openIncident, recoverIncidents } from '../../src/reliability/incidents/index.ts';
import { watchSlos } from '../../src/reliability/slo/index.ts';
import { type Client, startServer, type TestServer } from '../kit/server.ts';

const START = new Date('2026-11-20T12:00:00Z');
let now = START;
const at = (minutes: number, seconds = 0) => new Date(START.getTime() + minutes * 60_000 + seconds * 1_000);

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ clock: () => now });
});
afterAll(() => server.stop());
beforeEach(() => {
  now = START;
});

const scopeOf = async (slug: string, instant: Date) => server.app.tenantScope(slug, instant);

/** What a migration gone wrong does to requests; the owner's session changes it, whatever the role was. */
const breakRules = (isBroken: boolean) =>
  server.app.database.executeSql(
    `RESET ROLE; ALTER TABLE ${isBroken ? 'issue_rule' : 'issue_rule_away'}
     RENAME TO ${isBroken ? 'issue_rule_away' : 'issue_rule'}; SET ROLE revenue_runtime`,
  );

async function ask(client: Client, times: number): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: times }, () => client.ask(IssueRulesDocument, {})));
  await server.app.indicators.flush();
  return [...new Set(answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'ok'))];
}

/** A busy machine is slow to answer; these stories are about answers that are wrong. */
async function withoutLatency(client: Client): Promise<void> {
  const { sloReport } = await client.run(SloReportDocument);
  const latency = sloReport.find(({ slo }) => slo.name === 'Requests: P99 latency')?.slo.id;
  await client.run(SetSloDocument, { input: { id: latency as string, isEnabled: false } });
}

/** The five minutes until `minute`: objectives are checked, the router tells, runbooks try. */
async function tick(slug: string, minute: number) {
  now = at(minute);
  await watchSlos(await scopeOf(slug, now));
  await tickAlerts(await scopeOf(slug, now));
  await tickAlerts(await scopeOf(slug, at(minute, 31)));
  return recoverIncidents(await scopeOf(slug, at(minute, 40)));
}

describe('a breach, from the first failing request to the post-mortem', () => {
  test('alert, incident, held, flag on, step, postcondition', async () => {
    await server.createTenant({ slug: 'shop' });
    const client = server.client(undefined, 'shop');
    await withoutLatency(client);
    const setFlag = async (key: string) => {
      const { setFlag: answer } = await client.run(SetFlagDocument, {
        input: { key, value: true, reason: 'for the scenario' },
      });
      expect(answer.__typename).toBe('ChangeFlagPayload');
    };
    await setFlag('PRICING_AUTO_APPLY');
    now = at(1);
    await breakRules(true);
    expect(await ask(client, 12)).toEqual(['INTERNAL']);
    expect(await tick('shop', 5)).toMatchObject({ outcome: null });
    now = at(6);
    await ask(client, 12);
    // Breached: told to the router, which opens the incident; the runbook is held by its flag.
    expect(await tick('shop', 10)).toEqual({ verified: 0, escalated: 0, outcome: 'HELD' });
    const { sloReport } = await client.run(SloReportDocument);
    expect(sloReport.filter(({ slo }) => slo.status === 'BREACHED').map(({ slo }) => slo.name)).toEqual([
      ...['Requests: error rate', 'Requests: availability'],
    ]);
    const { incidents } = await client.run(IncidentsDocument, { filter: { status: ['OPEN'] } });
    const opened = incidents.edges.find(({ node }) => node.sourceKey === 'alert:SLO_BREACH:api')?.node;
    expect(opened).toMatchObject({ severity: 'CRITICAL', source: 'ALERT', component: 'api' });
    // Others are about the same requests (the burning budget); one at a time is recovered.
    const others = incidents.edges.filter(({ node }) => node.id !== opened?.id);
    for (const { node } of others) {
      await client.run(ResolveIncidentDocument, { input: { id: node.id, message: 'Same cause.' } });
    }
    const id = opened?.id as string;

    now = at(12);
    const preview = await client.run(PreviewRunbookDocument, { incidentId: id });
    expect(preview.previewRunbook).toMatchObject({
      verdict: 'ALLOW',
      steps: [
        { step: 'REQUEUE_DEAD_JOBS', isPossible: false, says: 'No job has been given up.' },
        {
          step: 'RECYCLE_WORKERS',
          isPossible: false,
          says: 'Only the installation (x-tenant: platform) replaces workers.',
        },
        { step: 'DISABLE_NEWEST_FLAG', isPossible: true, facts: { key: 'PRICING_AUTO_APPLY' } },
        { step: 'SWITCH_PROVIDER', isPossible: false, says: 'No e-mail provider has failed.' },
      ],
    });
    now = at(13);
    await ask(client, 12);
    expect(await tick('shop', 15)).toMatchObject({ outcome: 'HELD' });
    await setFlag('INCIDENT_AUTORECOVER');
    now = at(18);
    await ask(client, 12);
    expect(await tick('shop', 20)).toMatchObject({ outcome: 'RUN' });
    now = at(21);
    await breakRules(false);
    expect(await ask(client, 20)).toEqual(['ok']);
    expect(await tick('shop', 25)).toMatchObject({ verified: 1, escalated: 0 });

    now = at(30);
    await client.run(ResolveIncidentDocument, { input: { id, message: 'A migration was missing.' } });
    const { node } = await client.run(IncidentDocument, { id });
    if (node?.__typename !== 'Incident') throw new Error('no incident');
    expect(node.status).toBe('RESOLVED');
    const steps = node.runbook.map(({ step, status, reason }) => [step, status, reason]);
    expect(steps.toSorted()).toEqual([
      ['DISABLE_NEWEST_FLAG', 'HELD', 'FLAG_OFF:INCIDENT_AUTORECOVER'],
      ['DISABLE_NEWEST_FLAG', 'VERIFIED', null],
      ['RECYCLE_WORKERS', 'SKIPPED', 'Only the installation (x-tenant: platform) replaces workers.'],
      ['REQUEUE_DEAD_JOBS', 'SKIPPED', 'No job has been given up.'],
    ]);
    expect(node.runbook.at(-1)).toMatchObject({
      before: { key: 'PRICING_AUTO_APPLY', pain: { badShare: 1 } },
      after: { key: 'PRICING_AUTO_APPLY', action: 'SWITCHED_OFF', painAfter: { badShare: 0 } },
    });
    const told = node.timeline.filter(({ kind }) => kind !== 'SEEN_AGAIN' && kind !== 'NOTE');
    expect(told.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      expect.stringMatching(/^OPENED: SLO breach: .* for 10 minutes$/),
      'STEP: DISABLE_NEWEST_FLAG HELD: FLAG_OFF:INCIDENT_AUTORECOVER',
      'STEP: REQUEUE_DEAD_JOBS SKIPPED: No job has been given up.',
      'STEP: RECYCLE_WORKERS SKIPPED: Only the installation (x-tenant: platform) replaces workers.',
      'STEP: DISABLE_NEWEST_FLAG DONE: PRICING_AUTO_APPLY, changed last, would be: SWITCHED_OFF.',
      'MITIGATED: DISABLE_NEWEST_FLAG helped: errors are down.',
      'RESOLVED: A migration was missing.',
    ]);
  });

  test('a step that does not help is escalated after ten minutes, once', async () => {
    await server.createTenant({ slug: 'stuck' });
    const client = server.client(undefined, 'stuck');
    await withoutLatency(client);
    for (const key of ['PRICING_AUTO_APPLY', 'INCIDENT_AUTORECOVER']) {
      await client.run(SetFlagDocument, { input: { key, value: true, reason: 'for the scenario' } });
    }
    const scope = await scopeOf('stuck', at(1));
    const cause = { sourceKey: 'k', title: 'Down', component: 'api', message: 'Down' } as const;
    const { incidentId } = await scope.db.tx((tx) =>
      openIncident(scope, tx, { ...cause, source: 'ALERT', severity: 'CRITICAL' }),
    );
    expect(await recoverIncidents(await scopeOf('stuck', at(5)))).toMatchObject({ outcome: 'RUN' });
    expect(await recoverIncidents(await scopeOf('stuck', at(10)))).toEqual({
      verified: 0,
      escalated: 0,
      outcome: null,
    });
    expect(await recoverIncidents(await scopeOf('stuck', at(15)))).toMatchObject({ escalated: 1 });
    expect(await recoverIncidents(await scopeOf('stuck', at(20)))).toMatchObject({ escalated: 0 });
    const alerts = await scope.db.rows(
      `SELECT type, message FROM alert_intake WHERE tenant_id = $1 AND type = 'RUNBOOK_ESCALATED'`,
      [scope.tenantId],
    );
    expect(alerts).toEqual([
      {
        type: 'RUNBOOK_ESCALATED',
        message: 'DISABLE_NEWEST_FLAG did not bring the errors down within 10 minutes.',
      },
    ]);
    // After the pause nothing has anything to do.
    expect(await recoverIncidents(await scopeOf('stuck', at(36)))).toMatchObject({ outcome: 'EXHAUSTED' });
    const rows = await scope.db.rows<{ kind: string }>(
      'SELECT kind FROM incident_entry WHERE tenant_id = $1 AND incident_id = $2 ORDER BY at, id',
      [scope.tenantId, incidentId],
    );
    expect(rows.map(({ kind }) => kind)).toEqual(['OPENED', 'STEP', 'STEP', 'STEP', 'ESCALATED', 'STEP']);
    // One that has nothing to do does not keep others from their turn.
    now = at(36);
    await client.run(SetFlagDocument, {
      input: { key: 'AUTOSCALE_ENABLED', value: true, reason: 'for the scenario' },
    });
    const next = await scopeOf('stuck', at(37));
    const other = {
      ...cause,
      sourceKey: 'k2',
      title: 'Other',
      source: 'ALERT',
      severity: 'CRITICAL',
    } as const;
    const second = await next.db.tx((tx) => openIncident(next, tx, other));
    expect(await recoverIncidents(await scopeOf('stuck', at(38)))).toMatchObject({ outcome: 'RUN' });
    const [run] = await scope.db.rows<{ id: string }>(
      `SELECT incident_id AS id FROM runbook_step WHERE tenant_id = $1 AND status = 'DONE' ORDER BY started_at DESC`,
      [scope.tenantId],
    );
    expect(run?.id).toBe(second.incidentId);
  });
});

describe('incidents of people', () => {
  test('open, note, take, resolve; forward only; audited', async () => {
    await server.createTenant({ slug: 'people' });
    const client = server.client(undefined, 'people');
    const input = {
      title: 'Checkout hangs',
      severity: 'HIGH' as const,
      component: 'shop',
      message: 'Seen by Ada.',
    };
    const open = async () => {
      const { openIncident: answer } = await client.run(OpenIncidentDocument, {
        input: { ...input, idempotencyKey: 'once' },
      });
      if (answer.__typename !== 'IncidentPayload') throw new Error(JSON.stringify(answer));
      return answer.incident;
    };
    const { id } = await open();
    expect((await open()).id).toBe(id);
    now = at(1);
    await client.run(NoteOnIncidentDocument, { input: { id, message: 'Looking.' } });
    now = at(2);
    await client.run(AcknowledgeIncidentDocument, { input: { id } });
    const again = await client.run(AcknowledgeIncidentDocument, { input: { id } });
    expect(again.acknowledgeIncident).toMatchObject({
      ...{ __typename: 'InvalidTransition', message: 'An incident cannot go from ACKED to ACKED.' },
    });
    expect(await incidentSummary((await scopeOf('people', now)).db, await scopeOf('people', now))).toEqual({
      ...{ open: 1, openedLastDay: 1, resolvedLastDay: 0, live: ['Checkout hangs'] },
    });
    now = at(3);
    const { resolveIncident } = await client.run(ResolveIncidentDocument, { input: { id } });
    expect(resolveIncident).toMatchObject({
      incident: {
        ...{ status: 'RESOLVED', ackedBy: 'platform-admin', recoverAt: null },
        timeline: [{ kind: 'OPENED' }, { kind: 'NOTE' }, { kind: 'ACKED' }, { kind: 'RESOLVED' }],
      },
    });
    const scope = await scopeOf('people', now);
    const audit = await scope.db.rows<{ action: string }>(
      `SELECT action FROM audit_entry WHERE tenant_id = $1 AND action LIKE 'incident.%' ORDER BY at`,
      [scope.tenantId],
    );
    expect(audit.map(({ action }) => action)).toEqual([
      ...['incident.open', 'incident.note', 'incident.acked', 'incident.resolved'],
    ]);
  });

  test('a cause has one live incident; when it is resolved the next one is new', async () => {
    await server.createTenant({ slug: 'causes' });
    const scope = await scopeOf('causes', START);
    const cause = { sourceKey: 'alert:X:api', title: 'X', component: 'api', message: 'X' } as const;
    const open = () =>
      scope.db.tx((tx) => openIncident(scope, tx, { ...cause, source: 'ALERT', severity: 'CRITICAL' }));
    const both = await Promise.all([open(), open()]);
    expect(both.map(({ isNew }) => isNew).toSorted()).toEqual([false, true]);
    expect(new Set(both.map(({ incidentId }) => incidentId)).size).toBe(1);
    const client = server.client(undefined, 'causes');
    const id = Buffer.from(`Incident:${both[0]?.incidentId}`).toString('base64');
    await client.run(ResolveIncidentDocument, { input: { id } });
    expect((await open()).isNew).toBe(true);
  });

  test('a person runs a step without the flag, sees it first, and not while stabilised', async () => {
    await server.createTenant({ slug: 'hands' });
    const client = server.client(undefined, 'hands');
    await client.run(SetFlagDocument, { input: { key: 'PRICING_AUTO_APPLY', value: true, reason: 'try' } });
    const { openIncident: made } = await client.run(OpenIncidentDocument, {
      input: { title: 'Slow', severity: 'CRITICAL', component: 'api', message: 'Slow.' },
    });
    if (made.__typename !== 'IncidentPayload') throw new Error(JSON.stringify(made));
    const run = async (
      isDryRun: boolean,
      step: 'DISABLE_NEWEST_FLAG' | 'RECYCLE_WORKERS' = 'DISABLE_NEWEST_FLAG',
    ) => {
      const input = { incidentId: made.incident.id, step, isDryRun };
      return (await client.run(RunRunbookStepDocument, { input })).runRunbookStep;
    };
    expect(await run(true)).toMatchObject({
      run: { status: 'DONE', isDryRun: true, verifyAt: null, after: null },
    });
    expect(await run(false, 'RECYCLE_WORKERS')).toMatchObject({ __typename: 'InvalidTransition' });
    const setMode = (isOn: boolean) =>
      client.run(SetStabiliseModeDocument, { input: { isOn, reason: 'try' } });
    await setMode(true);
    expect(await run(false)).toMatchObject({
      __typename: 'Refused',
      code: 'HELD',
      message: 'Held: STABILIZE_MODE.',
    });
    await setMode(false);
    expect(await run(false)).toMatchObject({
      run: { status: 'DONE', after: { key: 'PRICING_AUTO_APPLY' }, verifyAt: at(10).toISOString() },
    });
  });
});
