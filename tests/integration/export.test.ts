import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportCommand } from '../../src/cli/export-command.ts';
import { runGuarded } from '../../src/cli/runtime.ts';
import { createCycleRunner, EXPORT_STREAMS, type ExportStream, exportJsonl } from '../../src/engine/index.ts';
import { encodeCursor } from '../../src/kernel/page.ts';
import { HOUR_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { startServer, type TestServer } from '../kit/server.ts';
import { chainOf, put, putDelivery, putOffer, putOpportunity } from './invariants-kit.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const UNIX = NOW.getTime() / 1000;
let server: TestServer;
let scope: Scope;
const chains = [1, 2, 3].map(chainOf);

beforeAll(async () => {
  server = await startServer({ clock: () => NOW });
  await server.createTenant({ slug: 'shop', reportingCurrency: 'INR' });
  await server.createTenant({ slug: 'other' });
  scope = await server.app.tenantScope('shop', NOW);
  const runner = createCycleRunner({ owner: 'test', clock: () => NOW });
  for (const hours of [2, 1, 0])
    await runner.execute(scope, { trigger: 'REPLAY', asOf: new Date(NOW.getTime() - hours * HOUR_MS) });
  await fillTables();
});
afterAll(() => server?.stop());

async function fillTables(): Promise<void> {
  const { tenantId, db } = scope;
  await db.run(
    `UPDATE kpi_snapshot SET revenue_minor = 500000, revenue_growth_pct = 12.5 WHERE tenant_id = $1 AND at = $2`,
    [tenantId, NOW],
  );
  for (const chain of chains) {
    await putOpportunity(scope, chain, { status: 'DISPATCHED' });
    await putOffer(scope, chain, { status: 'DISPATCHED', bundle_items: ['a "rare"\nthing'] });
    await putDelivery(scope, chain, { status: 'PENDING' });
    await put(db, 'outcome', {
      ...{ tenant_id: tenantId, action_id: chain.offer, kind: 'RESULT', pattern_key: 'a|b|c' },
      ...{ is_converted: true, currency: 'INR', realized_minor: '9007199254740993', expected_minor: 500000 },
      ...{ score: 0.95, status: 'LEARNED', items: {}, occurred_at: NOW, recorded_at: NOW },
    });
    await put(db, 'pattern_weight', {
      ...{ tenant_id: tenantId, key: `p${chain.n}|b|c`, weight: 0.55, n: 1, last_at: NOW, updated_at: NOW },
    });
  }
  await put(db, 'strategy_change', {
    ...{ tenant_id: tenantId, id: chains[0]?.offer, action_type: 'rare_drone_drop_bundle', kind: 'PRICE' },
    ...{ before: { price: 5 }, after: { price: 3 }, evidence: {}, reasons: [], status: 'APPLIED' },
    ...{ decision_id: chains[0]?.offer, created_at: NOW },
  });
  await put(db, 'issue', {
    ...{ tenant_id: tenantId, id: chains[0]?.offer, type: 'ERROR_SPIKE', fingerprint: 'f', status: 'OPEN' },
    ...{ severity: 'CRITICAL', confidence: 'HIGH', value: 60, peak_value: 70.5, threshold: 50, message: 'm' },
    ...{ first_seen_at: NOW, last_seen_at: NOW, evaluated_at: NOW },
  });
}

const linesOf = async (stream: ExportStream, of: Scope = scope) =>
  (await exportJsonl(of, { stream })).lines.map((line) => JSON.parse(line));

describe('exportJsonl', () => {
  it('gives KPI history as the seed wrote it', async () => {
    const { lines } = await exportJsonl(scope, { stream: 'kpi_history' });
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(
      new RegExp(`^\\{"timestamp":${UNIX},"revenue_paise_24h":500000,"growth":12\\.5,"currency":"INR",`),
    );
    expect(lines.map((line) => JSON.parse(line).timestamp)).toEqual([UNIX - 7200, UNIX - 3600, UNIX]);
  });

  it('gives actions with the seed’s names, their delivery and whole lines', async () => {
    const lines = await linesOf('income_actions');
    expect(lines[0]).toEqual({
      ...{ timestamp: UNIX, action_id: chains[0]?.offer, opportunity_id: chains[0]?.opportunity },
      ...{ customer_id: null, action_type: 'rare_drone_drop_bundle', status: 'DISPATCHED' },
      ...{ bundle_name: 'Rare drone-drop bundle', bundle_price_paise: 500000, currency: 'INR' },
      ...{ bundle_items: ['a "rare"\nthing'], rarity_threshold: 95, expected_revenue_impact_paise: 150000 },
      ...{ execution_time: UNIX + 86_400, is_auto_executable: true, delivery_id: chains[0]?.delivery },
      ...{ experiment_id: null, arm: null, propensity: null, closed: null, closed_reason: null },
    });
    const raw = (await exportJsonl(scope, { stream: 'income_actions' })).lines;
    expect(raw.every((line) => !line.includes('\n'))).toBe(true);
  });

  it('gives outcomes with every digit of an amount', async () => {
    const { lines } = await exportJsonl(scope, { stream: 'decision_outcomes' });
    expect(lines[0]).toContain('"realized_revenue_paise":9007199254740993,');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      success_score: 0.95,
      converted: true,
      pattern: 'a|b|c',
    });
  });

  it('gives issues, patterns and changes', async () => {
    expect(await linesOf('detected_issues')).toMatchObject([
      {
        timestamp: UNIX,
        issue_type: 'ERROR_SPIKE',
        dimension: null,
        value: 60,
        peak_value: 70.5,
        resolved: null,
      },
    ]);
    expect(await linesOf('learned_strategies')).toMatchObject([
      { kind: 'change', change: 'PRICE', before: { price: 5 }, after: { price: 3 }, status: 'APPLIED' },
      { kind: 'pattern', key: 'p1|b|c', weight: 0.55, samples: 1, action_type: 'p1' },
      { kind: 'pattern', key: 'p2|b|c' },
      { kind: 'pattern', key: 'p3|b|c' },
    ]);
  });

  it.each(EXPORT_STREAMS)('%s comes in pages without gap or repeat, one statement each', async (stream) => {
    const whole = await exportJsonl(scope, { stream });
    const pages: string[] = [];
    let after: string | null = null;
    for (let isComplete = false; !isComplete; ) {
      const before = scope.db.statements;
      const page = await exportJsonl(scope, { stream, after, first: 2 });
      expect(scope.db.statements - before).toBe(1);
      pages.push(...page.lines);
      ({ nextAfter: after, isComplete } = page);
    }
    expect(pages).toEqual(whole.lines);
    expect(whole.isComplete).toBe(true);
    // Nothing new yet: the place is kept.
    expect(await exportJsonl(scope, { stream, after })).toEqual({
      lines: [],
      nextAfter: after,
      isComplete: true,
    });
  });

  it.each(EXPORT_STREAMS)('%s of another tenant is empty', async (stream) => {
    const other = await server.app.tenantScope('other', NOW);
    const page = await exportJsonl(other, { stream });
    // Its own trail begins with its own beginning.
    if (stream === 'audit') {
      const lines = page.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines).toMatchObject([{ action: 'tenant.create', subject: other.tenantId }]);
    } else expect(page).toEqual({ lines: [], nextAfter: null, isComplete: true });
  });

  it('refuses too many lines, none, and a cursor of another stream', async () => {
    for (const first of [0, 1_001, 1.5])
      await expect(exportJsonl(scope, { stream: 'kpi_history', first })).rejects.toMatchObject({
        field: 'first',
      });
    const { nextAfter } = await exportJsonl(scope, { stream: 'detected_issues' });
    const forged = encodeCursor(['income_actions', 'not a uuid']);
    for (const after of [nextAfter, 'made up', forged])
      await expect(exportJsonl(scope, { stream: 'income_actions', after })).rejects.toMatchObject({
        field: 'after',
      });
  });
});

describe('npm run export', () => {
  async function run(...args: string[]): Promise<{ code: number; printed: string }> {
    let printed = '';
    const io = {
      ...{ cwd: '/', isTty: false, signal: new AbortController().signal },
      print: (text: string) => {
        printed += text;
      },
    };
    return { code: await runGuarded(exportCommand, server.app, args, io), printed };
  }

  it('prints a stream', async () => {
    const { code, printed } = await run('--tenant', 'shop', '--stream', 'kpi_history');
    expect(code).toBe(0);
    expect(printed.trimEnd().split('\n')).toEqual(
      (await exportJsonl(scope, { stream: 'kpi_history' })).lines,
    );
  });

  it.each([
    [['--stream', 'kpi_history'], '--tenant is missing.'],
    [['--tenant', 'shop', '--stream', 'x'], '--stream must be one of kpi_history,'],
  ])('says what is wrong with %j', async (args, text) => {
    expect(await run(...args)).toMatchObject({ code: 2, printed: expect.stringContaining(text) });
  });
});
