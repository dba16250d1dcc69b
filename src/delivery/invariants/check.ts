import type { Sql } from '../../platform/db/sql.ts';
import { CAPACITY_RULES } from './capacity-rules.ts';
import { FLIGHT_RULES } from './flight-rules.ts';
import { MONEY_RULES } from './money-rules.ts';
import { OFFER_RULES } from './offer-rules.ts';

/** More ids of one kind of damage help nobody. */
const MAX_IDS = 20;

/** One thing that must always be true of a tenant's deliveries, and what breaks it now. */
export interface Invariant {
  readonly name: string;
  readonly description: string;
  readonly holds: boolean;
  /** Ids of what breaks it, in order, at most 20. */
  readonly violations: readonly string[];
}

const RULES = [...CAPACITY_RULES, ...OFFER_RULES, ...MONEY_RULES, ...FLIGHT_RULES];

/** One statement, so that every rule looks at the same instant however much is being written meanwhile. */
const CHECK = RULES.map(
  ({ name, broken }) =>
    `(SELECT '${name}' AS name, id FROM (${broken}) AS broken ORDER BY id LIMIT ${MAX_IDS})`,
).join('\nUNION ALL\n');

/**
 * Looks whether money, capacity, offers, deliveries and drones of the tenant agree with each other. Everything it
 * checks holds at every commit, so a violation is a bug or a hand in the database, never work under way.
 */
export async function checkInvariants(sql: Sql, tenantId: string): Promise<Invariant[]> {
  const rows = await sql.rows<{ name: string; id: string }>(CHECK, [tenantId], 'check_invariants');
  const broken = Map.groupBy(rows, ({ name }) => name);
  return RULES.map(({ name, description }) => {
    const violations = broken.get(name)?.map(({ id }) => id) ?? [];
    return { name, description, holds: violations.length === 0, violations };
  });
}
