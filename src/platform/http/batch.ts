// @ts-expect-error @types/ws does not declare it
import { Sender } from 'ws';

/** One event's answer, serialised once for everyone in the room. */
export interface Rendered {
  seq: bigint;
  json: string;
}

/** graphql-ws ids are the client's choice; usually all differ or all are "1". */
const MAX_CACHED_IDS = 16;
const TEXT_FRAME = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true } as const;

/** Answers that go out together: per subscriber one write, whatever their number; equal writes share a buffer. */
export class Batch {
  readonly items: readonly Rendered[];
  private tails: Buffer[] | undefined;
  private chunk: Buffer | undefined;
  private readonly frames = new Map<string, Buffer>();

  constructor(items: readonly Rendered[]) {
    this.items = items;
  }

  get first(): bigint {
    return (this.items[0] as Rendered).seq;
  }

  /** What a subscriber who already has `seq` still needs. */
  after(seq: bigint): Batch {
    return new Batch(this.items.filter((item) => item.seq > seq));
  }

  /** `next` messages of graphql-transport-ws as WebSocket frames. */
  ws(id: string): Buffer {
    const cached = this.frames.get(id);
    if (cached) return cached;
    this.tails ??= this.items.map(({ json }) => Buffer.from(`,"type":"next","payload":${json}}`));
    const head = Buffer.from(`{"id":${JSON.stringify(id)}`);
    const frame = Buffer.concat(this.tails.flatMap((tail) => framed(Buffer.concat([head, tail]))));
    if (this.frames.size < MAX_CACHED_IDS) this.frames.set(id, frame);
    return frame;
  }

  /** `next` events of graphql-sse as one chunk of a chunked response. */
  sse(): Buffer {
    this.chunk ??= httpChunk(this.items.map(({ json }) => `event: next\ndata: ${json}\n\n`).join(''));
    return this.chunk;
  }
}

/** Types of ws leave out its Sender, which its documentation names. */
const framed = (data: Buffer): Buffer[] =>
  (Sender as unknown as { frame(data: Buffer, options: typeof TEXT_FRAME): Buffer[] }).frame(
    data,
    TEXT_FRAME,
  );

/** A chunk of HTTP's chunked transfer coding. */
export function httpChunk(text: string): Buffer {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
}
