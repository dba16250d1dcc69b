import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { importCarts } from '../../src/commerce/carts/index.ts';
import { importErrorEvents } from '../../src/commerce/errors/index.ts';
import { importPayments } from '../../src/commerce/payments/index.ts';
import {
  acknowledgeIssue,
  type DetectionResult,
  detectIssues,
  effectiveRules,
  findIssues,
  type Issue,
  type IssueFilter,
  type IssueOrder,
  listIssues,
  type RuleChange,
  resolveIssue,
  setIssueRule,
} from '../../src/growth/issues/index.ts';
import { takeSnapshot } from '../../src/growth/kpis/index.ts';
import { InvalidTransitionError, NotFoundError, VersionConflictError } from '../../src/kernel/errors.ts';
import { addMs, HOUR_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { type TestScope, testScope } from '../kit/scope.ts';

const T0 = new Date('2026-11-20T00:00:00Z');
const hour = (n: number): Date => addMs(T0, n * HOUR_MS);
let db: OpenTestDatabase;
let tenant: TestScope;
let scope: Scope;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  tenant = await testScope(db.database, { now: hour(100) });
  scope = tenant.scope;
});

/** One cycle as the engine runs it: snapshot, then detection, each in its transaction. */
async function cycle(at: Date): Promise<DetectionResult> {
  const then = tenant.at(at);
  const request = { cycleId: null, asOf: at, intervalSec: 3600 };
  const snapshot = await then.db.tx((tx) => takeSnapshot(then, tx, request));
  return then.db.tx((tx) => detectIssues(then, tx, snapshot));
}

/** Errors in the hour before `hour(n)`; zero keeps the source alive without any. */
let n = 0;
async function errors(at: number, count: number): Promise<void> {
  const occurredAt = addMs(hour(at), -1).toISOString();
  const event = { externalId: `e${++n}`, service: 'checkout', message: '500', occurredAt };
  const items = count > 0 ? [{ ...event, count }] : [];
  const results = await importErrorEvents(scope, { source: 'shop', items } as never);
  expect(results.map(({ outcome }) => outcome)).toEqual(items.map(() => 'CREATED'));
}

const all = async (filter: IssueFilter = {}, order?: IssueOrder): Promise<Issue[]> =>
  (await listIssues(scope, filter, { first: 100 }, order)).edges.map(({ node }) => node);

async function events(): Promise<string[]> {
  const log = await scope.events.read(scope.db, 0n, 1_000);
  return log.flatMap((event) =>
    event.type.startsWith('ISSUE_')
      ? [`${event.type} ${(event.payload as { isFlapping: boolean }).isFlapping}`]
      : [],
  );
}

const line = ({ opened, repeated, resolved, open }: DetectionResult): string =>
  `${opened}${repeated}${resolved}${open}`;

describe('cycles', () => {
  test('open, repeat, two clean cycles, resolve, return within 24 h, return later', async () => {
    for (const [at, count] of [
      [1, 51],
      [2, 80],
      [3, 60],
      [4, 50],
      [6, 99],
      [7, 1],
      [31, 70],
    ] as const) {
      await errors(at, count);
    }
    const log = [];
    for (const at of [1, 2, 3, 4, 5, 6, 7, 8]) log.push(line(await cycle(hour(at))));
    // opened, repeated, resolved, open
    expect(log).toEqual(['1001', '0101', '0101', '0001', '0010', '1001', '0001', '0010']);
    expect(await all()).toMatchObject([
      {
        type: 'ERROR_SPIKE',
        status: 'RESOLVED',
        severity: 'CRITICAL',
        isFlapping: true,
        occurrences: 4,
        peakValue: '99.0000',
        value: '99.0000',
        threshold: '50.0000',
        firstSeenAt: hour(1),
        lastSeenAt: hour(6),
        resolvedAt: hour(8),
        resolvedBy: 'system:clean',
        message: '99 errors in the last interval; the limit is 50.',
      },
    ]);
    // 23 h after the resolution it would be flapping, 24 h after it is a new issue; here 23 h.
    expect(line(await cycle(hour(31)))).toBe('1001');
    expect(await all()).toHaveLength(1);
    expect(await events()).toEqual([
      'ISSUE_OPENED false',
      'ISSUE_RESOLVED false',
      'ISSUE_OPENED true',
      'ISSUE_RESOLVED true',
      'ISSUE_OPENED true',
    ]);
  });

  test('24 h after the resolution it is a new issue that does not flap', async () => {
    await errors(1, 51);
    await errors(27, 52);
    for (const at of [1, 2, 3]) await cycle(hour(at));
    expect(line(await cycle(hour(27)))).toBe('1001');
    expect(
      (await all()).map(({ status, isFlapping, occurrences }) => [status, isFlapping, occurrences]),
    ).toEqual([
      ['OPEN', false, 1],
      ['RESOLVED', false, 1],
    ]);
  });

  test('the same instant again, or an earlier one, counts nothing twice', async () => {
    for (const at of [1, 2]) await errors(at, 51);
    for (const at of [1, 2]) await cycle(hour(at));
    const before = await all();
    for (const at of [2, 2, 1]) expect(line(await cycle(hour(at)))).toBe('0001');
    await cycle(hour(3));
    for (const at of [3, 3, 2]) expect(line(await cycle(hour(at)))).toBe('0001');
    expect(before).toMatchObject([{ occurrences: 2, cleanCycles: 0 }]);
    expect(await all()).toMatchObject([{ occurrences: 2, cleanCycles: 1, status: 'OPEN' }]);
  });

  test('several rules at once, and a shop without facts raises nothing', async () => {
    expect(line(await cycle(hour(1)))).toBe('0000');
    const cart = (i: number) => ({
      externalId: `c${i}`,
      currency: 'USD',
      valueMinor: '100',
      email: 'a@b.c',
      startedAt: hour(10).toISOString(),
    });
    const pay = (i: number) => ({
      externalId: `p${i}`,
      status: i < 26 ? 'CAPTURED' : 'FAILED',
      currency: 'USD',
      amountMinor: '100',
      attemptedAt: hour(11).toISOString(),
    });
    await importCarts(scope, { source: 's', items: Array.from({ length: 21 }, (_, i) => cart(i)) } as never);
    await importPayments(scope, {
      source: 's',
      items: Array.from({ length: 29 }, (_, i) => pay(i)),
    } as never);
    expect(line(await cycle(hour(12)))).toBe('3003');
    const raised = await all({}, { field: 'SEVERITY', direction: 'DESC' });
    expect(raised[0]?.type).toBe('PAYMENT_FAILURES');
    expect(raised.map((issue) => `${issue.type} ${issue.severity} ${issue.confidence}`).sort()).toEqual([
      'ABANDONED_CARTS MEDIUM HIGH',
      'LOW_CONVERSION MEDIUM LOW',
      'PAYMENT_FAILURES HIGH LOW',
    ]);
  });

  test('a source that stops raises STALE_KPI for its KPIs, and resolves when it is back', async () => {
    const pay = (at: number) => ({
      externalId: `p${at}`,
      status: 'CAPTURED',
      currency: 'USD',
      amountMinor: '100',
      attemptedAt: hour(at).toISOString(),
    });
    await importPayments(scope, { source: 's', items: [pay(0)] } as never);
    expect(line(await cycle(hour(2)))).toBe('0000');
    await cycle(hour(3));
    const stale = await all({ type: ['STALE_KPI'] });
    expect(stale.map(({ dimension, severity, value }) => [dimension, severity, value]).sort()).toEqual([
      ['CHURN_RATE', 'LOW', '3.0000'],
      ['ERROR_COUNT', 'LOW', '3.0000'],
      ['PAYMENT_SUCCESS_RATE', 'LOW', '3.0000'],
      ['REVENUE_GROWTH', 'LOW', '3.0000'],
    ]);
    await importPayments(scope, { source: 's', items: [pay(4)] } as never);
    expect(line(await cycle(hour(5)))).toBe('0004');
    expect(line(await cycle(hour(6)))).toBe('0040');
  });

  test('steady state sends five statements', async () => {
    await errors(1, 51);
    await cycle(hour(1));
    const then = tenant.at(hour(2));
    const snapshot = await then.db.tx((tx) =>
      takeSnapshot(then, tx, { cycleId: null, asOf: hour(2), intervalSec: 3600 }),
    );
    const before = then.db.statements;
    await then.db.tx((tx) => detectIssues(then, tx, snapshot));
    expect(then.db.statements - before).toBeLessThanOrEqual(5);
  });

  test('detections at once open one issue', async () => {
    await errors(1, 51);
    const at = hour(1);
    const snapshot = await scope.db.tx((tx) =>
      takeSnapshot(scope, tx, { cycleId: null, asOf: at, intervalSec: 3600 }),
    );
    // On a server all six transactions are open before any of them looks; the embedded database has one connection.
    const racers = 6;
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let waiting = 0;
    const race = () => {
      const then = tenant.at(at);
      return then.db.tx(async (tx) => {
        await tx.run('SELECT 1');
        if (++waiting === racers) open();
        if (db.isServer) await gate;
        return detectIssues(then, tx, snapshot);
      });
    };
    const results = await Promise.all(Array.from({ length: racers }, race));
    expect(results.map(line).sort()).toEqual(['0001', '0001', '0001', '0001', '0001', '1001']);
    expect(await all()).toMatchObject([{ occurrences: 1, status: 'OPEN' }]);
    expect(await events()).toEqual(['ISSUE_OPENED false']);
  });
});

describe('by hand', () => {
  let issue: Issue;
  beforeEach(async () => {
    await errors(1, 51);
    await cycle(hour(1));
    issue = (await all())[0] as Issue;
  });

  test('acknowledge, then resolve; still there at the next cycle: flapping', async () => {
    const seen = await acknowledgeIssue(scope, { id: issue.id, note: ' on it ', expectedVersion: 1 });
    expect(seen).toMatchObject({ status: 'ACKNOWLEDGED', acknowledgedBy: 'test', note: 'on it', version: 2 });
    expect(await findIssues(scope, [issue.id])).toEqual([seen]);
    await errors(2, 60);
    expect(line(await cycle(hour(2)))).toBe('0101');
    const done = await resolveIssue(tenant.at(addMs(hour(2), 60_000)), { id: issue.id });
    expect(done).toMatchObject({ status: 'RESOLVED', occurrences: 2, resolvedBy: 'test', version: 3 });
    await errors(3, 70);
    expect(line(await cycle(hour(3)))).toBe('1001');
    expect(await all()).toMatchObject([
      {
        id: issue.id,
        status: 'OPEN',
        isFlapping: true,
        acknowledgedAt: null,
        resolvedAt: null,
        occurrences: 3,
      },
    ]);
    expect(await events()).toEqual([
      'ISSUE_OPENED false',
      'ISSUE_ACKNOWLEDGED false',
      'ISSUE_RESOLVED false',
      'ISSUE_OPENED true',
    ]);
  });

  test('refusals write nothing', async () => {
    const { id } = issue;
    const other = (await testScope(db.database, { now: hour(2) })).scope;
    await expect(acknowledgeIssue(other, { id })).rejects.toThrow(NotFoundError);
    await expect(resolveIssue(scope, { id: 'nonsense' })).rejects.toThrow(NotFoundError);
    await expect(resolveIssue(scope, { id, expectedVersion: 2 })).rejects.toThrow(VersionConflictError);
    await expect(resolveIssue(scope, { id, note: 'x'.repeat(2_001) })).rejects.toMatchObject({
      field: 'note',
    });
    expect(await all()).toEqual([issue]);
    await acknowledgeIssue(scope, { id });
    await expect(acknowledgeIssue(scope, { id })).rejects.toThrow(InvalidTransitionError);
    expect(await events()).toEqual(['ISSUE_OPENED false', 'ISSUE_ACKNOWLEDGED false']);
    expect(await findIssues(other, [id])).toEqual([null]);
    expect((await listIssues(other, {}, {})).edges).toEqual([]);
  });

  test('an operator and a cycle at once: both hold', async () => {
    await errors(2, 60);
    await Promise.all([acknowledgeIssue(scope, { id: issue.id }), cycle(hour(2))]);
    expect(await all()).toMatchObject([{ status: 'ACKNOWLEDGED', occurrences: 2, peakValue: '60.0000' }]);
  });
});

describe('rules of the tenant', () => {
  const change = (input: RuleChange) => setIssueRule(scope, input);

  test('own threshold, switch and baseline, by version, audited', async () => {
    expect(await effectiveRules(scope)).toHaveLength(7);
    const first = await change({ type: 'ERROR_SPIKE', threshold: 10, expectedVersion: 0 });
    expect(first).toMatchObject({
      threshold: '10.0000',
      isCustomThreshold: true,
      isEnabled: true,
      version: 1,
    });
    await errors(1, 11);
    expect(line(await cycle(hour(1)))).toBe('1001');
    await expect(change({ type: 'ERROR_SPIKE', isEnabled: false, expectedVersion: 0 })).rejects.toThrow(
      VersionConflictError,
    );
    const off = await change({ type: 'ERROR_SPIKE', isEnabled: false, expectedVersion: 1 });
    expect(off).toMatchObject({ threshold: '10.0000', isEnabled: false, version: 2, updatedBy: 'test' });
    await errors(2, 12);
    expect(line(await cycle(hour(2)))).toBe('0010');
    expect(await all()).toMatchObject([{ status: 'RESOLVED', resolvedBy: 'system:rule-off' }]);
    const back = await change({ type: 'ERROR_SPIKE', threshold: null, isEnabled: null });
    expect(back).toMatchObject({
      threshold: '50.0000',
      isCustomThreshold: false,
      isEnabled: true,
      version: 3,
    });
    const audits = await scope.db.rows<{ action: string }>(
      `SELECT action FROM audit_entry WHERE tenant_id = $1 AND subject = 'ERROR_SPIKE'`,
      [scope.tenantId],
    );
    expect(audits.map(({ action }) => action)).toEqual(Array(3).fill('issueRule.set'));
  });

  test('two changes at once: one wins, the other is told', async () => {
    const input = { type: 'HIGH_CHURN', expectedVersion: 0 } as const;
    const results = await Promise.allSettled([
      setIssueRule(tenant.at(hour(1)), { ...input, threshold: 7 }),
      setIssueRule(tenant.at(hour(1)), { ...input, threshold: 8 }),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await effectiveRules(scope)).find(({ type }) => type === 'HIGH_CHURN')?.version).toBe(1);
  });

  test.each<[RuleChange, string]>([
    [{ type: 'REVENUE_DROP', threshold: 0.0001 }, 'threshold'],
    [{ type: 'REVENUE_DROP', threshold: -100.01 }, 'threshold'],
    [{ type: 'HIGH_CHURN', threshold: 100.5 }, 'threshold'],
    [{ type: 'HIGH_CHURN', threshold: '5.00001' }, 'threshold'],
    [{ type: 'ABANDONED_CARTS', threshold: 20.5 }, 'threshold'],
    [{ type: 'ABANDONED_CARTS', threshold: -1 }, 'threshold'],
    [{ type: 'ERROR_SPIKE', threshold: Number.NaN }, 'threshold'],
    [{ type: 'ERROR_SPIKE', threshold: Number.POSITIVE_INFINITY }, 'threshold'],
    [{ type: 'STALE_KPI', threshold: 3 }, 'threshold'],
    [{ type: 'HIGH_CHURN', baseline: 'PREVIOUS_DAY' }, 'baseline'],
    [{ type: 'REVENUE_DROP', baseline: 'YESTERYEAR' as never }, 'baseline'],
  ])('refuses %o', async (input, field) => {
    await expect(change(input)).rejects.toMatchObject({ code: 'VALIDATION_ERROR', field });
    expect((await effectiveRules(scope)).every(({ version }) => version === 0)).toBe(true);
  });

  test.each<[RuleChange, string]>([
    [{ type: 'REVENUE_DROP', threshold: -0 }, '0.0000'],
    [{ type: 'REVENUE_DROP', threshold: -100 }, '-100.0000'],
    [{ type: 'HIGH_CHURN', threshold: 0.0001 }, '0.0001'],
    [{ type: 'ABANDONED_CARTS', threshold: 1_000_000 }, '1000000.0000'],
  ])('accepts %o', async (input, threshold) => {
    expect(await change(input)).toMatchObject({ threshold });
    expect((await effectiveRules(scope)).find(({ type }) => type === input.type)?.threshold).toBe(threshold);
  });
});

describe('lists', () => {
  beforeEach(async () => {
    const columns = `type, dimension, fingerprint, status, severity, confidence, value, peak_value, threshold, message,
      first_seen_at, last_seen_at, evaluated_at, resolved_at`;
    await scope.db.run(
      `INSERT INTO issue (tenant_id, id, ${columns})
       SELECT $1::uuid, gen_random_uuid(), t.type, '', t.type || i, CASE WHEN i % 3 = 0 THEN 'OPEN' ELSE 'RESOLVED' END,
         t.severity, 'HIGH', i, i, 0, '', $2::timestamptz - make_interval(hours => i), $2::timestamptz + make_interval(hours => i / 2),
         $2, $2
       FROM generate_series(1, 30) i, (VALUES ('ERROR_SPIKE', 'CRITICAL'), ('HIGH_CHURN', 'HIGH'), ('STALE_KPI', 'LOW')) t (type, severity)`,
      [scope.tenantId, T0],
    );
  });

  test.each<IssueOrder>([
    { field: 'LAST_SEEN_AT', direction: 'DESC' },
    { field: 'LAST_SEEN_AT', direction: 'ASC' },
    { field: 'FIRST_SEEN_AT', direction: 'ASC' },
    { field: 'SEVERITY', direction: 'DESC' },
    { field: 'SEVERITY', direction: 'ASC' },
  ])('pages by %o meet every issue once, forward and backward', async (order) => {
    const whole = await all({}, order);
    expect(whole).toHaveLength(90);
    const forward: string[] = [];
    let after: string | null = null;
    do {
      const page = await listIssues(scope, {}, { first: 7, after }, order);
      forward.push(...page.edges.map(({ node }) => node.id));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after);
    expect(forward).toEqual(whole.map(({ id }) => id));
    const backward: string[] = [];
    let before: string | null = null;
    do {
      const page = await listIssues(scope, {}, { last: 13, before }, order);
      backward.unshift(...page.edges.map(({ node }) => node.id));
      before = page.pageInfo.hasPreviousPage ? page.pageInfo.startCursor : null;
    } while (before);
    expect(backward).toEqual(forward);
  });

  test('a cursor of another order or made up is refused', async () => {
    const { pageInfo } = await listIssues(scope, {}, { first: 1 }, { field: 'SEVERITY', direction: 'ASC' });
    const made = Buffer.from(JSON.stringify(['2026-11-20T00:00:00.000Z', 'x'])).toString('base64url');
    for (const after of [pageInfo.endCursor, made, 'nonsense', '']) {
      await expect(listIssues(scope, {}, { first: 1, after })).rejects.toMatchObject({ field: 'after' });
    }
  });

  test('SEVERITY DESC shows the worst first', async () => {
    const severities = (await all({}, { field: 'SEVERITY', direction: 'DESC' })).map(
      ({ severity }) => severity,
    );
    expect([...new Set(severities)]).toEqual(['CRITICAL', 'HIGH', 'LOW']);
  });

  test.each<[IssueFilter, number]>([
    [{}, 90],
    [{ status: ['OPEN'] }, 30],
    [{ status: ['OPEN', 'RESOLVED'], type: ['ERROR_SPIKE'] }, 30],
    [{ severity: ['HIGH', 'LOW'] }, 60],
    [{ status: ['ACKNOWLEDGED'] }, 0],
    [{ status: [], type: null }, 90],
    [{ since: hour(15) }, 3],
    [{ since: hour(15), severity: ['CRITICAL'], status: ['OPEN'] }, 1],
  ])('filter %o finds %d', async (filter, count) => expect(await all(filter)).toHaveLength(count));
});
