import type { Point } from '../../kernel/geo.ts';

/** Where the demo shop's drones start besides the hubs: cities inside a hub's coverage. */
export interface DemoSite extends Point {
  readonly id: string;
  readonly hubId: string;
  readonly name: string;
}

const site = (id: string, hubId: string, name: string, lat: number, lon: number): DemoSite => ({
  ...{ id: `SITE_${id}`, hubId, name, lat, lon },
});

/** Each within 40 km of many demo customers, the reach of a full battery there and back (spec c.5). */
export const DEMO_SITES: readonly DemoSite[] = [
  site('CGN', 'NODE_EU_001', 'Cologne', 50.95, 6.98),
  site('STR', 'NODE_EU_001', 'Stuttgart', 48.79, 9.2),
  site('MUC', 'NODE_EU_001', 'Munich', 48.15, 11.56),
  site('BER', 'NODE_EU_001', 'Berlin', 52.51, 13.38),
  site('HAM', 'NODE_EU_001', 'Hamburg', 53.56, 10.01),
  site('PAR', 'NODE_EU_001', 'Paris', 48.87, 2.33),
  site('AMS', 'NODE_EU_001', 'Amsterdam', 52.36, 4.88),
  site('SJC', 'NODE_US_W_001', 'San José', 37.35, -121.9),
  site('SMF', 'NODE_US_W_001', 'Sacramento', 38.57, -121.47),
  site('LAX', 'NODE_US_W_001', 'Los Angeles', 34.05, -118.26),
  site('PNQ', 'NODE_IN_001', 'Pune', 18.53, 73.87),
];
