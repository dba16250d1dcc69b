import type { Following } from '../events/feed.ts';
import type { LiveStream } from '../events/live-stream.ts';
import type { Numbered } from '../events/types.ts';
import { Backlog, type Render } from './backlog.ts';
import { Batch, type Rendered } from './batch.ts';

/** Where a subscriber's answers go. */
export interface Sink {
  deliver(batch: Batch): void;
  /** While catching up: resolves when the subscriber has taken what was sent; undefined if it has already. */
  drained(): Promise<void> | undefined;
  /** The stream is over; nothing is delivered afterwards. */
  end(reason: unknown): void;
}

/** A subscriber's place. */
export interface Seat {
  /** Begins to deliver; what happened since `join` is not lost. */
  start(): void;
  leave(): void;
}

/** The newest answers are kept, so that subscribers who come back together need no query each. */
const KEPT_EVENTS = 64;
const KEPT_BYTES = 65_536;

interface Member {
  sink: Sink;
  cursor: bigint;
  isGone: boolean;
}

/** Everyone who asks the same of the same tenant with the same rights: one execution and one text per event. */
export class Room {
  cursor = 0n;
  private readonly members = new Set<Member>();
  private readonly stream: LiveStream<Numbered>;
  private readonly render: Render;
  private readonly onEmpty: () => void;
  private readonly backlog: Backlog;
  private following: Following | undefined;
  private visitors = 0;
  private kept: Rendered[] = [];
  private keptBytes = 0;
  private keptAfter = 0n;

  constructor(stream: LiveStream<Numbered>, render: Render, onEmpty: () => void) {
    this.stream = stream;
    this.render = render;
    this.onEmpty = onEmpty;
    this.backlog = new Backlog(stream, render);
  }

  async open(): Promise<void> {
    this.following = await this.stream.feeds.follow(this.stream.tenantId, {
      after: null,
      onEvents: (events) => this.hear(events),
      onEnd: (reason) => this.end(reason),
    });
    this.cursor = this.following.cursor;
    this.keptAfter = this.cursor;
  }

  /** Counts somebody who is about to join, so that the room stays open meanwhile. */
  enter(): void {
    this.visitors++;
  }

  exit(): void {
    this.visitors--;
    if (this.visitors > 0) return;
    this.following?.stop();
    this.onEmpty();
  }

  /** `after`: null for "from now on". The caller has entered; leaving the seat exits. */
  seat(after: bigint | null, sink: Sink): Seat {
    const member: Member = { sink, cursor: after ?? this.following?.head ?? this.cursor, isGone: false };
    return {
      start: () =>
        this.stream.opening ? void this.welcome(member, this.stream.opening) : this.attach(member),
      leave: () => {
        if (member.isGone) return;
        member.isGone = true;
        this.members.delete(member);
        this.exit();
      },
    };
  }

  end(reason: unknown): void {
    for (const member of [...this.members]) member.sink.end(reason);
  }

  /** Tells a newcomer how things stand; what has come since then follows. */
  private async welcome(member: Member, opening: () => Numbered): Promise<void> {
    try {
      const standing = opening();
      member.cursor = standing.seq;
      const rendered = await this.render(standing);
      if (!member.isGone) member.sink.deliver(new Batch([rendered]));
      this.attach(member);
    } catch (reason) {
      if (!member.isGone) member.sink.end(reason);
    }
  }

  /** Joins at once when the newest answers suffice, else catches up first. */
  private attach(member: Member): void {
    if (member.isGone) return;
    if (member.cursor < this.keptAfter) {
      void this.catchUp(member);
      return;
    }
    const missed = this.kept.filter(({ seq }) => seq > member.cursor);
    this.members.add(member);
    if (missed.length > 0) member.sink.deliver(new Batch(missed));
    if (member.cursor < this.cursor) member.cursor = this.cursor;
  }

  private async catchUp(member: Member): Promise<void> {
    this.backlog.enter();
    try {
      while (!member.isGone && member.cursor < this.keptAfter) {
        const page = await this.backlog.next(member.cursor, this.cursor, () => member.isGone);
        if (!page) return;
        for (const piece of page.pieces) await handOver(member, piece);
        member.cursor = page.last;
        await taken(member);
      }
      this.attach(member);
    } catch (reason) {
      if (!member.isGone) member.sink.end(reason);
    } finally {
      this.backlog.exit();
    }
  }

  private hear(events: Numbered[]): void | Promise<void> {
    const rendered: Rendered[] = [];
    for (let i = 0; i < events.length; i++) {
      const event = events[i] as Numbered;
      if (!this.stream.accepts(event)) continue;
      const answer = this.render(event);
      if (answer instanceof Promise) return this.hearSlowly(events, i, answer, rendered);
      rendered.push(answer);
    }
    this.publish(rendered, (events.at(-1) as Numbered).seq);
  }

  private async hearSlowly(
    events: Numbered[],
    at: number,
    answer: Promise<Rendered>,
    rendered: Rendered[],
  ): Promise<void> {
    rendered.push(await answer);
    for (const event of events.slice(at + 1)) {
      if (this.stream.accepts(event)) rendered.push(await this.render(event));
    }
    this.publish(rendered, (events.at(-1) as Numbered).seq);
  }

  private publish(rendered: Rendered[], seq: bigint): void {
    this.cursor = seq;
    if (rendered.length === 0) return;
    this.keep(rendered);
    const batch = new Batch(rendered);
    for (const member of this.members) {
      const rest = member.cursor < batch.first ? batch : batch.after(member.cursor);
      if (member.cursor < seq) member.cursor = seq;
      if (rest.items.length > 0) member.sink.deliver(rest);
    }
  }

  private keep(rendered: Rendered[]): void {
    for (const item of rendered) {
      this.kept.push(item);
      this.keptBytes += item.json.length;
    }
    while (this.kept.length > KEPT_EVENTS || this.keptBytes > KEPT_BYTES) {
      const gone = this.kept.shift() as Rendered;
      this.keptBytes -= gone.json.length;
      this.keptAfter = gone.seq;
    }
  }
}

async function handOver(member: Member, piece: Batch): Promise<void> {
  await taken(member);
  if (!member.isGone) member.sink.deliver(piece);
}

/** Asks again after each wait: others who share the connection may have filled it meanwhile. */
async function taken({ sink }: Member): Promise<void> {
  for (let wait = sink.drained(); wait; wait = sink.drained()) await wait;
}
