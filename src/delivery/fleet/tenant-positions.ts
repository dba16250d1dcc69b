import type { Sql } from '../../platform/db/sql.ts';
import type { Bus } from '../../platform/events/bus.ts';
import type { Numbered } from '../../platform/events/types.ts';
import { type DronePosition, positionOf, telemetryChannel } from './announce.ts';
import { loadDrones } from './store.ts';

/** One message about a tenant's fleet. */
export interface FleetTelemetry extends Numbered {
  /** True for the first message, which has every drone; later ones have those that changed. */
  readonly isComplete: boolean;
  readonly drones: readonly DronePosition[];
}

/** What the feed is made from. */
export interface TelemetryParts {
  readonly bus: Bus;
  readonly dbFor: (tenantId: string) => Sql;
  readonly clock: () => Date;
  /** Hears of reads that failed and are tried again. */
  readonly onError: (error: unknown) => void;
  /** Least time between two messages; shorter in tests. */
  readonly periodMs?: number;
}

/** Least time between two messages of a tenant (spec: positions every 2 s). */
const PERIOD_MS = 2_000;

type Listener = (message: FleetTelemetry) => void | Promise<void>;
interface Follower {
  readonly listener: Listener;
  readonly onEnd: (reason: Error) => void;
  isBusy: boolean;
  /** Something was left out while it was busy. */
  isBehind: boolean;
}

/** The positions of one tenant's drones: read once, then kept current by the bus while somebody watches. */
export class TenantPositions {
  /** The last message's number. */
  head = 0n;
  readonly ready: Promise<void>;
  private readonly tenantId: string;
  private readonly parts: TelemetryParts;
  private readonly period: number;
  private readonly told = new Map<string, DronePosition>();
  private readonly changed = new Map<string, DronePosition>();
  private readonly followers = new Set<Follower>();
  private readonly release: (() => void)[];
  private timer: NodeJS.Timeout | undefined;
  private isRead = false;
  private toldAt = Number.NEGATIVE_INFINITY;

  constructor(tenantId: string, parts: TelemetryParts) {
    this.tenantId = tenantId;
    this.parts = parts;
    this.period = parts.periodMs ?? PERIOD_MS;
    const { bus } = parts;
    // While messages of other instances may be getting lost, the database is looked at.
    const tick = setInterval(() => bus.isConnected || this.refresh(), this.period);
    tick.unref();
    // Subscribed before the drones are read: what commits in between is heard, not lost.
    this.release = [
      bus.subscribe(telemetryChannel(tenantId), (text) => this.hear(JSON.parse(text) as DronePosition[])),
      bus.onReconnect(() => this.refresh()),
      () => clearInterval(tick),
      () => clearTimeout(this.timer),
    ];
    this.ready = this.read();
    this.ready.catch(() => {});
  }

  /** Every drone as it was in the last message. */
  standing(): FleetTelemetry {
    const drones = [...this.told.values()].sort((a, b) => (a.droneId < b.droneId ? -1 : 1));
    return { seq: this.head, at: this.parts.clock(), isComplete: true, drones };
  }

  follow(listener: Listener, onEnd: (reason: Error) => void): () => void {
    const follower: Follower = { listener, onEnd, isBusy: false, isBehind: false };
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }

  close(): void {
    for (const release of this.release) release();
    this.followers.clear();
  }

  private async read(): Promise<void> {
    const drones = await loadDrones(this.parts.dbFor(this.tenantId), this.tenantId);
    this.hear(drones.map(positionOf));
    if (this.isRead) return;
    // Whoever waits for this gets everything by `standing`.
    this.isRead = true;
    this.settle();
  }

  private refresh(): void {
    this.read().catch(this.parts.onError);
  }

  private hear(positions: readonly DronePosition[]): void {
    for (const position of positions) {
      const known = this.changed.get(position.droneId) ?? this.told.get(position.droneId);
      if (!known || known.version < position.version) this.changed.set(position.droneId, position);
    }
    if (this.changed.size === 0 || this.timer || !this.isRead) return;
    const wait = Math.max(0, this.toldAt + this.period - performance.now());
    this.timer = setTimeout(() => this.tell(), wait);
    this.timer.unref();
  }

  private settle(): DronePosition[] {
    const drones = [...this.changed.values()];
    for (const drone of drones) this.told.set(drone.droneId, drone);
    this.changed.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
    return drones;
  }

  private tell(): void {
    const drones = this.settle();
    if (drones.length === 0) return;
    this.toldAt = performance.now();
    this.head++;
    const message = { seq: this.head, at: this.parts.clock(), isComplete: false, drones };
    for (const follower of this.followers) {
      if (follower.isBusy) follower.isBehind = true;
      else this.hand(follower, message).catch((error: Error) => this.drop(follower, error));
    }
  }

  private drop(follower: Follower, reason: Error): void {
    if (this.followers.delete(follower)) follower.onEnd(reason);
  }

  /** Somebody who was busy gets one message with everything instead of those that were left out. */
  private async hand(follower: Follower, first: FleetTelemetry): Promise<void> {
    for (let message: FleetTelemetry | null = first; message && this.followers.has(follower); ) {
      const taken: void | Promise<void> = follower.listener(message);
      if (taken instanceof Promise) {
        follower.isBusy = true;
        await taken;
        follower.isBusy = false;
      }
      message = follower.isBehind ? this.standing() : null;
      follower.isBehind = false;
    }
  }
}
