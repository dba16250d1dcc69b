import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AcknowledgeAlertsDocument,
  AlertDocument,
  AlertEventsDocument,
  AlertRoutesDocument,
  AlertRoutingDocument,
  AlertSilencesDocument,
  AlertsDocument,
  CreateApiKeyDocument,
  CreateSilenceDocument,
  DeleteAlertRouteDocument,
  EndSilenceDocument,
  IncidentsDocument,
  OpenIncidentDocument,
  ReorderAlertRoutesDocument,
  ResolveAlertDocument,
  SendAlertDocument,
  type SendAlertInput,
  UpsertAlertRouteDocument,
  type UpsertAlertRouteInput,
} from '../../operations/generated/graphql.ts';
import { addMs } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { tickAlerts } from '../../src/reliability/alerts/index.ts';
import { type Client, startServer, type TestServer, take } from '../kit/server.ts';
import { type FakeSlack, fakeSlack, PATIENT, slackChannel } from './alert-kit.ts';

let server: TestServer;
let slack: FakeSlack;
let now = new Date('2026-11-20T12:00:00Z');
let client: Client;

const later = (sec: number) => {
  now = addMs(now, sec * 1_000);
};
beforeAll(async () => {
  server = await startServer({ clock: () => now });
  slack = await fakeSlack();
});
afterAll(async () => {
  await slack.close();
  await server.stop();
});

async function tenant(slug: string): Promise<Scope> {
  await server.createTenant({ slug });
  client = server.client(undefined, slug);
  slack.texts.length = 0;
  return server.app.tenantScope(slug);
}
const tick = async (slug: string) => tickAlerts(await server.app.tenantScope(slug), PATIENT);

async function send(input: SendAlertInput) {
  const { sendAlert } = await client.run(SendAlertDocument, { input });
  if (sendAlert.__typename !== 'SendAlertPayload') throw new Error(JSON.stringify(sendAlert));
  return sendAlert;
}
const results = (sent: Awaited<ReturnType<typeof send>>) =>
  sent.results.map(({ channelKind, status, reason }) => [channelKind, status, reason].join(' ').trim());

test('send_alert with nothing configured is a result per channel, and the alert stays visible', async () => {
  await tenant('bare');
  const message = 'SLO breach: P99 > 200ms for 10 minutes';
  const sent = await send({ level: 'CRITICAL', message });
  expect(results(sent)).toEqual([
    'SLACK SKIPPED_NOT_CONFIGURED NOT_CONFIGURED',
    'RESEND SKIPPED_NOT_CONFIGURED NOT_CONFIGURED',
    'TELEGRAM SKIPPED_NOT_CONFIGURED NOT_CONFIGURED',
  ]);
  expect(results(await send({ level: 'INFO', message: 'Hello' }))).toEqual(['SUPPRESSED NO_ROUTE']);
  await tick('bare');
  const { alerts } = await client.run(AlertsDocument, { first: 5, filter: { level: ['CRITICAL'] } });
  expect(alerts.edges.map(({ node }) => [node.message, node.status, node.count])).toEqual([
    [message, 'FIRING', 1n].map((value) => (typeof value === 'bigint' ? String(value) : value)),
  ]);
  const { alert } = await client.run(AlertDocument, { id: sent.alert.id });
  expect(alert?.notifications.map(({ text, status }) => `${status} ${text}`)).toEqual(
    Array.from({ length: 3 }, () => `SKIPPED_NOT_CONFIGURED [CRITICAL] ${message}`),
  );
});

test('the story of an alert: sent, told, taken, silenced, over', async () => {
  const scope = await tenant('story');
  await slackChannel(scope, slack);
  const stream = client.subscribe(AlertEventsDocument, { after: '0' });
  const critical = client.subscribe(AlertEventsDocument, {
    after: '0',
    levels: ['CRITICAL'],
    component: 'api',
  });
  const first = await send({ level: 'CRITICAL', message: 'Down', component: 'api', title: 'API' });
  expect(results(first)[0]).toBe('SLACK QUEUED');
  expect(results(await send({ level: 'WARNING', message: 'Slow', component: 'api' }))).toEqual([
    'SLACK SUPPRESSED INHIBITED',
  ]);
  await tick('story');
  later(40);
  await tick('story');
  expect(slack.texts).toEqual(['[CRITICAL] API\nDown']);
  const { acknowledgeAlerts } = await client.run(AcknowledgeAlertsDocument, {
    input: { ids: [first.alert.id], note: 'On it' },
  });
  expect(acknowledgeAlerts).toMatchObject({ alerts: [{ ackedBy: 'platform-admin', escalateAt: null }] });
  later(3_600);
  await tick('story');
  const { resolveAlert } = await client.run(ResolveAlertDocument, { input: { id: first.alert.id } });
  expect(resolveAlert).toMatchObject({ alert: { status: 'RESOLVED' } });
  await tick('story');
  later(31);
  await tick('story');
  expect(slack.texts.slice(1)).toEqual(['[WARNING] Slow', '[RESOLVED] API\nDown']);
  expect(
    (await client.run(ResolveAlertDocument, { input: { id: first.alert.id } })).resolveAlert,
  ).toMatchObject({
    code: 'INVALID_TRANSITION',
  });
  const heard = await take(stream, 8);
  expect(heard.map(({ alertEvents: e }) => ('change' in e ? `${e.change} ${e.message}` : e.type))).toEqual([
    'FIRED Down',
    'NOTIFICATION_ENDED',
    'NOTIFICATION_ENDED',
    'FIRED Slow',
    'SUPPRESSED Slow',
    'NOTIFICATION_ENDED',
    'NOTIFICATION_ENDED',
    'ACKNOWLEDGED Down',
  ]);
  const loud = await take(critical, 3);
  expect(loud.map(({ alertEvents: e }) => 'change' in e && e.change)).toEqual([
    'FIRED',
    'ACKNOWLEDGED',
    'RESOLVED',
  ]);
  await stream.return?.();
  await critical.return?.();
});

test('silences and routes are checked, listed, audited and explained', async () => {
  const scope = await tenant('routes');
  const channelId = await slackChannel(scope, slack);
  const matchers = [{ label: 'region', operator: 'STARTS_WITH' as const, values: ['eu'] }];
  const upsert = async (input: UpsertAlertRouteInput) =>
    (await client.run(UpsertAlertRouteDocument, { input })).upsertAlertRoute;
  const europe = await upsert({ name: 'Europe', matchers, channelIds: [channelId], groupWaitSec: 0 });
  const rest = await upsert({ name: 'Rest', channelIds: [] });
  if (europe.__typename !== 'UpsertAlertRoutePayload' || rest.__typename !== 'UpsertAlertRoutePayload') {
    throw new Error(JSON.stringify([europe, rest]));
  }
  expect(await upsert({ name: 'Bad', repeatSec: 5 })).toMatchObject({
    code: 'VALIDATION_ERROR',
    path: ['repeatSec'],
  });
  const ask = async (region: string) =>
    (await client.run(AlertRoutingDocument, { level: 'ERROR', labels: { region } })).alertRouting;
  expect(await ask('eu-west')).toMatchObject({
    ...{ isDefault: false, routes: [{ name: 'Europe' }], suppression: null, tellAt: now.toISOString() },
    results: [{ channelKind: 'SLACK', status: 'QUEUED', channel: { key: channelId } }],
  });
  expect(await ask('us')).toMatchObject({
    routes: [{ name: 'Rest' }],
    suppression: 'NO_ROUTE',
    tellAt: null,
  });
  const { reorderAlertRoutes } = await client.run(ReorderAlertRoutesDocument, {
    input: { routeIds: [rest.route.routeId, europe.route.routeId] },
  });
  expect(reorderAlertRoutes).toMatchObject({ routes: [{ name: 'Rest' }, { name: 'Europe' }] });
  expect(await ask('eu-west')).toMatchObject({ suppression: 'NO_ROUTE' });
  const gone = { routeId: rest.route.routeId, expectedVersion: 1 };
  expect((await client.run(DeleteAlertRouteDocument, { input: gone })).deleteAlertRoute).toMatchObject({
    code: 'VERSION_CONFLICT',
  });
  await client.run(DeleteAlertRouteDocument, { input: { ...gone, expectedVersion: 2 } });
  expect((await client.run(AlertRoutesDocument)).alertRoutes).toMatchObject([{ name: 'Europe', version: 2 }]);

  const endsAt = addMs(now, 3_600_000).toISOString();
  const { createSilence } = await client.run(CreateSilenceDocument, {
    input: { matchers, comment: 'Move', endsAt },
  });
  if (createSilence.__typename !== 'CreateSilencePayload') throw new Error(JSON.stringify(createSilence));
  expect(await ask('eu-west')).toMatchObject({ suppression: 'SILENCED', silencedUntil: endsAt });
  const silenced = await send({ level: 'ERROR', message: 'Quiet', labels: { region: 'eu-north' } });
  expect([results(silenced), silenced.alert.suppression]).toEqual([
    ['SLACK SUPPRESSED SILENCED'],
    'SILENCED',
  ]);
  await client.run(EndSilenceDocument, {
    input: { silenceId: createSilence.silence.silenceId },
  });
  expect((await client.run(AlertSilencesDocument)).alertSilences).toEqual([]);
  expect((await client.run(AlertSilencesDocument, { withEnded: true })).alertSilences).toMatchObject([
    { comment: 'Move', isInForce: false, createdBy: 'platform-admin' },
  ]);
  const audit = await scope.db.rows<{ action: string }>(
    `SELECT action FROM audit_entry WHERE tenant_id = $1 AND action LIKE 'alert%' ORDER BY id`,
    [scope.tenantId],
  );
  expect(audit.map(({ action }) => action).toSorted()).toEqual([
    ...['alertRoute.create', 'alertRoute.create', 'alertRoute.delete', 'alertRoute.reorder'],
    ...['alertSilence.create', 'alertSilence.end'],
  ]);
});

test.each([
  ['NUL', 'a\u0000b'],
  ['half a character', 'a\ud800'],
])('%s is refused by name wherever a text names something', async (what, bad) => {
  await tenant(`words-${what.length}`);
  const endsAt = addMs(now, 3_600_000).toISOString();
  const matchers = [{ label: 'region', operator: 'IS' as const, values: ['eu'] }];
  const said: [string, unknown][] = [];
  const silence = async (input: object) =>
    (await client.run(CreateSilenceDocument, { input: { matchers, comment: 'Move', endsAt, ...input } }))
      .createSilence;
  said.push(['comment', await silence({ comment: bad })]);
  said.push(['matchers', await silence({ matchers: [{ ...matchers[0], values: [bad] }] })]);
  const route = await client.run(UpsertAlertRouteDocument, { input: { name: bad, channelIds: [] } });
  said.push(['name', route.upsertAlertRoute]);
  for (const [path, answer] of said) {
    expect([path, answer]).toMatchObject([path, { code: 'VALIDATION_ERROR' }]);
    expect((answer as { path: string[] }).path[0]).toBe(path);
  }
  const codes = [
    await client.ask(AlertsDocument, { first: 1, filter: { component: bad } }),
    await client.ask(AlertRoutingDocument, { level: 'ERROR', component: bad }),
    await client.ask(IncidentsDocument, { filter: { component: bad } }),
  ].map(({ errors }) => errors?.[0]?.extensions.code);
  expect(codes).toEqual(['VALIDATION_ERROR', 'VALIDATION_ERROR', 'VALIDATION_ERROR']);
});

test('an alert, a note and an incident are not lost for half an emoji: it is kept without it', async () => {
  await tenant('whole');
  const torn = 'a\u0000b \ud83d';
  const { alert } = await send({
    ...{ level: 'ERROR', message: torn, title: torn, component: torn, type: torn },
    ...{ labels: { region: torn }, dedupeKey: torn },
  });
  const whole = 'ab \ufffd';
  expect(alert).toMatchObject({ message: whole, title: whole, component: whole, type: whole });
  const input = { ids: [alert.id], note: torn };
  const { acknowledgeAlerts } = await client.run(AcknowledgeAlertsDocument, { input });
  expect(acknowledgeAlerts.__typename).toBe('AcknowledgeAlertsPayload');
  const { resolveAlert } = await client.run(ResolveAlertDocument, { input: { id: alert.id, reason: torn } });
  expect(resolveAlert.__typename).toBe('ResolveAlertPayload');
  const incident = { title: torn, severity: 'HIGH' as const, component: torn, message: torn };
  const { openIncident } = await client.run(OpenIncidentDocument, { input: incident });
  expect(openIncident).toMatchObject({ incident: { title: whole, component: whole } });
  const scope = await server.app.tenantScope('whole');
  const trail = await scope.db.rows<{ reason: string }>(
    'SELECT reason FROM audit_entry WHERE tenant_id = $1 AND reason IS NOT NULL',
    [scope.tenantId],
  );
  expect(trail.map(({ reason }) => reason)).toEqual([whole, whole, whole]);
});

test('what is wrong is refused by name, and keys without the scope are refused', async () => {
  await tenant('refused');
  const refusal = async (input: SendAlertInput) => (await client.run(SendAlertDocument, { input })).sendAlert;
  expect(await refusal({ level: 'ERROR', message: ' ' })).toMatchObject({ path: ['message'] });
  expect(await refusal({ level: 'ERROR', message: 'x', labels: { a: 1 } })).toMatchObject({
    path: ['labels'],
  });
  expect(await refusal({ level: 'ERROR', message: 'x', dedupeKey: '' })).toMatchObject({
    path: ['dedupeKey'],
  });
  const lines = await send({ level: 'ERROR', message: 'a\nb', title: ' Down\r\nBcc: x@example.com ' });
  expect([lines.alert.title, lines.alert.message]).toEqual(['Down Bcc: x@example.com', 'a\nb']);
  const once = { level: 'ERROR' as const, message: 'Once', idempotencyKey: 'k1' };
  const [one, two] = [await send(once), await send(once)];
  expect([one.alert.id, two.alert.count]).toEqual([two.alert.id, '1']);
  const { createApiKey } = await client.run(CreateApiKeyDocument, {
    input: { name: 'viewer', scopes: ['VIEWER'] },
  });
  if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error(JSON.stringify(createApiKey));
  const { errors } = await server.client(createApiKey.value).ask(SendAlertDocument, { input: once });
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});
