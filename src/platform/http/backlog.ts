import { EventsExpiredError } from '../../kernel/errors.ts';
import type { LiveStream } from '../events/live-stream.ts';
import { backlogTurns, breathe } from '../events/turns.ts';
import type { Numbered } from '../events/types.ts';
import { Batch, type Rendered } from './batch.ts';

/** A backlog goes out in pieces well below the limit for slow consumers. */
const PIECE_BYTES = 131_072;
/** Pages kept for those who read the same past at the same time. */
const KEPT_PAGES = 8;
/** Larger pages are not kept. */
const KEPT_PAGE_BYTES = 262_144;

/** Kept pages are large and their readers' ids usually differ: a frame for each would be many times the page. */
const KEPT_FRAMES = 1;

/** What follows a place in the log, as everyone in the room is told it. */
export interface Page {
  readonly pieces: readonly Batch[];
  readonly bytes: number;
  readonly last: bigint;
}

export type Render = (event: Numbered) => Rendered | Promise<Rendered>;

/** A room's past: read and rendered once for all who catch up side by side, in turns with every other backlog. */
export class Backlog {
  private readonly stream: LiveStream<Numbered>;
  private readonly render: Render;
  private readonly pages = new Map<bigint, Promise<Page>>();
  private readers = 0;

  constructor(stream: LiveStream<Numbered>, render: Render) {
    this.stream = stream;
    this.render = render;
  }

  enter(): void {
    this.readers++;
  }

  exit(): void {
    this.readers--;
    if (this.readers === 0) this.pages.clear();
  }

  /** The page behind `after`; `head` is the last event that there must be. Null when `isGone` says so at its turn. */
  next(after: bigint, head: bigint, isGone: () => boolean): Promise<Page | null> {
    return backlogTurns.run(this.stream.tenantId, async () => (isGone() ? null : this.page(after, head)));
  }

  private page(after: bigint, head: bigint): Promise<Page> {
    const known = this.pages.get(after);
    if (known) return known;
    const page = this.read(after, head);
    this.pages.set(after, page);
    const forget = () => {
      if (this.pages.get(after) === page) this.pages.delete(after);
    };
    page.then(({ bytes }) => bytes > KEPT_PAGE_BYTES && forget(), forget);
    if (this.pages.size > KEPT_PAGES) this.pages.delete(this.pages.keys().next().value as bigint);
    return page;
  }

  private async read(after: bigint, head: bigint): Promise<Page> {
    const { feeds, tenantId, accepts } = this.stream;
    const events = await feeds.read(tenantId, after);
    const first = events[0]?.seq ?? head + 1n;
    if (first !== after + 1n) throw new EventsExpiredError(after, first);
    const rendered: Rendered[] = [];
    for (const event of events) {
      const pause = breathe();
      if (pause) await pause;
      if (accepts(event)) rendered.push(await this.render(event));
    }
    return { ...inPieces(rendered), last: events.at(-1)?.seq ?? after };
  }
}

function inPieces(rendered: readonly Rendered[]): Pick<Page, 'pieces' | 'bytes'> {
  const pieces: Batch[] = [];
  let piece: Rendered[] = [];
  let size = 0;
  let bytes = 0;
  for (const item of rendered) {
    piece.push(item);
    size += item.json.length;
    bytes += item.json.length;
    if (size > PIECE_BYTES || item === rendered.at(-1)) {
      pieces.push(new Batch(piece, KEPT_FRAMES));
      piece = [];
      size = 0;
    }
  }
  return { pieces, bytes };
}
