import { basketFiller, type FillBasket } from './basket.ts';
import { buildCatalogue, type DemoItem } from './catalogue.ts';
import { buildMembers, type FindMember, type Member, memberFinder } from './people.ts';
import { COUNTS } from './plan.ts';

/** What stays the same whenever the demo period ends: goods and people. */
export interface Shop {
  readonly seed: number;
  readonly catalogue: readonly DemoItem[];
  readonly members: readonly Member[];
  readonly fill: FillBasket;
  readonly findMember: FindMember;
}

let latest: Shop | undefined;

/** The shop of a seed. Building takes some 15 ms, so the latest one is kept: the trickle asks every minute. */
export function shopOf(seed: number): Shop {
  if (latest?.seed !== seed) latest = buildShop(seed);
  return latest;
}

function buildShop(seed: number): Shop {
  const catalogue = buildCatalogue(seed);
  const members = buildMembers(seed, COUNTS.customers);
  return { seed, catalogue, members, fill: basketFiller(catalogue), findMember: memberFinder(members) };
}
