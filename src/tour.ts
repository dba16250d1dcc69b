import type { GraphiqlTab } from './platform/http/index.ts';

/** What GraphiQL opens with: the product in eight tabs, ready to run. */
export const TOUR_TABS: readonly GraphiqlTab[] = [
  {
    query: `# 1. Put the admin token into the field above, then run this.
query WhereAreWe {
  tenant { name reportingCurrency engineState }
  engineStatus {
    nextCycleAt
    pendingOrders
    counters { cycles deliveryOpportunitiesDetected eliteOpportunities issuesOpened actionsCreated }
    lastCycle { status startedAt report }
  }
}
`,
  },
  {
    query: `# 2. The rarest packages, and why.
query RarePackages {
  opportunities(first: 5, orderBy: { field: SCORE, direction: DESC }) {
    edges {
      node {
        score
        tier
        isCrossBorder
        destinationRegion
        itemNames
        value { formatted }
        components { uniqueness complexity value freshness }
        reasons { code text }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
  },
  {
    query: `# 3. Run a cycle now. Leave tab 4 streaming while you do.
mutation RunACycle {
  executeCycle(input: { dryRun: false }) {
    ... on ExecuteCyclePayload {
      alreadyRunning
      cycle { status report phases { name status statements durationMs } }
    }
    ... on UserError { code message }
  }
}
`,
  },
  {
    query: `# 4. Watch it live. after: "0" replays everything that is kept.
subscription WatchItHappen {
  engineEvents(after: "0") {
    seq
    type
    at
    ... on PhaseCompletedEvent { phase status durationMs result }
    ... on IssueOpenedEvent { issueType severity message }
    ... on OpportunityDetectedEvent { score tier itemNames value { formatted } }
    ... on ActionProposedEvent { bundleName bundlePrice { formatted } expiresAt }
    ... on PaymentChangedEvent { status provider amount { formatted } }
    ... on DeliveryChangedEvent { status legKind droneId reason }
    ... on AnomalyDetectedEvent { metric severity observed expected }
    ... on AlertChangedEvent { level status message }
    ... on FlagChangedEvent { key change by }
  }
}
`,
  },
  {
    query: `# 5. What became of the offers: money, drones, lessons, and whether all of it agrees.
query Deliveries {
  droneReport {
    kpis { key value target alertState n }
    totalDroneRevenue { formatted }
  }
  deliveries(first: 5) {
    edges {
      node {
        status
        legs { kind from to state distanceKm }
        offer { bundlePrice { formatted } charge { status captured { formatted } } }
      }
    }
  }
  learnedPatterns(first: 3) { edges { node { key weight n } } }
  deliveryInvariants { name holds }
}
`,
  },
  {
    query: `# 6. Is anything strange? What was found, who was told, and what the promises say.
query IsAnythingStrange {
  anomalies(first: 3) { edges { node { metric at severity reason value expected } } }
  alerts(first: 5) {
    edges { node { level status type component message count lastAt } }
  }
  incidents(first: 3) { edges { node { title severity status openedAt timeline { at kind message } } } }
  sloReport { slo { name target status } events goodShare budgetLeft }
}
`,
  },
  {
    query: `# 7. Steer it: flags, and the switch that freezes every automatic change. Run one after the other.
query Flags {
  flags(first: 10) { edges { node { key value reason description } } }
  stabiliseStatus { isOn since by held { kind decisions } }
}

mutation SwitchOneOn {
  setFlag(input: { key: "AUTOSCALE_ENABLED", value: true, reason: "trying it out" }) {
    ... on ChangeFlagPayload { flag { key value reason version } }
    ... on UserError { code message }
  }
}

mutation Freeze {
  setStabiliseMode(input: { isOn: true, reason: "trying it out" }) {
    ... on SetStabiliseModePayload { status { isOn since by } }
    ... on UserError { code message }
  }
}

mutation GoOn {
  setStabiliseMode(input: { isOn: false, reason: "tried out" }) {
    ... on SetStabiliseModePayload { status { isOn } }
    ... on UserError { code message }
  }
}
`,
  },
  {
    query: `# 8. Who changed what, from what, to what, and why; and what the engine decided by itself.
query WhoDidWhat {
  auditTrail(first: 10) { edges { node { at actor action subject before after reason } } }
  decisions(first: 5) { edges { node { createdAt kind subject verdict reasons { code text } } } }
}
`,
  },
];

export interface BannerFacts {
  url: string;
  /** Where the admin token is kept; null when it comes from the environment. */
  tokenFile: string | null;
  /** Printed once, at the start that made it. */
  newToken: string | null;
  tenant: string | null;
}

/** What a person sees after the start: what to open and what to type. */
export function banner({ url, tokenFile, newToken, tenant }: BannerFacts): string {
  const token = tokenFile ? `$(cat ${tokenFile})` : '$ADMIN_TOKEN';
  const slug = tenant ?? '<slug>';
  const lines = [
    '',
    '  Revenue engine is up.',
    '',
    `  GraphiQL      ${url}/graphql   (eight tabs to try; put the token at the top of the page)`,
    `  Admin token   ${newToken ? `${newToken}   (shown once; kept in ${tokenFile})` : (tokenFile ?? 'ADMIN_TOKEN')}`,
    `  Health        ${url}/livez  ${url}/readyz  ${url}/metrics`,
    '',
    '  A query:',
    `    curl -s ${url}/graphql -H 'content-type: application/json' -H "authorization: Bearer ${token}" -H 'x-tenant: ${slug}' \\`,
    `      -d '{"query":"{ engineStatus { state nextCycleAt counters { cycles } } }"}'`,
    '',
    '  A subscription (events as they happen; leave it open):',
    `    curl -sN ${url}/graphql -H 'accept: text/event-stream' -H 'content-type: application/json' -H "authorization: Bearer ${token}" -H 'x-tenant: ${slug}' \\`,
    `      -d '{"query":"subscription { engineEvents(after: \\"0\\") { seq type at } }"}'`,
    '',
    '',
  ];
  return lines.join('\n');
}
