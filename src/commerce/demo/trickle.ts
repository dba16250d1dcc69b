import type { Random } from '../../kernel/random.ts';
import { MINUTE_MS } from '../../kernel/time.ts';
import { COUNTRIES, type DemoCountry } from './data/places.ts';
import { makeError } from './errors.ts';
import { type DemoFacts, noFacts } from './facts.ts';
import { inOrder } from './generate.ts';
import { makePerson } from './people.ts';
import { LIVE_PACE } from './plan.ts';
import { demand, drawCountry } from './rhythm.ts';
import { poisson, stream } from './sampler.ts';
import { LIVE_SETTLED_MS } from './settlement.ts';
import { type Shop, shopOf } from './shop.ts';
import { addVisit, moments } from './state.ts';
import { abandonedVisit, LONGEST_VISIT_MS, orderVisit, type Visit, type Visitor } from './visit.ts';

/** Would-be visits a minute before demand thins them: about one order a minute at daytime, one in four at night. */
const WOULD_BE_PER_MINUTE = 2.4;
const ABANDONED = 0.15;
const NEWCOMERS = 0.1;
const GUESTS = 0.03;
const ERRORS_PER_MINUTE = 0.002;

/**
 * What the running demo shop has to tell at `instant` about `[since, instant)`: every visit that began or changed
 * in that time, whole and as it stands at `instant`. A minute's visits depend on the seed and the minute alone, so
 * calls may overlap, repeat or be missed: ids and versions make the import settle on the same facts.
 */
export function trickleBatch(seed: number, instant: Date, since: Date): DemoFacts {
  const shop = shopOf(seed);
  const [from, to] = [since.getTime(), instant.getTime()];
  const facts = noFacts();
  const first = Math.floor((from - LIVE_SETTLED_MS) / MINUTE_MS);
  const last = Math.floor((to + LONGEST_VISIT_MS) / MINUTE_MS);
  for (let minute = first; from < to && minute <= last; minute++) {
    const random = stream(seed, `minute:${minute}`);
    for (const visit of visitsOf(random, shop, minute)) {
      if (moments(visit).some((at) => at >= from && at < to)) addVisit(facts, visit, to);
    }
    const troubleAt = minute * MINUTE_MS + random.int(0, MINUTE_MS - 1);
    const isTrouble = random.next() < ERRORS_PER_MINUTE;
    if (isTrouble && troubleAt >= from && troubleAt < to) {
      facts.errors.push(makeError(random, `TE-${name(minute)}`, troubleAt));
    }
  }
  return inOrder(facts);
}

const name = (minute: number): string => minute.toString(36).toUpperCase();

/** The visits that end in this minute since the epoch. */
function visitsOf(random: Random, shop: Shop, minute: number): Visit[] {
  const visits: Visit[] = [];
  const wouldBe = poisson(random, WOULD_BE_PER_MINUTE);
  for (let i = 1; i <= wouldBe; i++) {
    const at = minute * MINUTE_MS + random.int(0, MINUTE_MS - 1);
    const country = COUNTRIES[drawCountry(random)] as DemoCountry;
    if (random.next() >= demand(at, country)) continue;
    const visitor = visitorOf(random, shop, `T-${name(minute)}-${i}`, at, country);
    const isAbandoned = !visitor.isNew && random.next() < ABANDONED;
    visits.push(
      isAbandoned
        ? abandonedVisit(random, shop.fill, visitor)
        : orderVisit(random, shop.fill, visitor, LIVE_PACE),
    );
  }
  return visits;
}

/** A member of the seeded shop, a newcomer who signs up first, or a guest. */
function visitorOf(random: Random, shop: Shop, id: string, at: number, country: DemoCountry): Visitor {
  const luck = random.next();
  if (luck < NEWCOMERS) {
    const person = makePerson(random, id.replace('T-', 'N-'), country);
    return { id, at, country, person, isNew: true };
  }
  const isGuest = luck < NEWCOMERS + GUESTS;
  return { id, at, country, person: isGuest ? null : shop.findMember(random, country, 0) };
}
