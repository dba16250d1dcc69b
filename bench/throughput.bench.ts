import type { PoolConfig } from 'pg';
import { testDatabase } from '../tests/kit/database.ts';
import { startChild } from './kit/child.ts';
import { httpRequest, type Load, sendAll } from './kit/load.ts';
import type { BenchTenant, Message } from './read/server.ts';
import { createRawSteps } from './throughput/raw.ts';
import { seedOpportunities } from './throughput/seed.ts';

/** Offers, acceptances and dispatches; THROUGHPUT=200 makes a quick look of it. */
const COUNT = Number(process.env.THROUGHPUT ?? 2_000);
const CONNECTIONS = 10;
const HUB = 'NODE_US_W_001';

const REFUSAL = '... on UserError { code message }';
const DOCUMENTS = {
  settings: `mutation ($input: UpdateEngineSettingsInput!) { updateEngineSettings(input: $input) { __typename ${REFUSAL} } }`,
  offers: `mutation { generateActions { __typename ... on GenerateActionsPayload { actionsCreated } ${REFUSAL} } }`,
  page: `query ($after: String) { offers(first: 100, after: $after) {
    edges { node { id status } } pageInfo { hasNextPage endCursor } } }`,
  accept: `mutation ($input: AcceptOfferInput!) { acceptOffer(input: $input) {
    __typename ... on OfferPayload { offer { id status } } ${REFUSAL} } }`,
  dispatch: `mutation ($input: DispatchOfferInput!) { dispatchOffer(input: $input) {
    __typename ... on DeliveryPayload { delivery { id status } } ${REFUSAL} } }`,
  invariants: 'query { deliveryInvariants { name holds violations } }',
} as const;

/** Offers, acceptances (slot and payment included) and dispatches per second through the public API. */
export async function run(): Promise<{ name: string; figures: Record<string, string>; goal: string }> {
  const url = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
  const db = await testDatabase(url);
  const child = startChild(new URL('./read/server.ts', import.meta.url));
  try {
    const connection = db.connection as PoolConfig;
    const ask = <Reply>(message: Message) => child.ask<Reply>(message);
    const { tenants } = await ask<{ tenants: BenchTenant[] }>({ do: 'tenants', connection, count: 1 });
    const tenant = tenants[0] as BenchTenant;
    const { product } = await ask<{ product: number }>({ do: 'listen' });
    await seedOpportunities(connection, tenant.id, COUNT);
    return await measure(connection, tenant, product);
  } finally {
    await child.stop();
    await db.close();
  }
}

async function measure(connection: PoolConfig, { id: tenantId, key }: BenchTenant, port: number) {
  const request = (query: string, variables: object = {}) =>
    httpRequest('/graphql', { authorization: `Bearer ${key}` }, JSON.stringify({ query, variables }));
  const one = async (query: string, variables: object = {}) => {
    const { bodies } = await sendAll(port, [request(query, variables)], 1);
    return JSON.parse(bodies[0] as string).data;
  };
  const caps = { offersPerDay: 10_000, moneyAtRiskMinor: '1000000000000', dispatchMode: 'APPROVE' };
  await one(DOCUMENTS.settings, { input: caps });

  const offers = await makeOffers(() => one(DOCUMENTS.offers));
  const ids = await offerIds((after) => one(DOCUMENTS.page, { after }));
  const each = (query: string, inputOf: (id: string) => object) =>
    sendAll(
      port,
      ids.map((id) => request(query, { input: inputOf(id) })),
      CONNECTIONS,
    );
  const accepted = await each(DOCUMENTS.accept, (id) => ({ id }));
  check(accepted.bodies, '"status":"PAYMENT_AUTHORIZED"');
  const dispatched = await each(DOCUMENTS.dispatch, (offerId) => ({ offerId }));
  check(dispatched.bodies, '"DeliveryPayload"');
  const { deliveryInvariants } = await one(DOCUMENTS.invariants);
  const broken = deliveryInvariants.filter(({ holds }: { holds: boolean }) => !holds);
  if (broken.length > 0) throw new Error(JSON.stringify(broken));

  const raw = await createRawSteps(connection, tenantId, HUB, CONNECTIONS);
  const bare = { offers: await raw.offers(), accept: await raw.accept(), dispatch: await raw.dispatch() };
  await raw.close();
  return {
    name: `throughput: ${ids.length} offers to one hub, ${CONNECTIONS} connections, Postgres; bare pg in the same minute`,
    figures: {
      'offers (generateActions, decisions and events included)': beside({ perSecond: offers }, bare.offers),
      'acceptances (slot, charge, authorisation)': beside(accepted, bare.accept),
      'dispatches (route, decision, delivery)': beside(dispatched, bare.dispatch),
      'invariants afterwards': `${deliveryInvariants.length} hold`,
    },
    goal: 'the seed hopes for 50–100 offers a second and 6–12 dispatches a second',
  };
}

/** Offers a second, run after run until nothing is left to offer. */
async function makeOffers(
  generate: () => Promise<{ generateActions: { actionsCreated: number } }>,
): Promise<number> {
  const started = performance.now();
  let made = 0;
  for (;;) {
    const { actionsCreated } = (await generate()).generateActions;
    if (!(actionsCreated > 0)) break;
    made += actionsCreated;
  }
  if (made < COUNT) throw new Error(`Only ${made} of ${COUNT} offers were made.`);
  return made / ((performance.now() - started) / 1_000);
}

interface OfferPage {
  offers: { edges: { node: { id: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
}

async function offerIds(page: (after: string | null) => Promise<OfferPage>): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ; ) {
    const { offers }: OfferPage = await page(after);
    ids.push(...offers.edges.map(({ node }) => node.id));
    if (!offers.pageInfo.hasNextPage) return ids;
    after = offers.pageInfo.endCursor;
  }
}

function check(bodies: readonly string[], expected: string): void {
  const other = bodies.find((body) => !body.includes(expected));
  if (other !== undefined) throw new Error(`Expected ${expected}: ${other.slice(0, 600)}`);
}

const beside = ({ perSecond, p50, p99 }: Partial<Load> & { perSecond: number }, bare: number): string => {
  const times = p50 === undefined ? '' : `, p50 ${p50.toFixed(1)} ms, p99 ${p99?.toFixed(1)} ms`;
  return `${Math.round(perSecond)} per s${times}; bare ${Math.round(bare)} per s (${(perSecond / bare).toFixed(2)})`;
};
