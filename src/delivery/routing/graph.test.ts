import { describe, expect, it, test } from 'vitest';
import { seeded } from '../../kernel/random.ts';
import { bestPaths } from './graph.ts';
import type { Hub } from './hub.ts';

const hub = (nodeId: string, fields: Partial<Hub> = {}): Hub => ({
  nodeId,
  region: nodeId.toLowerCase(),
  lat: 10,
  lon: 10,
  coverageKm: 100,
  capacity: 10,
  reserved: 0,
  successPct: 90,
  avgDeliveryMin: 10,
  connected: [],
  enabled: true,
  ...fields,
});

describe('connections', () => {
  it('reads connections as node ids or regions', () => {
    const [a, b] = [hub('A', { connected: ['B'] }), hub('B', { connected: ['a'] })];
    expect(bestPaths([a, b], a, b).map((way) => way.path)).toEqual([['A', 'B']]);
    expect(bestPaths([a, b], b, a).map((way) => way.path)).toEqual([['B', 'A']]);
  });
});

describe('order of the ways (spec c.7 step 5)', () => {
  const from = hub('FROM', { connected: ['M1', 'M2', 'M3', 'M4'] });
  const to = hub('TO', { lon: 20 });
  const middle = (nodeId: string, fields: Partial<Hub> = {}) =>
    hub(nodeId, { lon: 15, connected: ['TO'], ...fields });

  test.each<[string, Hub[], string[]]>([
    ['chance first', [middle('M1'), middle('M2', { successPct: 95, lat: 60 })], ['M2', 'M1']],
    ['then time', [middle('M1', { avgDeliveryMin: 11 }), middle('M2')], ['M2', 'M1']],
    ['then the name', [middle('M2'), middle('M1')], ['M1', 'M2']],
    ['three at most', [middle('M4'), middle('M3'), middle('M2'), middle('M1')], ['M1', 'M2', 'M3']],
  ])('%s', (_case, middles, expected) => {
    const ways = bestPaths([from, ...middles, to], from, to);
    expect(ways.map((way) => way.path[1])).toEqual(expected);
  });

  it('agrees with exhaustive search on 1,000 hubs, and quickly', () => {
    const random = seeded(11);
    const hubs = Array.from({ length: 1000 }, (_, i) =>
      hub(`H${i}`, {
        lat: random.int(-80, 80) + 0.5,
        lon: random.int(-179, 179),
        region: `r${i % 25}`,
        successPct: random.int(70, 99),
        reserved: random.int(0, 10),
        enabled: random.next() < 0.9,
        connected: Array.from({ length: 6 }, () => `r${random.int(0, 24)}`),
      }),
    );
    const open = hubs.filter((h) => h.enabled && h.reserved < h.capacity);
    const [a, b] = [open[3], open[700]] as [Hub, Hub];
    const links = (x: Hub, y: Hub) => x !== y && x.connected.includes(y.region);
    const best = open.filter((m) => m !== b && links(a, m) && links(m, b)).map((m) => m.successPct);
    const limit = links(a, b) ? 100 : Math.max(...best);
    const start = performance.now();
    const ways = bestPaths(hubs, a, b);
    expect(performance.now() - start).toBeLessThan(250);
    expect(ways).toHaveLength(3);
    expect(ways[0]?.successProbability).toBeCloseTo(
      ((a.successPct / 100) * limit * b.successPct) / 10_000,
      10,
    );
  });
});
