import type { Random } from '../../kernel/random.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import { COUNTRIES, type DemoCountry } from './data/places.ts';
import { makeError } from './errors.ts';
import { type CustomerItem, type DemoFacts, noFacts } from './facts.ts';
import type { Member, Person } from './people.ts';
import { COUNTS, type Plan, planDemo } from './plan.ts';
import { demand, drawCountry } from './rhythm.ts';
import { stream } from './sampler.ts';
import { type Shop, shopOf } from './shop.ts';
import { addVisit, customerItem } from './state.ts';
import { abandonedVisit, LONGEST_VISIT_MS, orderVisit, type Visitor } from './visit.ts';

const PAUSE_EVERY = 400;
const GUESTS = 0.03;
const ERRORS_PER_DAY = 2.5;

/**
 * Sixty days of the demo shop, as known at `endAt`: the same bytes for the same seed and end. Nothing is younger
 * than `endAt`; every list is in order of time.
 */
export function generateDemo(seed: number, endAt: Date): DemoFacts {
  const steps = generateInSteps(seed, endAt);
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

/** The same, pausing every few milliseconds so that a server can answer in between. */
export function* generateInSteps(seed: number, endAt: Date): Generator<void, DemoFacts> {
  const shop = shopOf(seed);
  const plan = planDemo(endAt);
  const facts = noFacts();
  facts.customers.push(...shop.members.map((member) => memberItem(member, endAt)));
  yield;
  const sales = stream(seed, 'sales');
  for (const visitor of yield* visitors(sales, shop, plan, COUNTS.orders, 'D-')) {
    addVisit(facts, orderVisit(sales, shop.fill, visitor, plan), plan.endMs);
    if (facts.orders.length % PAUSE_EVERY === 0) yield;
  }
  const left = stream(seed, 'abandoned');
  for (const visitor of yield* visitors(left, shop, plan, COUNTS.abandonedCarts, 'A-')) {
    addVisit(facts, abandonedVisit(left, shop.fill, visitor), plan.endMs);
    if (facts.carts.length % PAUSE_EVERY === 0) yield;
  }
  addErrors(facts, stream(seed, 'errors'), plan);
  yield;
  return inOrder(facts);
}

function memberItem(member: Member, endAt: Date): CustomerItem {
  const before = (days: number) => addMs(endAt, -Math.ceil(days * DAY_MS));
  const { joinedDaysBefore, churnedDaysBefore } = member;
  const churnedAt = churnedDaysBefore === null ? null : before(churnedDaysBefore);
  return customerItem(member, before(joinedDaysBefore), churnedAt);
}

/** Who comes when: `count` moments drawn by rejection from the demand of all countries, numbered in order of time. */
function* visitors(
  random: Random,
  shop: Shop,
  plan: Plan,
  count: number,
  prefix: string,
): Generator<void, Visitor[]> {
  const found: { at: number; country: DemoCountry }[] = [];
  while (found.length < count) {
    const at = plan.startMs + Math.floor(random.next() * (plan.endMs - plan.startMs));
    const country = COUNTRIES[drawCountry(random)] as DemoCountry;
    if (random.next() < demand(at, country) * plan.season(at)) found.push({ at, country });
  }
  yield;
  found.sort((a, b) => a.at - b.at);
  return found.map(({ at, country }, i) => {
    const person = personAt(random, shop, plan, at, country);
    return { id: `${prefix}${String(i + 1).padStart(5, '0')}`, at, country, person };
  });
}

/** A member since before the visit began, or now and then a guest. */
function personAt(random: Random, shop: Shop, plan: Plan, at: number, country: DemoCountry): Person | null {
  if (random.next() < GUESTS) return null;
  return shop.findMember(random, country, (plan.endMs - at + LONGEST_VISIT_MS) / DAY_MS);
}

function addErrors(facts: DemoFacts, random: Random, plan: Plan): void {
  const count = Math.round(ERRORS_PER_DAY * COUNTS.days);
  for (let i = 1; i <= count; i++) {
    const at = plan.startMs + Math.floor(((i - random.next()) / count) * (plan.endMs - plan.startMs));
    facts.errors.push(makeError(random, `E-${String(i).padStart(4, '0')}`, at));
  }
}

/** Sorts each list by its own instant, then by id. */
export function inOrder(facts: DemoFacts): DemoFacts {
  const by =
    <T extends { externalId: string }>(instant: (item: T) => Date) =>
    (a: T, b: T) =>
      instant(a).getTime() - instant(b).getTime() || (a.externalId < b.externalId ? -1 : 1);
  facts.customers.sort(by((item) => item.signedUpAt));
  facts.carts.sort(by((item) => item.startedAt));
  facts.orders.sort(by((item) => item.placedAt));
  facts.payments.sort(by((item) => item.attemptedAt));
  facts.errors.sort(by((item) => item.occurredAt));
  return facts;
}
