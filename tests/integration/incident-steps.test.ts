import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AlertChannelsDocument,
  AlertDocument,
  AlertRoutingDocument,
  IncidentDocument,
  OpenIncidentDocument,
  PreviewRunbookDocument,
  RunRunbookStepDocument,
  type RunRunbookStepMutationVariables,
  SendAlertDocument,
  SetFlagDocument,
  UpdateAlertChannelDocument,
} from '../../operations/generated/graphql.ts';
import { PLATFORM_TENANT } from '../../src/kernel/ids.ts';
import { tickAlerts } from '../../src/reliability/alerts/index.ts';
import { recoverIncidents } from '../../src/reliability/incidents/index.ts';
import { FakeResend, FakeSmtp } from '../kit/channel-servers.ts';
import { type Client, startServer, type TestServer } from '../kit/server.ts';
import { PATIENT } from './alert-kit.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
let now = new Date(START);
const at = (seconds: number) => new Date(START + seconds * 1_000);
let server: TestServer;
let resend: FakeResend;
let smtp: FakeSmtp;

beforeAll(async () => {
  [resend, smtp] = [await new FakeResend().start(), await new FakeSmtp().start()];
  server = await startServer({
    clock: () => now,
    channels: {
      ...{ resendApiKey: resend.apiKey, resendApiBase: resend.url, smtpUrl: smtp.url },
      ...{ receivingEmail: 'ops@example.com' },
    },
  });
});
afterAll(async () => {
  await server.stop();
  await Promise.all([resend.stop(), smtp.stop()]);
});

async function openIncident(client: Client, component: string): Promise<string> {
  const input = { title: 'Trouble', severity: 'CRITICAL' as const, component, message: 'Seen by Ada.' };
  const { openIncident: answer } = await client.run(OpenIncidentDocument, { input });
  if (answer.__typename !== 'IncidentPayload') throw new Error(JSON.stringify(answer));
  return answer.incident.id;
}
const run = async (client: Client, input: RunRunbookStepMutationVariables['input']) =>
  (await client.run(RunRunbookStepDocument, { input })).runRunbookStep;

test('a tenant has its own dead jobs requeued only; the installation everybody’s, and its workers replaced', async () => {
  const [one, two] = [
    await server.createTenant({ slug: 'reach-one' }),
    await server.createTenant({ slug: 'reach-two' }),
  ];
  const { jobs } = await server.app.tenantScope('reach-one');
  await jobs.start();
  for (const id of [one.id, one.id, two.id, PLATFORM_TENANT]) {
    await server.app.database.executeSql(
      `INSERT INTO pgboss.job (name, data) VALUES ('schedule-run-dlq', jsonb_build_object('tenantId', $1::text))`,
      [id],
    );
  }
  const dead = async () => {
    const of = async (id?: string) => (await jobs.counts(id))['schedule-run']?.dead;
    return [await of(one.id), await of(two.id), await of()];
  };
  expect(await dead()).toEqual([2, 1, 4]);

  const tenant = server.client(undefined, 'reach-one');
  const incidentId = await openIncident(tenant, 'api');
  const { previewRunbook } = await tenant.run(PreviewRunbookDocument, { incidentId });
  expect(previewRunbook.steps.slice(0, 2)).toMatchObject([
    { step: 'REQUEUE_DEAD_JOBS', isPossible: true, facts: { dead: 2 } },
    { step: 'RECYCLE_WORKERS', isPossible: false },
  ]);
  expect(await run(tenant, { incidentId, step: 'RECYCLE_WORKERS' })).toMatchObject({
    ...{ __typename: 'InvalidTransition' },
    message: expect.stringContaining('Only the installation (x-tenant: platform) replaces workers.'),
  });
  expect(await run(tenant, { incidentId, step: 'REQUEUE_DEAD_JOBS' })).toMatchObject({
    run: { status: 'DONE', after: { requeued: 2 } },
  });
  expect(await dead()).toEqual([0, 1, 2]);

  const platform = server.client(undefined, 'platform');
  const everybodys = await openIncident(platform, 'api');
  expect(await run(platform, { incidentId: everybodys, step: 'REQUEUE_DEAD_JOBS' })).toMatchObject({
    run: { status: 'DONE', after: { requeued: 2 } },
  });
  expect(await dead()).toEqual([0, 0, 0]);
  await jobs.work('schedule-run-long', 1, async () => {});
  expect(await run(platform, { incidentId: everybodys, step: 'RECYCLE_WORKERS' })).toMatchObject({
    run: { status: 'DONE', before: { queues: 1 }, after: { recycled: 1 } },
  });
});

test('an e-mail provider that fails is switched: gated, recorded, nothing lost, checked, and switched back by hand', async () => {
  await server.createTenant({ slug: 'letters' });
  const client = server.client(undefined, 'letters');
  const tick = async (seconds: number) => {
    now = at(seconds);
    await tickAlerts(await server.app.tenantScope('letters', now), PATIENT);
  };
  const recover = async (seconds: number) => {
    now = at(seconds);
    return recoverIncidents(await server.app.tenantScope('letters', now));
  };
  const inUse = async () => {
    const { alertRouting } = await client.run(AlertRoutingDocument, { level: 'ERROR' });
    return alertRouting.results.map(({ channel }) => channel?.key).filter((key) => key !== 'env:slack');
  };
  expect(await inUse()).toEqual(['env:resend']);
  const incidentId = await openIncident(client, 'alerting');
  const inspect = async () =>
    (await client.run(PreviewRunbookDocument, { incidentId })).previewRunbook.steps.at(-1);
  expect(await inspect()).toMatchObject({ isPossible: false, says: 'No e-mail provider has failed.' });

  resend.faults = Array.from({ length: 5 }, () => ({ status: 500, body: { statusCode: 500 } }));
  const alerts: string[] = [];
  for (const [second, component] of ['payments', 'fleet'].entries()) {
    now = at(second);
    const { sendAlert } = await client.run(SendAlertDocument, {
      input: { level: 'ERROR', message: `${component} fail`, component },
    });
    if (sendAlert.__typename === 'SendAlertPayload') alerts.push(sendAlert.alert.id);
  }
  // Three tries of the first, two of the second: the fifth failure opens the circuit.
  for (const seconds of [30, 33, 44, 45, 48]) await tick(seconds);
  expect(resend.calls).toHaveLength(5);
  expect(await inspect()).toMatchObject({
    ...{ isPossible: true, facts: { from: ['env:resend'], to: 'env:smtp' } },
    says: 'E-mail goes by E-mail (SMTP) instead of E-mail (Resend).',
  });

  expect(await recover(50)).toMatchObject({ outcome: 'HELD' });
  expect(await inUse()).toEqual(['env:resend']);
  await client.run(SetFlagDocument, { input: { key: 'INCIDENT_AUTORECOVER', value: true, reason: 'try' } });
  expect(await recover(55)).toMatchObject({ outcome: 'RUN' });
  expect(await inUse()).toEqual(['env:smtp']);
  await tick(56);
  await tick(57);
  const subjects = smtp.mails.map((mail) => /^Subject: (.*)$/m.exec(mail)?.[1]);
  expect(subjects.toSorted()).toEqual(['E-mail provider switched', '[ERROR] fleet fail']);
  const notesOf = async (id: string | undefined) => {
    const { alert } = await client.run(AlertDocument, { id: id ?? '' });
    return alert?.notifications
      .filter(({ channelKind }) => channelKind !== 'SLACK')
      .map(({ channelId, status, reason }) => [channelId, status, reason].join(' ').trim())
      .toSorted();
  };
  expect(await notesOf(alerts[0])).toEqual([expect.stringMatching(/^env:resend DEAD RESEND_500/)]);
  expect(await notesOf(alerts[1])).toEqual(['env:resend FAILED SWITCHED', 'env:smtp SENT']);

  expect(await recover(300)).toMatchObject({ verified: 1, escalated: 0 });
  const { node } = await client.run(IncidentDocument, { id: incidentId });
  if (node?.__typename !== 'Incident') throw new Error('no incident');
  expect(node.status).toBe('MITIGATED');
  expect(node.runbook.find(({ status }) => status === 'VERIFIED')).toMatchObject({
    step: 'SWITCH_PROVIDER',
    before: { from: ['env:resend'], to: 'env:smtp', pain: { objective: 'E-mail', events: 2, badShare: 1 } },
    after: { from: ['env:resend'], to: 'env:smtp', moved: 1, painAfter: { events: 2, badShare: 0 } },
  });
  expect(node.timeline.at(-1)?.message).toBe('SWITCH_PROVIDER helped: e-mail gets through.');
  expect(await run(client, { incidentId, step: 'SWITCH_PROVIDER' })).toMatchObject({
    ...{
      __typename: 'InvalidTransition',
      message: expect.stringContaining('No e-mail provider has failed.'),
    },
  });

  const { alertChannels } = await client.run(AlertChannelsDocument);
  const off = alertChannels.find(({ key }) => key === 'env:resend');
  expect(off).toMatchObject({ isEnabled: false, breaker: 'HALF_OPEN' });
  await client.run(UpdateAlertChannelDocument, { input: { id: off?.id ?? '', isEnabled: true } });
  expect(await inUse()).toEqual(['env:resend']);
  const scope = await server.app.tenantScope('letters', now);
  const audit = await scope.db.rows<{ reason: string | null }>(
    `SELECT reason FROM audit_entry WHERE tenant_id = $1 AND action = 'channel.update' ORDER BY at`,
    [scope.tenantId],
  );
  expect(audit.map(({ reason }) => reason)).toEqual([expect.stringMatching(/^Incident .*: Trouble$/), null]);
});
