import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CreateApiKeyDocument,
  CreateTenantDocument,
  CyclesDocument,
  EngineEventsDocument,
  type EngineEventsSubscription,
  EngineStatusDocument,
  ExecuteCycleDocument,
  SetIssueRuleDocument,
  StopEngineDocument,
  TenantDocument,
} from '../../operations/generated/graphql.ts';
import { PHASES } from '../../src/engine/index.ts';
import { eventually, type Program, startProgram } from '../kit/process.ts';
import { ADMIN_TOKEN, type Client, createApiClient, take } from '../kit/server.ts';

/** The program is killed when it says that it begins these. */
const KILLED_AT = ['MONITOR', 'DETECT'];

let folder: string;
let program: Program;
let key: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'revenue-crash-'));
  program = start();
  const admin = createApiClient(await program.url(), ADMIN_TOKEN);
  await admin.run(CreateTenantDocument, { input: { slug: 'crash', name: 'Crash' } });
  const { createApiKey } = await (await client()).run(CreateApiKeyDocument, {
    input: { name: 'test', scopes: ['ADMIN'] },
  });
  if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error(JSON.stringify(createApiKey));
  key = createApiKey.value;
  await (await client()).run(StopEngineDocument);
}, 180_000);
afterAll(async () => {
  await program?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const start = () => startProgram({ DATA_DIR: folder, ADMIN_TOKEN });
const client = async (): Promise<Client> => createApiClient(await program.url(), ADMIN_TOKEN, 'crash');

async function restart() {
  expect(await program.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  program = start();
  await program.url();
}

test('an embedded installation keeps everything that was answered, through kill -9', async () => {
  const { setIssueRule } = await (await client()).run(SetIssueRuleDocument, {
    input: { type: 'ERROR_SPIKE', threshold: 77 },
  });
  expect(setIssueRule.__typename).toBe('SetIssueRulePayload');
  const { executeCycle } = await (await client()).run(ExecuteCycleDocument, { input: {} });
  expect(executeCycle).toMatchObject({ cycle: { status: 'COMPLETED' } });
  await restart();
  const api = createApiClient(await program.url(), key);
  expect((await api.run(TenantDocument)).tenant).toMatchObject({ slug: 'crash', engineState: 'STOPPED' });
  const again = await api.run(SetIssueRuleDocument, { input: { type: 'ERROR_SPIKE' } });
  expect(again.setIssueRule).toMatchObject({ rule: { threshold: 77 } });
  const { cycles } = await api.run(CyclesDocument, {});
  expect(cycles.edges.map(({ node }) => [node.status, node.phases.length])).toEqual([
    ['COMPLETED', PHASES.length],
  ]);
}, 120_000);

/** The id of the cycle that begins the phase. */
async function heardOf(events: AsyncIterable<EngineEventsSubscription>, phase: string): Promise<string> {
  for await (const { engineEvents: event } of events) {
    if (event.__typename === 'PhaseStartedEvent' && event.phase === phase) return event.cycleId;
  }
  throw new Error(`Never began ${phase}.`);
}

test('cycles killed anywhere are resumed and counted once, in a log without gaps', async () => {
  for (const phase of KILLED_AT) {
    const events = (await client()).subscribe(EngineEventsDocument, { types: ['PHASE_STARTED'] });
    const heard = heardOf(events, phase);
    await sleep(500);
    const asked = (await client()).ask(ExecuteCycleDocument, { input: {} }).catch(() => undefined);
    const id = await heard;
    await restart();
    await asked;
    const { lastCycle } = await eventually('the cycle is resumed', async () => {
      const now = (await (await client()).run(EngineStatusDocument)).engineStatus;
      return now.runningCycle === null && now;
    });
    expect(Buffer.from(lastCycle?.id ?? '', 'base64').toString()).toBe(`Cycle:${id}`);
    expect(lastCycle).toMatchObject({ status: 'COMPLETED', attempt: 2 });
  }
  const { engineStatus } = await (await client()).run(EngineStatusDocument);
  const { cycles } = await (await client()).run(CyclesDocument, { first: 50 });
  expect(cycles.edges.map(({ node }) => node.status)).toEqual(cycles.edges.map(() => 'COMPLETED'));
  expect(engineStatus.counters.cycles).toBe(String(cycles.edges.length));
  const phases = cycles.edges.length * PHASES.length;
  const completed = await take(
    (await client()).subscribe(EngineEventsDocument, { after: '0', types: ['PHASE_COMPLETED'] }),
    phases,
  );
  const ended = new Set(
    completed.map(({ engineEvents }) =>
      JSON.stringify([
        engineEvents.__typename === 'PhaseCompletedEvent' && [engineEvents.cycleId, engineEvents.phase],
      ]),
    ),
  );
  expect(ended.size).toBe(phases);
  const events = (await client()).subscribe(EngineEventsDocument, { after: '0' });
  const seqs: string[] = [];
  for (const { engineEvents } of await take(events, phases)) seqs.push(engineEvents.seq);
  await events.return?.();
  expect(seqs).toEqual(seqs.map((_seq, i) => String(i + 1)));
}, 300_000);
