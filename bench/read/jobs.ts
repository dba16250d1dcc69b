/** The documents that are measured, and how many rows a page has. */
export const PAGE = 20;

const NODE = `id status tier score isElite destinationRegion itemNames detectedAt value { amountMinor currency }`;

export const DOCUMENTS = {
  page: `query Page($first: Int!, $after: String) {
    opportunities(first: $first, after: $after) {
      edges { cursor node { ${NODE} liveOffer { id status expiresAt } } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }`,
  row: `query Row($id: ID!) { opportunity(id: $id) { ${NODE} } }`,
  mutation: `mutation Hub($input: UpsertRoutingNodeInput!) {
    upsertRoutingNode(input: $input) {
      __typename
      ... on UserError { message }
    }
  }`,
} as const;

/** A hub that changes with every call. */
export const hubInput = (capacity: number) => ({
  nodeId: 'NODE_BENCH_001',
  region: 'bench',
  name: 'Bench',
  lat: 50.1,
  lon: 8.7,
  countries: ['IS'],
  coverageKm: 300,
  capacity,
  avgDeliveryMin: 90,
  successPct: 98,
  connected: [],
});
