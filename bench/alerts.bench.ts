import { type NewAlert, raiseAlerts } from '../src/control/alert-intake/index.ts';
import { addMs } from '../src/kernel/time.ts';
import type { Scope } from '../src/platform/scope.ts';
import { tickAlerts } from '../src/reliability/alerts/index.ts';
import { createChannel } from '../src/reliability/channels/index.ts';
import { FakeSlack } from '../tests/kit/channel-servers.ts';
import { testDatabase } from '../tests/kit/database.ts';
import { type TestScope, testScope } from '../tests/kit/scope.ts';

const SERVER = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432';
/** BENCH_ALERTS makes a short run. */
const ALERTS = Number(process.env.BENCH_ALERTS ?? 100_000);
const FINGERPRINTS = 1_000;
const COMPONENTS = 20;
const BATCH = 1_000;
const CHANNELS = 2;
/** What the storm takes by the clock that the router sees. */
const STORM_SEC = 20;

/** An alert storm: raised in batches while the router visits, then told; beside bare inserts of the same rows. */
export async function run(): Promise<{
  name: string;
  figures: Record<string, number | string>;
  goal: string;
}> {
  const { database, close } = await testDatabase(SERVER);
  const slacks = await Promise.all(Array.from({ length: CHANNELS }, () => new FakeSlack().start()));
  try {
    const tenant = await testScope(database);
    for (const [i, slack] of slacks.entries()) {
      const settings = { url: slack.webhookUrl };
      await createChannel(tenant.scope, { name: `ops ${i}`, kind: 'SLACK', settings });
    }
    const bare = await inserts((await testScope(database)).scope);
    const storm = await weather(tenant);
    const sent = slacks.map(({ texts }) => texts.length);
    return report(bare, storm, sent);
  } finally {
    await Promise.all(slacks.map((slack) => slack.stop()));
    await close();
  }
}

const alertOf = (n: number): NewAlert => ({
  ...{ level: 'error', type: 'STORM', component: `part ${n % COMPONENTS}` },
  ...{ message: 'The storm is here', labels: { host: `host ${n % FINGERPRINTS}` } },
});
const batches = Array.from({ length: Math.ceil(ALERTS / BATCH) }, (_, b) =>
  Array.from({ length: Math.min(BATCH, ALERTS - b * BATCH) }, (_, i) => alertOf(b * BATCH + i)),
);

/** Seconds of inserting the same rows and nothing else. */
async function inserts(scope: Scope): Promise<number> {
  const since = performance.now();
  for (const batch of batches) {
    const rows = JSON.stringify(batch.map((alert, i) => ({ ...alert, fingerprint: `f${i}` })));
    await scope.db.run(
      `INSERT INTO alert_intake (tenant_id, id, at, kind, fingerprint, level, type, component, message, labels)
       SELECT $1, gen_random_uuid(), $3, 'FIRE', n.fingerprint, n.level, n.type, n.component, n.message, n.labels
       FROM jsonb_to_recordset($2::jsonb) AS n (fingerprint text, level text, type text, component text, message text,
         labels jsonb)`,
      [scope.tenantId, rows, scope.now],
      'bench_inserts',
    );
  }
  return (performance.now() - since) / 1_000;
}

interface Storm {
  raiseSec: number;
  routeSec: number;
  tellSec: number;
  rssMiB: number;
  alerts: number;
  counted: number;
  notifications: Record<string, number>;
}

/** Raises everything while the router visits every tenth batch, then lets the groups' wait pass and tells. */
async function weather({ scope, at }: TestScope): Promise<Storm> {
  const storm = { raiseSec: 0, routeSec: 0, tellSec: 0 };
  const before = process.memoryUsage().rss;
  let peak = before;
  const timed = async (part: keyof typeof storm, work: () => Promise<unknown>) => {
    const since = performance.now();
    await work();
    storm[part] += (performance.now() - since) / 1_000;
    peak = Math.max(peak, process.memoryUsage().rss);
  };
  for (const [i, batch] of batches.entries()) {
    const now = at(addMs(scope.now, (i / batches.length) * STORM_SEC * 1_000));
    await timed('raiseSec', () => now.db.tx((tx) => raiseAlerts(now, tx, batch)));
    if (i % 10 === 9) await timed('routeSec', () => tickAlerts(now));
  }
  // Slack takes one message a second and channel.
  for (let sec = STORM_SEC; sec < 120; sec += 2) {
    await timed('tellSec', () => tickAlerts(at(addMs(scope.now, sec * 1_000))));
  }
  const [sums] = await scope.db.rows<{ alerts: number; counted: number }>(
    'SELECT count(*)::int AS alerts, sum(count)::int AS counted FROM alert WHERE tenant_id = $1',
    [scope.tenantId],
  );
  const rows = await scope.db.rows<{ status: string; n: number }>(
    `SELECT status, count(*)::int AS n FROM alert_notification WHERE tenant_id = $1 GROUP BY status`,
    [scope.tenantId],
  );
  const notifications = Object.fromEntries(rows.map(({ status, n }) => [status, n]));
  const { alerts, counted } = sums as { alerts: number; counted: number };
  return { ...storm, alerts, counted, notifications, rssMiB: (peak - before) / 2 ** 20 };
}

function report(bareSec: number, storm: Storm, sent: readonly number[]) {
  const perSecond = (seconds: number) => Math.round(ALERTS / seconds);
  const figures = {
    messagesThatArrived: sent.join(' + '),
    notifications: JSON.stringify(storm.notifications),
    alertsAndTheirCounts: `${storm.alerts} alerts, ${storm.counted} raised`,
    secondsRaising: Number(storm.raiseSec.toFixed(2)),
    secondsRouting: Number(storm.routeSec.toFixed(2)),
    secondsTelling: Number(storm.tellSec.toFixed(2)),
    alertsPerSecond: perSecond(storm.raiseSec + storm.routeSec),
    bareInsertsPerSecond: perSecond(bareSec),
    shareOfBareInserts: Number((bareSec / (storm.raiseSec + storm.routeSec)).toFixed(2)),
    rssGrowthMiB: Math.round(storm.rssMiB),
  };
  return {
    name: `alerts: a storm of ${ALERTS} alerts over ${FINGERPRINTS} fingerprints of ${COMPONENTS} components, ${CHANNELS} channels, on Postgres`,
    figures,
    goal: `${COMPONENTS} messages per channel, every alert counted, share of bare inserts ≥ 0.3, RSS growth ≤ 200 MiB however long it lasts`,
  };
}
