import { addMs } from '../../src/kernel/time.ts';
import type { ChannelEnvironment } from '../../src/platform/outbound/channels/types.ts';
import type { Scope } from '../../src/platform/scope.ts';
import {
  type ChannelKind,
  createChannel,
  type Message,
  type OutgoingMessage,
  queueMessages,
  runSends,
} from '../../src/reliability/channels/index.ts';
import type { OpenTestDatabase } from '../kit/database.ts';
import { type TestScope, testScope } from '../kit/scope.ts';

export const NOW = new Date('2026-11-20T12:00:00Z');

/** A tenant of its own whose clock the test sets. */
export class Alerted {
  readonly tenant: TestScope;
  private now = NOW;
  private count = 0;

  constructor(tenant: TestScope) {
    this.tenant = tenant;
  }

  static async open(
    database: OpenTestDatabase,
    channels: ChannelEnvironment = {},
    { allowPrivateAddresses = true }: { allowPrivateAddresses?: boolean } = {},
  ): Promise<Alerted> {
    const outbound = {
      allowPrivateAddresses,
      channels: { timeoutMs: 400, emailTimeoutMs: 400, notionIntervalMs: 0, ...channels },
    };
    return new Alerted(await testScope(database.database, { now: NOW, outbound }));
  }

  get scope(): Scope {
    return this.tenant.at(this.now);
  }

  wait(seconds: number): this {
    this.now = addMs(this.now, seconds * 1_000);
    return this;
  }

  async channel(kind: ChannelKind, settings: Record<string, unknown>): Promise<string> {
    return (await createChannel(this.scope, { name: `Test ${kind}`, kind, settings })).id;
  }

  /** Queues a message; gives back the notification's id. */
  async say(
    channelId: string,
    text = 'Payments are down',
    more: Partial<Omit<OutgoingMessage, 'message'>> & { message?: Partial<Message> } = {},
  ): Promise<string> {
    const message: Message = { title: text, text, level: 'critical', facts: { orders: 3 }, ...more.message };
    const outgoing = { purpose: 'FIRING' as const, step: `s${++this.count}`, ...more, channelId, message };
    const [queued] = await this.scope.db.tx((tx) => queueMessages(this.scope, tx, [outgoing]));
    return queued?.notificationId ?? '';
  }

  run(): Promise<number> {
    return runSends(this.scope, { patienceMs: 60_000 });
  }

  /** `STATUS attempts reason` of a notification. */
  async outcome(id: string): Promise<string> {
    const row = await this.scope.db.row<{ line: string }>(
      `SELECT concat_ws(' ', status, attempts, reason) AS line FROM alert_notification
       WHERE tenant_id = $1 AND id = $2`,
      [this.scope.tenantId, id],
    );
    return row?.line ?? 'none';
  }

  /** Seconds from now until the open effect of a channel is due. */
  async dueIn(channelId: string): Promise<number | null> {
    const row = await this.scope.db.row<{ sec: number }>(
      `SELECT extract(epoch FROM next_at - $3)::float AS sec FROM effect
       WHERE tenant_id = $1 AND subject LIKE $2 AND status IN ('PENDING', 'UNKNOWN') ORDER BY created_at LIMIT 1`,
      [this.scope.tenantId, `channel:${channelId}%`, this.now],
    );
    return row?.sec ?? null;
  }

  events(type: string): Promise<{ payload: Record<string, unknown> }[]> {
    return this.scope.db.rows(
      'SELECT payload FROM engine_event WHERE tenant_id = $1 AND type = $2 ORDER BY seq',
      [this.scope.tenantId, type],
    );
  }
}
