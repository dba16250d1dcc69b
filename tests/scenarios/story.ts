import { expect } from 'vitest';
import {
  CyclesDocument,
  EngineEventsDocument,
  type EngineEventsSubscription,
  EngineStatusDocument,
  IssuesDocument,
  OffersDocument,
  OpportunitiesDocument,
} from '../../operations/generated/graphql.ts';
import { PHASES } from '../../src/engine/index.ts';
import type { Client } from '../kit/server.ts';

type EngineEvent = EngineEventsSubscription['engineEvents'];
interface Page<Node> {
  edges: { node: Node }[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

/** Every node of a list, page by page. */
export async function every<Node>(ask: (after: string | null) => Promise<Page<Node>>): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let after: string | null = null; ; ) {
    const page: Page<Node> = await ask(after);
    nodes.push(...page.edges.map(({ node }) => node));
    if (!page.pageInfo.hasNextPage) return nodes;
    after = page.pageInfo.endCursor ?? null;
  }
}

/** The row id inside a global id. */
export const rowIdOf = (globalId: string): string =>
  Buffer.from(globalId, 'base64').toString().replace(/^\w+:/, '');

/** The tenant's log from its first event to the end of cycle number `cycles`. */
export async function eventsUntil(client: Client, cycles: number): Promise<EngineEvent[]> {
  const log: EngineEvent[] = [];
  const stream = client.subscribe(EngineEventsDocument, { after: '0' });
  for (let ended = 0; ended < cycles; ) {
    const { value } = await stream.next();
    const event = (value as EngineEventsSubscription).engineEvents;
    log.push(event);
    if (event.type === 'CYCLE_COMPLETED') ended++;
  }
  await stream.return?.();
  return log;
}

/** Reads everything the engine has found and checks that lists, counters and the event log tell one story. */
export async function wholeStory(client: Client) {
  const first = 50;
  const { engineStatus } = await client.run(EngineStatusDocument);
  const log = await eventsUntil(client, Number(engineStatus.counters.cycles));
  const [cycles, issues, opportunities, offers] = await Promise.all([
    every(async (after) => (await client.run(CyclesDocument, { first, after })).cycles).then((all) =>
      // A dry run leaves its report and no event.
      all.filter(({ isDryRun }) => !isDryRun),
    ),
    every(async (after) => (await client.run(IssuesDocument, { first, after })).issues),
    every(async (after) => (await client.run(OpportunitiesDocument, { first, after })).opportunities),
    every(async (after) => (await client.run(OffersDocument, { first, after })).offers),
  ]);
  const idsOf = (nodes: { id: string }[]) => new Set(nodes.map(({ id }) => rowIdOf(id)));
  const told = <T extends string>(type: EngineEvent['type'], id: (event: never) => T) =>
    log.filter((event) => event.type === type).map((event) => id(event as never));

  expect(log.map(({ seq }) => seq)).toEqual(log.map((_event, i) => String(i + 1)));
  const found = told('OPPORTUNITY_DETECTED', (event: { opportunityId: string }) => event.opportunityId);
  const opened = told('ISSUE_OPENED', (event: { issueId: string }) => event.issueId);
  const proposed = told('ACTION_PROPOSED', (event: { offerId: string }) => event.offerId);
  const completed = told('CYCLE_COMPLETED', (event: { cycleId: string }) => event.cycleId);
  for (const ids of [found, opened, proposed, completed]) expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(found)).toEqual(idsOf(opportunities));
  expect(new Set(opened)).toEqual(idsOf(issues));
  expect(new Set(proposed)).toEqual(idsOf(offers));
  expect(new Set(completed)).toEqual(idsOf(cycles));
  expect(told('PHASE_COMPLETED', (event: { phase: string }) => event.phase)).toHaveLength(
    PHASES.length * cycles.length,
  );
  expect(engineStatus.counters).toMatchObject({
    failedPhases: '0',
    issuesOpened: String(issues.length),
    deliveryOpportunitiesDetected: String(opportunities.length),
    eliteOpportunities: String(opportunities.filter(({ isElite }) => isElite).length),
    crossBorderOrders: String(opportunities.filter(({ isCrossBorder }) => isCrossBorder).length),
    actionsCreated: String(offers.length),
  });
  return { log, cycles, issues, opportunities, offers, status: engineStatus };
}
