import type { Sql } from '../../src/platform/db/sql.ts';
import type { Scope } from '../../src/platform/scope.ts';

/** Inserts a row by its column names; columns that are not named take their defaults. */
export async function put(sql: Sql, table: string, row: Record<string, unknown>): Promise<void> {
  const columns = Object.keys(row)
    .map((name) => `"${name}"`)
    .join(', ');
  const text = JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
  await sql.run(
    `INSERT INTO "${table}" (${columns}) SELECT ${columns} FROM jsonb_populate_record(NULL::"${table}", $1::jsonb)`,
    [text],
  );
}

/** Ids of one delivery, from its order to its flight; the last digits tell chains apart. */
export interface Chain {
  n: number;
  order: string;
  slot: string;
  opportunity: string;
  offer: string;
  charge: string;
  delivery: string;
  flight: string;
  drone: string;
}

const uuid = (kind: number, n: number): string =>
  `00000000-0000-4000-8${kind.toString(16).padStart(3, '0')}-${n.toString(16).padStart(12, '0')}`;

export function chainOf(n: number): Chain {
  return {
    n,
    order: uuid(1, n),
    slot: uuid(6, n),
    opportunity: `opp_${n.toString(16).padStart(20, '0')}`,
    offer: uuid(2, n),
    charge: uuid(3, n),
    delivery: uuid(4, n),
    flight: uuid(5, n),
    drone: `DRONE_${n}`,
  };
}

/** The opportunity (and its order) of a chain. */
export async function putOpportunity(
  { now, tenantId, db }: Scope,
  chain: Chain,
  fields: Record<string, unknown> = {},
): Promise<void> {
  const place = { pickup_country: 'DE', pickup_lat: 50.1, pickup_lon: 8.7 };
  const target = { delivery_country: 'DE', delivery_lat: 50.2, delivery_lon: 8.8 };
  await put(db, 'orders', {
    ...{ tenant_id: tenantId, id: chain.order, source: 'test', external_id: chain.order, version: 1 },
    ...{ status: 'PAID', currency: 'INR', total_minor: 1000, item_count: 1, items: [] },
    ...{ placed_at: fields.order_placed_at ?? now, weight_grams: 500, imported_at: now, ...place, ...target },
  });
  await put(db, 'opportunity', {
    ...{ tenant_id: tenantId, id: chain.opportunity, order_id: chain.order, order_version: 1 },
    ...{ status: 'DETECTED', tier: 'ELITE', is_elite: true, is_cross_border: false },
    ...{ destination_region: 'eu_central', score: 99, raw_score: 99, components: {}, reasons: [] },
    ...{ scorer_version: '1', corpus_orders: 100, currency: 'INR', value_minor: 1000, item_names: ['thing'] },
    ...{ weight_grams: 500, order_placed_at: now, detected_at: now, ...place, ...target, ...fields },
  });
}

/** The offer of a chain. */
export function putOffer({ now, tenantId, db }: Scope, chain: Chain, fields: Record<string, unknown>) {
  return put(db, 'offer', {
    ...{ tenant_id: tenantId, id: chain.offer, opportunity_id: chain.opportunity },
    ...{ action_type: 'rare_drone_drop_bundle', bundle_name: 'Rare drone-drop bundle', bundle_items: [] },
    ...{ currency: 'INR', bundle_price_minor: 500000, expected_revenue_minor: 150000 },
    ...{ accept_probability: 0.3, delivery_cost_minor: 1000, rarity_threshold: 95 },
    ...{ route_path: ['NODE_EU_001'], route_success: 0.96, route_eta_min: 45, is_auto_executable: true },
    ...{ reasons: [], created_at: now, offered_at: now, expires_at: new Date(now.getTime() + 86_400_000) },
    ...fields,
  });
}

/** The charge of a chain and the entries that its sums are made of. */
export async function putCharge(
  { now, tenantId, db }: Scope,
  chain: Chain,
  status: string,
  sums: { authorized?: number; captured?: number; refunded?: number } = {},
  fields: Record<string, unknown> = {},
): Promise<void> {
  const { authorized = 0, captured = 0, refunded = 0 } = sums;
  await put(db, 'charge', {
    ...{ tenant_id: tenantId, id: chain.charge, offer_id: chain.offer, provider: 'TEST', status },
    ...{ currency: 'INR', amount_minor: 500000, authorized_minor: authorized, captured_minor: captured },
    ...{ refunded_minor: refunded, created_at: now, updated_at: now, ...fields },
  });
  const entries = { AUTHORIZE: authorized, CAPTURE: captured, REFUND: refunded };
  for (const [i, [kind, amount]] of Object.entries(entries).entries()) {
    if (amount === 0) continue;
    await put(db, 'charge_entry', {
      ...{ tenant_id: tenantId, id: uuid(16 + i, chain.n), charge_id: chain.charge, kind },
      ...{ amount_minor: amount, source: 'EFFECT', source_id: 'e', at: fields.created_at ?? now },
    });
  }
}

/** What the test provider has in its own books about a chain. */
export function putTestPayment({ now, tenantId, db }: Scope, { charge }: Chain, status: string) {
  return put(db, 'test_payment', {
    ...{
      tenant_id: tenantId,
      id: `test_${charge}`,
      reference: charge,
      currency: 'INR',
      amount_minor: 500000,
    },
    ...{ status, created_at: now },
  });
}

/** The delivery of a chain. */
export function putDelivery({ now, tenantId, db }: Scope, chain: Chain, fields: Record<string, unknown>) {
  return put(db, 'delivery', {
    ...{ tenant_id: tenantId, id: chain.delivery, offer_id: chain.offer, opportunity_id: chain.opportunity },
    ...{ priority: 'VIP_RARE', destination_region: 'eu_central', route_path: ['NODE_EU_001'], legs: [] },
    ...{ success_probability: 0.96, eta_min: 45, cost_minor: 1000, currency: 'INR', weight_grams: 500 },
    ...{ created_at: now, ...fields },
  });
}

/** A drone of a chain at a site of its own. */
export async function putDrone({ now, tenantId, db }: Scope, chain: Chain, fields: Record<string, unknown>) {
  await put(db, 'launch_site', {
    ...{ tenant_id: tenantId, id: `SITE_${chain.n}`, hub_id: 'NODE_EU_001', name: 'site', lat: 50, lon: 8 },
    updated_at: now,
  });
  await put(db, 'drone', {
    ...{ tenant_id: tenantId, id: chain.drone, name: chain.drone, class: 'ELITE', adapter: 'SIMULATOR' },
    ...{ site_id: `SITE_${chain.n}`, soc: 90, lat: 50, lon: 8, updated_at: now, ...fields },
  });
}

/** The flight of a chain. */
export function putFlight({ now, tenantId, db }: Scope, chain: Chain, fields: Record<string, unknown>) {
  return put(db, 'flight', {
    ...{ tenant_id: tenantId, id: chain.flight, delivery_id: chain.delivery, drone_id: chain.drone },
    ...{ plan: {}, started_at: now, ...fields },
  });
}

/** A slot of the Frankfurt hub, counted by the hub. */
export async function putSlot({ now, tenantId, db }: Scope, chain: Chain, state: string): Promise<void> {
  await put(db, 'hub_reservation', {
    ...{ tenant_id: tenantId, id: chain.slot, hub_id: 'NODE_EU_001', opportunity_id: chain.opportunity },
    ...{ state, expires_at: now, created_at: now, updated_at: now },
  });
  if (state !== 'HELD' && state !== 'CONFIRMED') return;
  await db.run(`UPDATE hub SET reserved = reserved + 1 WHERE tenant_id = $1 AND id = 'NODE_EU_001'`, [
    tenantId,
  ]);
}
